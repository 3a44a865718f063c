/* orchestrator/proof/compare.h: a restored copy against what the backup says.
 *
 * Layer: orchestrator/proof. The backup's side comes from the dump's table of contents as it
 * was read while restoring: objects, rows per table, sequences. The copy's side comes from its
 * catalogs, counted exactly.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_COMPARE_H
#define PGKEEP_ORCHESTRATOR_PROOF_COMPARE_H

#include "base/strv.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/postgres/toc.h"
#include "orchestrator/repository/manifest.h"

struct comparison {
    struct strv differences;  /* each one sentence that names the object */
    struct strv not_compared; /* what could not be compared, and why */
    size_t tables;
    uint64_t rows;
    size_t sequences;
    size_t objects;
};
void comparison_clear(struct comparison *comparison);

/* Appends to *out. Errors are failures to ask, not differences. */
MUST_USE struct err *compare_copy(const struct server *server, const char *database,
                                  const struct toc *toc, const struct manifest *manifest,
                                  struct comparison *out);

#endif
