/* orchestrator/cli/gone.h: targets that have backups, and no container any more.
 *
 * Layer: orchestrator/cli. A container that was renamed, or a stack that was not started again,
 * must not end its backups without a word.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_GONE_H
#define PGKEEP_ORCHESTRATOR_CLI_GONE_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/target/target.h"

/* Appends the names of the targets in the repository (NULL: none) that no container stands for:
 * none, stopped ones included, has the name, is the compose service of that name, or is the
 * one that the newest backup was taken of. */
MUST_USE struct err *gone_targets(struct repository *repository,
                                  const struct candidate_list *containers, struct strv *out);

/* What to say of one: ERR_FAILED, with a hint. */
struct err *gone_error(const struct repository *repository, const char *name) MUST_USE;

#endif
