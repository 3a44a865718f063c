/* orchestrator/cli/connect.h: the engine and the repository that the settings name.
 *
 * Layer: orchestrator/cli.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_CONNECT_H
#define PGKEEP_ORCHESTRATOR_CLI_CONNECT_H

#include "docker-api/engine.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/settings.h"

/* --host, else DOCKER_HOST and its TLS variables. The caller closes. */
MUST_USE struct err *connect_engine(const struct settings *settings, struct engine **out);

/* --repository. `create` makes it where it is absent. */
MUST_USE struct err *connect_repository(const struct settings *settings, bool create,
                                        struct repository **out);

/* The same without create. Where the repository is mounted read-only, says that no lock is
 * taken there, and what else is not done: `loss`. */
MUST_USE struct err *connect_repository_to_read(const struct settings *settings,
                                                const char *loss, struct repository **out);

/* What an argument names does not exist, or exists where it must not: that is wrong usage (exit
 * status 2, nothing was changed). Other errors and NULL pass as they are. */
MUST_USE struct err *argument_error(struct err *e);

#endif
