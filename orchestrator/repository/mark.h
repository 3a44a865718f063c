/* orchestrator/repository/mark.h: whose is this? The text that pgkeep puts on things that it
 * makes outside the repository: throwaway containers, scratch databases, temporary folders.
 *
 * Layer: orchestrator/repository. A mark is "REPOSITORY.RUN-TOKEN". A thing is a stray, and may
 * be removed, if its mark is of this repository and its run is gone; marks of other
 * repositories are never touched. REPOSITORY is the id in pgkeep.json and that file's inode
 * number, so that a copy of a repository is another one: its runs know nothing of the
 * original's. What a run from a read-only repository makes is nobody's but its own.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_MARK_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_MARK_H

#include "orchestrator/repository/repository.h"

/* The caller frees. */
char *mark_text(const struct repository *repository, const struct run_token *token) MUST_USE;

bool mark_is_stray(struct repository *repository, const char *mark);

/* What the names of temporary folders inside a target begin with: "pgkeep-REPOSITORY". Who
 * holds the target's lock may remove all of them. The caller frees. */
char *mark_temp_name(const struct repository *repository) MUST_USE;

#endif
