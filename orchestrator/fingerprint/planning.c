/* What the planner runs of `SELECT ... FROM ONLY t` without WHERE, on 13 to 18, and who can put
 * it there:
 *   - expressions and predicates of indexes, and (14 and newer) expressions of extended
 *     statistics: the table's owner; for the indexes of a partition also the owner of a table
 *     above it, whose CREATE INDEX goes down to it. An ACCESS SHARE lock stops neither.
 *   - CHECKs, where constraint_exclusion is on and there is a WHERE: pins.c has it off.
 *   - virtual generated columns (18): inlined where they are named, and we name none.
 *   - partition keys and bounds: only where the parent is read, and we read ONLY.
 *   - support functions, selectivity estimators, index and table access methods, base types and
 *     their input and output, operator classes: only a superuser makes them. Casts
 *     and operators are looked up by our statement, which takes those of pg_catalog.
 *   - rules and row security: rewritten, not planned; rules on SELECT make a view, which is
 *     refused by its kind, and row_security is off.
 * When it is run, a query calls the types' output functions, which are PostgreSQL's own for all
 * types that a stranger can make, and hashes.
 *
 * The statement has the table by its name. Who owns the schema can drop the table in it, or
 * rename the schema, and put a table of his own in that place, so the schema's owner counts as
 * well; of a schema of pg_database_owner (public, since 15) that is the database's owner.
 *
 * SQL reads the catalogs by the transaction's snapshot, which may be hours old. But a row that
 * was changed or deleted since has its xmax set, also in the old version that we see, and ALTER
 * ... OWNER changes the row. So with xmax 0, or that of a transaction that was rolled back,
 * what we see is what is now. (An xmax that is not older than the snapshot counts as a change:
 * it has 32 bits of a number that has more.) What is left is the moment between this look and
 * the statement: a superuser would have to give the table away, and the new owner to make his
 * index, within that one round trip.
 *
 * Who was a superuser at the snapshot counts as one: he could have planted anything by then.
 *
 * In an index of a superuser's own table a stranger's function runs as superuser anyway, at
 * each INSERT of his and in autovacuum's ANALYZE; we do not add ourselves to those. This is
 * read once with the list of tables, because only a superuser can change it. */
#include "orchestrator/fingerprint/planning.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

/* All roles but strangers. */
#define OURS                                                                                   \
    "(SELECT r.oid FROM pg_catalog.pg_roles r"                                                 \
    " WHERE r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) current_user)"

/* The first transaction number that is not in the snapshot, and its lower 32 bits. */
#define NEXT "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())"
#define NEXT_LOW "(" NEXT " OPERATOR(pg_catalog.&) 4294967295::pg_catalog.int8)"

const char PLANNING_OWNERS_SQL[] =
    "(SELECT NOT EXISTS (SELECT FROM (VALUES (c.xmax), (n.xmax), (d.xmax)) AS x(id)"
    "  WHERE CASE WHEN x.id OPERATOR(pg_catalog.=) '0'::pg_catalog.xid THEN false"
    "   WHEN x.id::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.>=) " NEXT_LOW
    "   THEN true ELSE coalesce(pg_catalog.txid_status(" NEXT
    " OPERATOR(pg_catalog.-) " NEXT_LOW
    "    OPERATOR(pg_catalog.+) x.id::pg_catalog.text::pg_catalog.int8), '')"
    "    OPERATOR(pg_catalog.<>) 'aborted' END)"
    " AND c.relowner OPERATOR(pg_catalog.=) ANY " OURS
    " AND CASE WHEN pg_catalog.pg_get_userbyid(n.nspowner)"
    "   OPERATOR(pg_catalog.=) 'pg_database_owner'::pg_catalog.name"
    "   THEN d.datdba ELSE n.nspowner END OPERATOR(pg_catalog.=) ANY " OURS
    " FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n, pg_catalog.pg_database d"
    " WHERE c.oid OPERATOR(pg_catalog.=) a.attrelid"
    " AND n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())";

#define OID_OF(catalog) "'pg_catalog." catalog "'::pg_catalog.regclass::pg_catalog.oid"
#define PROC_CLASS OID_OF("pg_proc")
#define OPERATOR_CLASS OID_OF("pg_operator")
#define INDEX_CLASS OID_OF("pg_class")
#define STATISTICS_CLASS OID_OF("pg_statistic_ext")

/* Functions as such, and behind operators: casts are calls of functions in an expression. */
static const char SUSPECTS_SQL[] =
    "WITH RECURSIVE code(class, id) AS ("
    " SELECT " PROC_CLASS ", p.oid FROM pg_catalog.pg_proc p"
    " WHERE p.proowner OPERATOR(pg_catalog.<>) ALL " OURS " UNION ALL SELECT " OPERATOR_CLASS
    ", o.oid FROM pg_catalog.pg_operator o"
    " JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) o.oprcode::pg_catalog.oid"
    " WHERE p.proowner OPERATOR(pg_catalog.<>) ALL " OURS "), planned(class, id, relation) AS ("
    " SELECT " INDEX_CLASS ", i.indexrelid, i.indrelid FROM pg_catalog.pg_index i"
    " WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL"
    " UNION ALL SELECT " STATISTICS_CLASS ", s.oid, s.stxrelid"
    " FROM pg_catalog.pg_statistic_ext s"
    "), below(relation) AS ("
    " SELECT h.inhrelid FROM pg_catalog.pg_inherits h"
    " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) h.inhparent"
    " WHERE c.relowner OPERATOR(pg_catalog.<>) ALL " OURS
    " UNION SELECT h.inhrelid FROM below b"
    " JOIN pg_catalog.pg_inherits h ON h.inhparent OPERATOR(pg_catalog.=) b.relation"
    ") SELECT l.relation FROM planned l"
    " JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) l.class"
    " AND d.objid OPERATOR(pg_catalog.=) l.id"
    " JOIN code o ON o.class OPERATOR(pg_catalog.=) d.refclassid"
    " AND o.id OPERATOR(pg_catalog.=) d.refobjid"
    " UNION SELECT b.relation FROM below b";

static int compare_oids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

MUST_USE struct err *planning_mark_suspects(struct session *session, struct table_list *list)
{
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(mem_freep) const char **oids = NULL;

    TRY(session_query(session, SUSPECTS_SQL, 1, &rows), "list what is planned with functions");
    oids = mem_new(rows.count + 1, sizeof(*oids));
    for (size_t i = 0; i < rows.count; i++)
        oids[i] = rows_cell(&rows, i, 0);
    qsort(oids, rows.count, sizeof(*oids), compare_oids);
    for (size_t i = 0; i < list->table_count; i++) {
        struct table_item *table = &list->tables[i];
        const char *oid = table->oid;

        table->suspect = bsearch(&oid, oids, rows.count, sizeof(*oids), compare_oids) != NULL;
    }
    return NULL;
}
