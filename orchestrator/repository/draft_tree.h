/* orchestrator/repository/draft_tree.h: the files of a draft before it is published.
 *
 * Layer: orchestrator/repository.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_DRAFT_TREE_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_DRAFT_TREE_H

#include "base/err.h"
#include "orchestrator/repository/manifest.h"

/* ERR_FAILED unless the folder holds exactly the files that the manifest names, with their
 * sizes: else verify would call the backup bad from its first day. */
MUST_USE struct err *draft_tree_check(const char *folder, const struct manifest *manifest);

/* fsyncs every file and folder in it, and the folder itself. */
MUST_USE struct err *draft_tree_sync(const char *folder);

#endif
