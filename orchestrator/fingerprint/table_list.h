/* orchestrator/fingerprint/table_list.h: which tables and sequences a dump of the whole
 * database takes.
 *
 * Layer: orchestrator/fingerprint. The rules are pg_dump's: selectDumpableTable,
 * processExtensionTables and makeTableDataInfo in src/bin/pg_dump/pg_dump.c. A table that an
 * extension made counts only where the extension says so (pg_extension_config_dump), and then
 * only the rows of its condition; no unlogged table on a standby.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TABLE_LIST_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TABLE_LIST_H

#include "base/strv.h"
#include "orchestrator/session/session.h"

struct table_item {
    char *schema;
    char *name;
    char *oid;
    char *filenode;  /* another one later: truncated or rewritten meanwhile */
    char *condition; /* "WHERE ..." of an extension's table, "" if none */
    bool is_heap;    /* PostgreSQL's own table access method */
    bool in_dump;    /* a dump of the whole takes it; else only one that names it */
    bool queued;     /* for the caller */
    bool suspect;    /* planned with a stranger's function (planning.h) */
    /* for the caller: its digest is to be without the stored generated columns, or with them
     * though its owner is a stranger; or as it comes */
    bool without_generated, with_generated;
    uint64_t bytes; /* with TOAST; an estimate where it is locked */
};

#define TABLE_LIST_CELLS 3 /* of a sequence */

struct table_list {
    struct table_item *tables; /* sorted by schema and name (bytes) */
    size_t table_count;
    struct strv sequences; /* schema, name, oid, schema, name, oid, ... */
};

/* Reads both in the session's transaction, and appends to `outside` a sentence for all that is
 * left out. */
MUST_USE struct err *table_list_read(struct session *session, struct table_list *out,
                                     struct strv *outside);

/* Appends the sequences alone, as in table_list, in the same order. */
MUST_USE struct err *table_list_sequences(struct session *session, struct strv *out);

/* Borrowed, or NULL. */
struct table_item *table_list_find(const struct table_list *list, const char *schema,
                                   const char *name);

void table_list_clear(struct table_list *list);

#endif
