/* orchestrator/cli/cli.h: the program's commands and how they end.
 *
 * Layer: orchestrator/cli. Each command reads its invocation, prints its result on stdout and
 * returns its error, which cli_main prints, once. Exit statuses: 0 done; 1 failed; 2 usage;
 * 3 partial; 4 bad backup; 5 unproven; 6 timed out; 7 busy; 130/143 interrupted.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_CLI_H
#define PGKEEP_ORCHESTRATOR_CLI_CLI_H

#include "orchestrator/settings/command.h"
#include "orchestrator/settings/settings.h"

/* The whole program: returns the exit status. */
int cli_main(int argc, char **argv, char **environment);

MUST_USE struct err *cli_targets(const struct invocation *invocation);
MUST_USE struct err *cli_doctor(const struct invocation *invocation);
MUST_USE struct err *cli_wait(const struct invocation *invocation);
MUST_USE struct err *cli_backup(const struct invocation *invocation);
MUST_USE struct err *cli_list(const struct invocation *invocation);
MUST_USE struct err *cli_show(const struct invocation *invocation);
MUST_USE struct err *cli_verify(const struct invocation *invocation);
MUST_USE struct err *cli_test(const struct invocation *invocation);
MUST_USE struct err *cli_restore(const struct invocation *invocation);
MUST_USE struct err *cli_stats(const struct invocation *invocation);
MUST_USE struct err *cli_run(const struct invocation *invocation);
MUST_USE struct err *cli_help(const struct invocation *invocation);

#endif
