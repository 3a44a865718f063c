/* orchestrator/cli/diff.h: shows what changed between two backups.
 *
 * Layer: orchestrator/cli. Of `pgkeep show --diff`. Only reads the two manifests.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_DIFF_H
#define PGKEEP_ORCHESTRATOR_CLI_DIFF_H

#include "orchestrator/repository/repository.h"

/* Prints; both are loaded. ERR_USAGE: they are the same one, or hold globals alone. */
MUST_USE struct err *diff_print(const struct backup *before, const struct backup *after,
                                bool json);

#endif
