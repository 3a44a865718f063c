/* Asked of the catalogs, as pg_dump would find out one after the other, each time at the end of
 * a run: it locks a table (SELECT), reads it with row_security off, which is an error where
 * rows are hidden, and opens each large object.
 *
 * has_largeobject_privilege came with 18 only, so the list of rights is read here: the owner's
 * members may, and whom SELECT was granted; PUBLIC is role 0. */
#include "orchestrator/postgres/rights.h"
#include "base/mem.h"
#include <stdlib.h>

#define NAMES_SHOWN "3"

#define RELATIONS                                                                              \
    " FROM pg_catalog.pg_class c"                                                              \
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"           \
    " WHERE n.nspname OPERATOR(pg_catalog.!~)"                                                 \
    " '^(pg_.*|information_schema)$'::pg_catalog.text"                                         \
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d"                                    \
    "  WHERE d.classid OPERATOR(pg_catalog.=) c.tableoid"                                      \
    "  AND d.objid OPERATOR(pg_catalog.=) c.oid"                                               \
    "  AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog.\"char\")"

#define READABLE                                                                               \
    "(pg_catalog.has_schema_privilege(n.oid, 'USAGE'::pg_catalog.text)"                        \
    " AND pg_catalog.has_table_privilege(c.oid, 'SELECT'::pg_catalog.text))"

#define CLOSED_OBJECTS                                                                         \
    " FROM pg_catalog.pg_largeobject_metadata l"                                               \
    " WHERE pg_catalog.current_setting('lo_compat_privileges')"                                \
    "  OPERATOR(pg_catalog.<>) 'on'::pg_catalog.text"                                          \
    " AND NOT pg_catalog.pg_has_role(l.lomowner, 'USAGE'::pg_catalog.text)"                    \
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(l.lomacl) a"                         \
    "  WHERE a.privilege_type OPERATOR(pg_catalog.=) 'SELECT'::pg_catalog.text"                \
    "  AND (CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN true"            \
    "   ELSE pg_catalog.pg_has_role(a.grantee, 'USAGE'::pg_catalog.text) END))"

/* A kind's number in RIGHTS, how many there are, and a name. */
#define ROW(kind, name) "(SELECT " kind ", pg_catalog.count(*) OVER (), " name

static const char SQL[] =
    /* tables and sequences */
    ROW("0", "pg_catalog.concat(n.nspname, '.', c.relname)") RELATIONS
    " AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,S}'::pg_catalog.\"char\"[])"
    " AND NOT " READABLE " ORDER BY 3 LIMIT " NAMES_SHOWN ") UNION ALL "
    /* row security: readable tables that show fewer rows than there are */
    ROW("1", "pg_catalog.concat(n.nspname, '.', c.relname)") RELATIONS
    " AND c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AND " READABLE
    " ORDER BY 3 LIMIT " NAMES_SHOWN ") UNION ALL "
    /* large objects */
    ROW("2", "l.oid::pg_catalog.text") CLOSED_OBJECTS " ORDER BY 3 LIMIT " NAMES_SHOWN ")";

static const struct {
    const char *what; /* that the role does not see or read whole */
    const char *advice;
} RIGHTS[] = {
    {"tables or sequences", "GRANT SELECT"},
    {"tables with row security", "ALTER ROLE ... BYPASSRLS"},
    {"large objects", "GRANT SELECT ON LARGE OBJECT"},
};

static const char *count_of(const struct rows *rows, size_t kind, struct strv *names)
{
    const char *count = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        if (rows_cell(rows, i, 0)[0] != (char)('0' + kind))
            continue;
        count = rows_cell(rows, i, 1);
        strv_push(names, rows_cell(rows, i, 2));
    }
    return count;
}

MUST_USE struct err *rights_missing(const struct server *server, const char *database,
                                    struct strv *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    if (server->superuser)
        return NULL;
    TRY(server_query(server, database, SQL, 3, &rows), "ask for the rights in %s", database);
    for (size_t kind = 0; kind < ARRAY_LEN(RIGHTS); kind++) {
        AUTO(strv_clear) struct strv names = STRV_INIT;
        AUTO(mem_freep) char *list = NULL;
        const char *count = count_of(&rows, kind, &names);

        if (!count)
            continue;
        list = strv_join(&names, ", ");
        strv_pushf(out, "%s %s cannot be read whole by role %s (%s%s): %s", count,
                   RIGHTS[kind].what, server->user, list,
                   strtol(count, NULL, 10) > (long)names.len ? ", ..." : "",
                   RIGHTS[kind].advice);
    }
    return NULL;
}
