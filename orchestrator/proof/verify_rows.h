/* orchestrator/proof/verify_rows.h: the rows in a dump against the manifest's.
 *
 * Layer: orchestrator/proof. Pure.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_VERIFY_ROWS_H
#define PGKEEP_ORCHESTRATOR_PROOF_VERIFY_ROWS_H

#include "base/strv.h"
#include "orchestrator/dump/toc.h"
#include "orchestrator/repository/manifest.h"

/* Appends one text for each table whose rows both sides know and that differs. The dump was
 * read to its end. */
void verify_rows_compare(const struct toc *toc, const struct manifest *manifest,
                         struct strv *differences);

/* Tables in the dump, and the rows counted in it. */
void verify_rows_count(const struct toc *toc, uint64_t *out_tables, uint64_t *out_rows);

#endif
