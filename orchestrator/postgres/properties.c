/* Read by one query, kept as statements with a stand-in for the database's name, applied under
 * another name. The stand-in is a variable of psql, so that an operator can apply a manifest by
 * hand; pgkeep itself puts the name in as a quoted identifier and leaves psql nothing to
 * expand.
 *
 * Settings and rights are apart. A setting that a server does not know costs a warning: the
 * data is there all the same. A right that cannot be given fails all of them: a database must
 * never be open to more than its backup said. */
#include "orchestrator/postgres/properties.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <string.h>

#define STAND_IN ":\"database\""
#define OF_DATABASE " ON DATABASE " STAND_IN " "

/* %1$s is the database's name. Rights that are a new database's, in whatever order and whether
 * written out or not, are none to tell of; who granted them is not kept. What a setting holds
 * that is a list of names is stored as it would be typed; a literal for each name is right in
 * every case, also for the empty one. Every name is qualified: this runs in strangers'
 * databases. */
static const char READ_SQL[] =
    "WITH d AS (SELECT * FROM pg_catalog.pg_database"
    "  WHERE datname OPERATOR(pg_catalog.=) %1$s),"
    " setting AS (SELECT setrole, n, pg_catalog.split_part(c, '=', 1) AS name,"
    "  pg_catalog.substr(c, pg_catalog.strpos(c, '=') OPERATOR(pg_catalog.+) 1) AS value"
    "  FROM d JOIN pg_catalog.pg_db_role_setting s"
    "   ON s.setdatabase OPERATOR(pg_catalog.=) d.oid,"
    "  pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS u(c, n)),"
    " acl AS (SELECT x.grantee, x.privilege_type,"
    "   pg_catalog.bool_or(x.is_grantable) AS is_grantable"
    "  FROM d, pg_catalog.aclexplode(d.datacl) x GROUP BY x.grantee, x.privilege_type),"
    " usual AS (SELECT x.grantee, x.privilege_type, x.is_grantable"
    "  FROM d, pg_catalog.aclexplode(pg_catalog.acldefault('d', d.datdba)) x),"
    " special AS (SELECT datdba FROM d WHERE datacl IS NOT NULL AND"
    "  (EXISTS (SELECT * FROM acl EXCEPT SELECT * FROM usual)"
    "   OR EXISTS (SELECT * FROM usual EXCEPT SELECT * FROM acl)))"
    " SELECT statement FROM ("
    " SELECT 1, 0::pg_catalog.int8, 0::pg_catalog.int8,"
    "  pg_catalog.format('REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC, %%I',"
    "   pg_catalog.pg_get_userbyid(datdba)::pg_catalog.text) FROM special"
    " UNION ALL"
    " SELECT 2, grantee::pg_catalog.int8,"
    "  pg_catalog.row_number() OVER (ORDER BY grantee, privilege_type),"
    "  pg_catalog.format('GRANT %%s ON DATABASE :\"database\" TO %%s%%s', privilege_type,"
    "   CASE WHEN grantee OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN 'PUBLIC' ELSE"
    "    pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)::pg_catalog.text) END,"
    "   CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) FROM acl, special"
    " UNION ALL"
    " SELECT 3, setrole::pg_catalog.int8, n, pg_catalog.format('ALTER %%s SET %%I TO %%s',"
    "  CASE WHEN setrole OPERATOR(pg_catalog.=) 0::pg_catalog.oid"
    "   THEN 'DATABASE :\"database\"'"
    "   ELSE pg_catalog.format('ROLE %%I IN DATABASE :\"database\"',"
    "    pg_catalog.pg_get_userbyid(setrole)::pg_catalog.text) END, name,"
    "  CASE WHEN name OPERATOR(pg_catalog.=) ANY (ARRAY['local_preload_libraries',"
    "    'search_path', 'temp_tablespaces', 'session_preload_libraries',"
    "    'shared_preload_libraries', 'unix_socket_directories']::pg_catalog.text[])"
    "  THEN coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_literal("
    "     coalesce(pg_catalog.replace(m[1], '\"\"', '\"'), m[2])), ', ' ORDER BY i)"
    "    FROM pg_catalog.regexp_matches(value, '\"((?:[^\"]|\"\")*)\"|([^,[:space:]]+)', 'g')"
    "     WITH ORDINALITY AS x(m, i)), '''''')"
    "  ELSE pg_catalog.quote_literal(value) END) FROM setting"
    " UNION ALL"
    " SELECT 4, 0::pg_catalog.int8, 0::pg_catalog.int8, pg_catalog.format("
    "  'ALTER DATABASE :\"database\" CONNECTION LIMIT %%s', datconnlimit)"
    "  FROM d WHERE datconnlimit OPERATOR(pg_catalog.>=) 0"
    " UNION ALL"
    " SELECT 5, 0::pg_catalog.int8, pg_catalog.row_number() OVER (ORDER BY l.provider),"
    "  pg_catalog.format('SECURITY LABEL FOR %%I ON DATABASE :\"database\" IS %%L',"
    "   l.provider, l.label) FROM d JOIN pg_catalog.pg_shseclabel l"
    "  ON l.objoid OPERATOR(pg_catalog.=) d.oid AND l.classoid"
    "   OPERATOR(pg_catalog.=) 'pg_catalog.pg_database'::pg_catalog.regclass"
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

/* -- statements of older backups -- */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A label too: what knows its provider is loaded by the server, or is not there. */
bool properties_is_setting(const char *property)
{
    return starts_with(property, "ALTER ROLE ") || starts_with(property, "SECURITY LABEL ") ||
           starts_with(property, "ALTER DATABASE " STAND_IN " SET ");
}

bool properties_is_right(const char *property)
{
    return starts_with(property, "GRANT ") || starts_with(property, "REVOKE ");
}

static bool is_limit(const char *property)
{
    return starts_with(property, "ALTER DATABASE " STAND_IN " CONNECTION LIMIT ");
}

/* The owner in REVOKE ALL ON DATABASE ... FROM PUBLIC, OWNER, the first of the rights. */
static const char *revoked_owner(const struct strv *properties)
{
    static const char revoke[] = "REVOKE ALL" OF_DATABASE "FROM PUBLIC, ";

    for (size_t i = 0; i < properties->len; i++)
        if (starts_with(properties->items[i], revoke))
            return properties->items[i] + sizeof(revoke) - 1;
    return NULL;
}

/* What acldefault gives, by name: CREATE, TEMPORARY and CONNECT for the owner, the last two for
 * PUBLIC; the same from 9.x to 18. */
void properties_usual_rights(const struct strv *like, struct strv *out)
{
    const char *owner = revoked_owner(like);

    if (!owner)
        return;
    strv_pushf(out, "REVOKE ALL" OF_DATABASE "FROM PUBLIC, %s", owner);
    strv_pushf(out, "GRANT CREATE" OF_DATABASE "TO %s", owner);
    strv_pushf(out, "GRANT TEMPORARY" OF_DATABASE "TO %s", owner);
    strv_pushf(out, "GRANT CONNECT" OF_DATABASE "TO %s", owner);
    strv_push(out, "GRANT TEMPORARY" OF_DATABASE "TO PUBLIC");
    strv_push(out, "GRANT CONNECT" OF_DATABASE "TO PUBLIC");
}

static bool rights_are_usual(const struct strv *properties)
{
    AUTO(strv_clear) struct strv usual = STRV_INIT;
    size_t rights = 0;

    properties_usual_rights(properties, &usual);
    for (size_t i = 0; i < usual.len; i++)
        if (!strv_contains(properties, usual.items[i]))
            return false;
    for (size_t i = 0; i < properties->len; i++)
        rights += properties_is_right(properties->items[i]);
    return usual.len > 0 && rights == usual.len;
}

void properties_settle(struct strv *properties)
{
    bool usual = rights_are_usual(properties);
    AUTO(strv_clear) struct strv old = *properties;

    *properties = (struct strv)STRV_INIT;
    for (size_t i = 0; i < old.len; i++) {
        const char *text = old.items[i];
        size_t len = strlen(text);
        bool lacks_value =
            properties_is_setting(text) && len >= 4 && strcmp(text + len - 4, " TO ") == 0;

        if (!(usual && properties_is_right(text)))
            strv_pushf(properties, "%s%s", text, lacks_value ? "''" : "");
    }
}

char *properties_text(const char *property)
{
    static const char stand_in[] = " " STAND_IN;
    const char *at = strstr(property, stand_in);

    return at ? mem_printf("%.*s%s", (int)(at - property), property, at + strlen(stand_in))
              : mem_strdup(property);
}

/* -- applying -- */

/* The end of what a quote opens at `p`, its closing quote included; quotes inside are doubled.
 */
static const char *after_quoted(const char *p)
{
    char quote = *p++;

    while (*p && !(*p == quote && p[1] != quote))
        p += *p == quote ? 2 : 1;
    return *p ? p + 1 : p;
}

/* The statement with the database's name, quoted, in the place of the stand-in, where psql
 * would put it: not inside of quotes. */
static char *with_name(const char *property, const char *name)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    for (const char *p = property; *p;) {
        const char *end = p + 1;

        if (starts_with(p, STAND_IN)) {
            buf_printf(&sql, "%s", name);
            p += strlen(STAND_IN);
            continue;
        }
        if (*p == '\'' || *p == '"')
            end = after_quoted(p);
        buf_printf(&sql, "%.*s", (int)(end - p), p);
        p = end;
    }
    return buf_take(&sql);
}

MUST_USE struct err *properties_apply_settings(const struct server *server,
                                               const char *database,
                                               const struct strv *properties,
                                               struct strv *refused, struct strv *reasons)
{
    AUTO(mem_freep) char *name = quote_ident(database);
    AUTO(strv_clear) struct strv settled = STRV_INIT;

    strv_extend(&settled, properties);
    properties_settle(&settled);
    for (size_t i = 0; i < settled.len; i++) {
        const char *property = settled.items[i];
        AUTO(err_freep) struct err *e = NULL;
        AUTO(mem_freep) char *sql = NULL;
        AUTO(mem_freep) char *text = NULL;

        if (!properties_is_setting(property))
            continue;
        sql = with_name(property, name);
        e = server_execute(server, NULL, sql);
        if (!e)
            continue;
        if (e->kind != ERR_TOOL)
            return err_wrap(TAKE(e), "the database's settings");
        text = err_text(e);
        strv_push(refused, property);
        strv_push(reasons, text);
    }
    return NULL;
}

/* First a new database's rights, whatever the closed one was given, then those of the backup.
 * A superuser that owns the database takes them from himself: what is left is the owner's once
 * the database is his, because ALTER DATABASE ... OWNER TO puts him in the place of the old
 * owner in each right. */
char *properties_rights_sql(const struct properties_rights *rights)
{
    AUTO(mem_freep) char *name = quote_ident(rights->database);
    AUTO(mem_freep) char *user = quote_ident(rights->user);
    AUTO(mem_freep) char *owner = quote_ident(rights->owner ? rights->owner : rights->user);
    AUTO(strv_clear) struct strv settled = STRV_INIT;
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    strv_extend(&settled, rights->properties);
    properties_settle(&settled);
    buf_printf(&sql,
               "REVOKE ALL ON DATABASE %s FROM PUBLIC, %s;\n"
               "GRANT ALL ON DATABASE %s TO %s;\n"
               "GRANT CONNECT, TEMPORARY ON DATABASE %s TO PUBLIC;\n",
               name, user, name, owner, name);
    for (size_t i = 0; i < settled.len; i++) {
        AUTO(mem_freep) char *statement = with_name(settled.items[i], name);

        if (!properties_is_setting(settled.items[i]) && !is_limit(settled.items[i]))
            buf_printf(&sql, "%s;\n", statement);
    }
    return buf_take(&sql);
}

char *properties_opening_sql(const struct properties_rights *rights)
{
    AUTO(mem_freep) char *name = quote_ident(rights->database);
    AUTO(mem_freep) char *owner = quote_ident(rights->owner ? rights->owner : rights->user);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    buf_printf(&sql,
               "ALTER DATABASE %s OWNER TO %s;\n"
               "ALTER DATABASE %s CONNECTION LIMIT -1;\n",
               name, owner, name);
    for (size_t i = 0; i < rights->properties->len; i++) {
        AUTO(mem_freep) char *statement = with_name(rights->properties->items[i], name);

        if (is_limit(rights->properties->items[i]))
            buf_printf(&sql, "%s;\n", statement);
    }
    return buf_take(&sql);
}

MUST_USE struct err *properties_preview(const struct server *server,
                                        const struct properties_rights *rights,
                                        bool with_rights, struct strv *out)
{
    AUTO(mem_freep) char *literal = quote_literal(rights->database);
    AUTO(mem_freep) char *give = with_rights ? properties_rights_sql(rights) : mem_strdup("");
    AUTO(mem_freep) char *open = properties_opening_sql(rights);
    AUTO(mem_freep) char *read = properties_query(literal);
    AUTO(mem_freep) char *sql = mem_printf("BEGIN;\n%s%s%s;\nROLLBACK;\n", give, open, read);
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(server, NULL, sql, 1, &rows), "the database's rights");
    for (size_t i = 0; out && i < rows.count; i++)
        strv_push(out, rows_cell(&rows, i, 0));
    return NULL;
}
