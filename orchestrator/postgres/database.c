#include "orchestrator/postgres/database.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

/* The maintenance database may be one in which anybody creates functions and operators, so each
 * name is qualified, also those that a function of PostgreSQL's own would look up:
 * shobj_description is SQL whose operators the search path decides.
 *
 * to_jsonb reads columns that only some versions have: datlocprovider came with 15,
 * daticulocale with 15, daticurules with 16, datlocale replaced daticulocale in 17. */
#define LIST_SQL(bytes)                                                                        \
    "SELECT d.datname, d.datallowconn, d.datistemplate, " bytes "," LIST_REST_SQL
#define LIST_REST_SQL                                                                          \
    " r.rolname, pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,"        \
    " CASE WHEN j.d OPERATOR(pg_catalog.->>) 'datlocprovider' OPERATOR(pg_catalog.=) 'i'"      \
    "   THEN 'icu'"                                                                            \
    "  WHEN j.d OPERATOR(pg_catalog.->>) 'datlocprovider' OPERATOR(pg_catalog.=) 'b'"          \
    "   THEN 'builtin' ELSE 'libc' END,"                                                       \
    " coalesce(j.d OPERATOR(pg_catalog.->>) 'datlocale',"                                      \
    "  j.d OPERATOR(pg_catalog.->>) 'daticulocale', ''),"                                      \
    " coalesce(j.d OPERATOR(pg_catalog.->>) 'daticurules', ''),"                               \
    " coalesce((SELECT s.description FROM pg_catalog.pg_shdescription s"                       \
    "  WHERE s.objoid OPERATOR(pg_catalog.=) d.oid AND s.classoid OPERATOR(pg_catalog.=)"      \
    "   'pg_catalog.pg_database'::pg_catalog.regclass::pg_catalog.oid), '')"                   \
    " FROM pg_catalog.pg_database d"                                                           \
    " LEFT JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) d.datdba,"               \
    " LATERAL (SELECT pg_catalog.to_jsonb(d) AS d) j"                                          \
    " ORDER BY d.datname COLLATE pg_catalog.\"C\""

static const char SIZED_LIST_SQL[] = LIST_SQL(DATABASE_BYTES_SQL);
const char DATABASE_LIST_SQL[] = LIST_SQL("0::pg_catalog.int8");

static void database_clear(struct database *d)
{
    free(d->name);
    free(d->owner);
    free(d->encoding);
    free(d->collate);
    free(d->ctype);
    free(d->locale_provider);
    free(d->icu_locale);
    free(d->icu_rules);
    free(d->comment);
}

void database_list_clear(struct database_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        database_clear(&list->items[i]);
    free(list->items);
    *list = (struct database_list){0};
}

static struct database from_row(const struct rows *rows, size_t i)
{
    return (struct database){
        .name = mem_strdup(rows_cell(rows, i, 0)),
        .allows_connections = rows_cell(rows, i, 1)[0] == 't',
        .is_template = rows_cell(rows, i, 2)[0] == 't',
        .bytes = strtoull(rows_cell(rows, i, 3), NULL, 10),
        .owner = mem_strdup(rows_cell(rows, i, 4)),
        .encoding = mem_strdup(rows_cell(rows, i, 5)),
        .collate = mem_strdup(rows_cell(rows, i, 6)),
        .ctype = mem_strdup(rows_cell(rows, i, 7)),
        .locale_provider = mem_strdup(rows_cell(rows, i, 8)),
        .icu_locale = mem_strdup(rows_cell(rows, i, 9)),
        .icu_rules = mem_strdup(rows_cell(rows, i, 10)),
        .comment = mem_strdup(rows_cell(rows, i, 11)),
    };
}

static void list_from_rows(const struct rows *rows, bool templates, struct database_list *out)
{
    out->items = mem_new(rows->count, sizeof(*out->items));
    for (size_t i = 0; i < rows->count; i++)
        if (templates || rows_cell(rows, i, 2)[0] != 't')
            out->items[out->count++] = from_row(rows, i);
}

MUST_USE struct err *database_list(const struct server *server, bool templates,
                                   struct database_list *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(server, NULL, SIZED_LIST_SQL, DATABASE_LIST_COLUMNS, &rows),
        "list databases");
    list_from_rows(&rows, templates, out);
    return NULL;
}

MUST_USE struct err *database_list_found(const struct server *server, bool templates,
                                         struct database_list *out)
{
    if (server->databases.columns == 0)
        return database_list(server, templates, out);
    list_from_rows(&server->databases, templates, out);
    return NULL;
}

const struct database *database_find(const struct database_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return &list->items[i];
    return NULL;
}

static void add_literal(struct buf *sql, const char *word, const char *value)
{
    AUTO(mem_freep) char *quoted = NULL;

    if (!value || !*value)
        return;
    quoted = quote_literal(value);
    buf_printf(sql, " %s %s", word, quoted);
}

/* The words differ by version: LOCALE_PROVIDER from 15; the provider's locale is ICU_LOCALE in
 * 15 and 16 and also in 17, where BUILTIN_LOCALE came. ICU_RULES came with 16. The provider is
 * a word of the statement itself, and comes from a manifest that anybody may have written. */
static struct err *add_locale(struct buf *sql, const struct server *server,
                              const struct database_spec *spec)
{
    const char *provider = spec->locale_provider ? spec->locale_provider : "";
    bool icu = strcmp(provider, "icu") == 0;
    bool builtin = strcmp(provider, "builtin") == 0;

    if (*provider && !icu && !builtin && strcmp(provider, "libc") != 0)
        return err_new(ERR_BAD_BACKUP, "\"%s\" is no locale provider of PostgreSQL", provider);
    add_literal(sql, "LC_COLLATE", spec->collate);
    add_literal(sql, "LC_CTYPE", spec->ctype);
    if (server->version_num < 150000 || !*provider)
        return NULL;
    buf_printf(sql, " LOCALE_PROVIDER %s", provider);
    if (icu) {
        add_literal(sql, "ICU_LOCALE", spec->icu_locale);
        add_literal(sql, "ICU_RULES", spec->icu_rules);
    } else if (builtin)
        add_literal(sql, "BUILTIN_LOCALE", spec->icu_locale);
    return NULL;
}

/* Nobody may connect until this has run: the database is made with ALLOW_CONNECTIONS false,
 * which CREATE DATABASE, as it cannot stand in a transaction, needs for there to be no moment
 * at which PUBLIC may. An owner that is not us keeps CREATE, without which ALTER ... OWNER TO
 * refuses him, and may give himself the rest: database.h. */
static void add_closing(struct buf *sql, const struct server *server, const char *name,
                        const char *owner)
{
    AUTO(mem_freep) char *us = quote_ident(server->user);

    buf_printf(sql, "REVOKE ALL ON DATABASE %s FROM PUBLIC;\n", name);
    if (owner)
        buf_printf(sql, "REVOKE CONNECT, TEMPORARY ON DATABASE %s FROM %s;\n", name, owner);
    buf_printf(sql,
               "GRANT ALL ON DATABASE %s TO %s;\n"
               "ALTER DATABASE %s WITH ALLOW_CONNECTIONS true;\n",
               name, us, name);
}

MUST_USE struct err *database_create_sql(const struct server *server,
                                         const struct database_spec *spec, struct buf *sql)
{
    AUTO(mem_freep) char *name = quote_ident(spec->name);
    AUTO(mem_freep) char *owner = spec->owner ? quote_ident(spec->owner) : NULL;

    buf_printf(sql, "CREATE DATABASE %s TEMPLATE template0", name);
    if (owner)
        buf_printf(sql, " OWNER %s", owner);
    add_literal(sql, "ENCODING", spec->encoding);
    PASS(add_locale(sql, server, spec));
    if (spec->closed)
        buf_printf(sql, " ALLOW_CONNECTIONS false%s",
                   server->superuser ? " CONNECTION LIMIT 0" : "");
    buf_printf(sql, ";\n");
    if (spec->comment) {
        AUTO(mem_freep) char *comment = quote_literal(spec->comment);
        buf_printf(sql, "COMMENT ON DATABASE %s IS %s;\n", name, comment);
    }
    if (spec->closed)
        add_closing(sql, server, name, owner);
    return NULL;
}

MUST_USE struct err *database_create(const struct server *server,
                                     const struct database_spec *spec)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    struct err *e = database_create_sql(server, spec, &sql);

    if (!e)
        e = server_execute(server, NULL, buf_text(&sql));
    if (e && e->kind == ERR_TOOL) {
        AUTO(mem_freep) char *text = err_text(e);
        if (strstr(text, "already exists"))
            e = err_as(e, ERR_EXISTS);
    }
    return err_wrap(e, "create database \"%s\"", spec->name);
}

/* Asked for in the maintenance database: a copy holds whatever its roles put there. */
static struct err *list_subscriptions(const struct server *server, const char *literal,
                                      const char *condition, struct rows *out)
{
    AUTO(mem_freep) char *sql =
        mem_printf("SELECT s.subname FROM pg_catalog.pg_subscription s"
                   " JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.subdbid"
                   " WHERE d.datname OPERATOR(pg_catalog.=) %s%s ORDER BY s.subname",
                   literal, condition);

    return server_query(server, NULL, sql, 1, out);
}

MUST_USE struct err *database_disabled_subscriptions(const struct server *server,
                                                     const char *name, struct strv *out)
{
    AUTO(mem_freep) char *literal = quote_literal(name);
    AUTO(rows_clear) struct rows rows = {0};

    PASS(list_subscriptions(server, literal, " AND NOT s.subenabled", &rows));
    for (size_t i = 0; i < rows.count; i++)
        strv_push(out, rows_cell(&rows, i, 0));
    return NULL;
}

/* DROP DATABASE refuses one that holds subscriptions. Those of a restored copy name the
 * source's own replication slots, so they are parted from their slot before they go. A copy may
 * hold event triggers. */
static struct err *drop_subscriptions(const struct server *server, const char *name,
                                      const char *literal)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(rows_clear) struct rows rows = {0};

    PASS(list_subscriptions(server, literal, "", &rows));
    if (rows.count == 0)
        return NULL;
    if (server->version_num >= 170000 && server->superuser)
        buf_printf(&sql, "SET event_triggers = off;\n");
    for (size_t i = 0; i < rows.count; i++) {
        AUTO(mem_freep) char *subscription = quote_ident(rows_cell(&rows, i, 0));

        buf_printf(&sql,
                   "ALTER SUBSCRIPTION %s DISABLE;\n"
                   "ALTER SUBSCRIPTION %s SET (slot_name = NONE);\n"
                   "DROP SUBSCRIPTION %s;\n",
                   subscription, subscription, subscription);
    }
    return server_execute(server, name, buf_text(&sql));
}

MUST_USE struct err *database_drop(const struct server *server, const char *name)
{
    AUTO(mem_freep) char *ident = quote_ident(name);
    AUTO(mem_freep) char *literal = quote_literal(name);
    AUTO(mem_freep) char *sql =
        mem_printf("SET client_min_messages = error;\n"
                   "SELECT pg_catalog.pg_terminate_backend(pid)"
                   " FROM pg_catalog.pg_stat_activity"
                   " WHERE datname OPERATOR(pg_catalog.=) %s"
                   " AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid();\n"
                   "DROP DATABASE IF EXISTS %s%s;\n",
                   literal, ident, server->version_num >= 130000 ? " WITH (FORCE)" : "");

    TRY(drop_subscriptions(server, name, literal), "drop database \"%s\"", name);
    TRY(server_execute(server, NULL, sql), "drop database \"%s\"", name);
    return NULL;
}
