/* orchestrator/repository/mark.h: whose is this? The text that pgkeep puts on things that it
 * makes outside the repository: throwaway containers, scratch databases.
 *
 * Layer: orchestrator/repository. A mark is "REPOSITORY-ID.RUN-TOKEN". A thing is a stray, and
 * may be removed, if its mark is of this repository and its run is gone; marks of other
 * repositories are never touched.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_MARK_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_MARK_H

#include "orchestrator/repository/repository.h"

/* The caller frees. */
char *mark_text(const struct repository *repository, const struct run_token *token) MUST_USE;

bool mark_is_stray(struct repository *repository, const char *mark);

#endif
