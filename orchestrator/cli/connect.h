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

#endif
