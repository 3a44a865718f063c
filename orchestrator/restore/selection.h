/* orchestrator/restore/selection.h: --table and --schema, as a list for pg_restore.
 *
 * Layer: orchestrator/restore. Pure. pg_restore itself takes a name that matches nothing for an
 * empty restore and exits 0; here that is an error. A --table takes what pg_restore -t takes:
 * tables, views, materialized views, sequences, foreign tables, and their data; not indexes,
 * constraints and triggers; and the schema that it is in.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_SELECTION_H
#define PGKEEP_ORCHESTRATOR_RESTORE_SELECTION_H

#include "base/buf.h"
#include "base/strv.h"
#include "orchestrator/dump/toc.h"

/* Appends the pg_restore -L list of the entries that match. A table is NAME or SCHEMA.NAME.
 * ERR_NOT_FOUND: one of them names nothing in the backup. */
MUST_USE struct err *selection_list(const struct toc *toc, const struct strv *tables,
                                    const struct strv *schemas, struct buf *out);

/* Appends the schemas that the matching entries are in, each once, and that are neither entries
 * of the backup themselves nor in every new database. */
void selection_lacks(const struct toc *toc, const struct strv *tables,
                     const struct strv *schemas, struct strv *out);

#endif
