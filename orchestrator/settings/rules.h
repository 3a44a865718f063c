/* orchestrator/settings/rules.h: which flags and arguments go together.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. Only flags are
 * looked at: what the environment sets for all commands is overruled, never contradicted.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_RULES_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_RULES_H

#include "orchestrator/settings/layers.h"

/* ERR_USAGE where flags exclude each other, where one needs another, and where there are too
 * few, too many or empty arguments. */
MUST_USE struct err *rules_check(const struct command *command, const struct settings *settings,
                                 const struct strv *arguments);

/* "pgkeep show [FLAGS] BACKUP"; the caller frees. */
char *rules_usage(const struct command *command) MUST_USE;

#endif
