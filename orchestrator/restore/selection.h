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

/* For a load of rows alone: ERR_USAGE where a table is named whose rows are not its own (of a
 * partitioned table, say). The names are in the backup. */
MUST_USE struct err *selection_check_rows(const struct toc *toc, const struct strv *tables);

/* Appends the schemas that the matching entries are in, each once, and that are neither entries
 * of the backup themselves nor in every new database. */
void selection_lacks(const struct toc *toc, const struct strv *tables,
                     const struct strv *schemas, struct strv *out);

/* The ids that a pg_restore -L list names, as pg_restore reads it. */
struct selection_ids;
struct selection_ids *selection_ids_read(const char *list_text) MUST_USE;
bool selection_ids_have(const struct selection_ids *ids, int dump_id);
void selection_ids_free(struct selection_ids *ids);

#endif
