#include "orchestrator/postgres/properties.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <string.h>

/* %1$s is the database's name. What a setting holds that is a list of names is
 * stored as it would be typed; a literal for each name is right in every case, also for the
 * empty one. */
static const char READ_SQL[] =
    "WITH d AS (SELECT * FROM pg_catalog.pg_database WHERE datname = %1$s),"
    " setting AS (SELECT setrole, n, split_part(c, '=', 1) AS name,"
    "  substr(c, strpos(c, '=') + 1) AS value"
    "  FROM d JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid,"
    "  unnest(s.setconfig) WITH ORDINALITY AS u(c, n)),"
    " acl AS (SELECT x.* FROM d, aclexplode(d.datacl) x)"
    " SELECT statement FROM ("
    " SELECT 1, 0::int8, 0::int8, format('REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC, "
    "%%I',"
    "  pg_get_userbyid(datdba)) FROM d WHERE datacl IS NOT NULL"
    " UNION ALL"
    " SELECT 2, grantee::int8, row_number() OVER (),"
    "  format('GRANT %%s ON DATABASE :\"database\" TO %%s%%s', privilege_type,"
    "   CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,"
    "   CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) FROM acl"
    " UNION ALL"
    " SELECT 3, setrole::int8, n, format('ALTER %%s SET %%I TO %%s',"
    "  CASE setrole WHEN 0 THEN 'DATABASE :\"database\"'"
    "   ELSE format('ROLE %%I IN DATABASE :\"database\"', pg_get_userbyid(setrole)) END, name,"
    "  CASE WHEN name IN ('local_preload_libraries', 'search_path', 'temp_tablespaces',"
    "   'session_preload_libraries', 'shared_preload_libraries', 'unix_socket_directories')"
    "  THEN (SELECT string_agg(quote_literal(coalesce(replace(m[1], '\"\"', '\"'), m[2])),"
    "    ', ' ORDER BY i) FROM regexp_matches(value,"
    "    '\"((?:[^\"]|\"\")*)\"|([^,[:space:]]+)', 'g') WITH ORDINALITY AS x(m, i))"
    "  ELSE quote_literal(value) END) FROM setting"
    " UNION ALL"
    " SELECT 4, 0, 0, format('ALTER DATABASE :\"database\" CONNECTION LIMIT %%s', datconnlimit)"
    "  FROM d WHERE datconnlimit >= 0"
    ") AS all_of_them(part, role, number, statement) ORDER BY part, role, number";

char *properties_query(const char *datname_sql)
{
    return mem_printf(READ_SQL, datname_sql);
}

MUST_USE struct err *properties_read(const struct server *server, const char *database,
                                     struct strv *out)
{
    AUTO(mem_freep) char *literal = quote_literal(database);
    AUTO(mem_freep) char *sql = properties_query(literal);
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(server, NULL, sql, 1, &rows), "read the properties of \"%s\"", database);
    for (size_t i = 0; i < rows.count; i++)
        strv_push(out, rows_cell(&rows, i, 0));
    return NULL;
}

/* psql reads escapes inside of quotes as C does; a newline would end the command. */
static char *psql_word(const char *text)
{
    AUTO(buf_clear) struct buf word = BUF_OWN_TEXT;

    buf_printf(&word, "'");
    for (; *text; text++) {
        if (*text == '\n')
            buf_printf(&word, "\\n");
        else if (*text == '\'' || *text == '\\')
            buf_printf(&word, "\\%c", *text);
        else
            buf_printf(&word, "%c", *text);
    }
    buf_printf(&word, "'");
    return buf_take(&word);
}

MUST_USE struct err *properties_apply(const struct server *server, const char *database,
                                      const struct strv *properties)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(mem_freep) char *name = psql_word(database);

    if (properties->len == 0)
        return NULL;
    buf_printf(&sql, "\\set database %s\nBEGIN;\n", name);
    for (size_t i = 0; i < properties->len; i++)
        buf_printf(&sql, "%s;\n", properties->items[i]);
    buf_printf(&sql, "COMMIT;\n");
    TRY(server_execute(server, NULL, buf_text(&sql)), "the database's settings and rights");
    return NULL;
}
