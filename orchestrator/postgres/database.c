#include "orchestrator/postgres/database.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

/* to_jsonb reads columns that only some versions have: datlocprovider came with 15,
 * daticulocale with 15, daticurules with 16, datlocale replaced daticulocale in 17. */
static const char LIST_SQL[] =
    "SELECT d.datname, d.datallowconn, d.datistemplate,"
    " CASE WHEN has_database_privilege(d.oid, 'CONNECT')"
    "  OR (SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'))"
    "  THEN pg_database_size(d.oid) ELSE 0 END,"
    " r.rolname, pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,"
    " CASE coalesce(to_jsonb(d)->>'datlocprovider', 'c')"
    "  WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,"
    " coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale', ''),"
    " coalesce(to_jsonb(d)->>'daticurules', ''),"
    " coalesce(shobj_description(d.oid, 'pg_database'), '')"
    " FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
    " ORDER BY d.datname COLLATE \"C\"";

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

MUST_USE struct err *database_list(const struct server *server, bool templates,
                                   struct database_list *out)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(server_query(server, NULL, LIST_SQL, 12, &rows), "list databases");
    out->items = mem_new(rows.count, sizeof(*out->items));
    for (size_t i = 0; i < rows.count; i++)
        if (templates || rows_cell(&rows, i, 2)[0] != 't')
            out->items[out->count++] = from_row(&rows, i);
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
 * 15 and 16 and also in 17, where BUILTIN_LOCALE came. ICU_RULES came with 16. */
static void add_locale(struct buf *sql, const struct server *server,
                       const struct database_spec *spec)
{
    const char *provider = spec->locale_provider ? spec->locale_provider : "";

    add_literal(sql, "LC_COLLATE", spec->collate);
    add_literal(sql, "LC_CTYPE", spec->ctype);
    if (server->version_num < 150000 || !*provider)
        return;
    buf_printf(sql, " LOCALE_PROVIDER %s", provider);
    if (strcmp(provider, "icu") == 0) {
        add_literal(sql, "ICU_LOCALE", spec->icu_locale);
        add_literal(sql, "ICU_RULES", spec->icu_rules);
    } else if (strcmp(provider, "builtin") == 0)
        add_literal(sql, "BUILTIN_LOCALE", spec->icu_locale);
}

MUST_USE struct err *database_create(const struct server *server,
                                     const struct database_spec *spec)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(mem_freep) char *name = quote_ident(spec->name);
    struct err *e;

    buf_printf(&sql, "CREATE DATABASE %s TEMPLATE template0", name);
    if (spec->owner) {
        AUTO(mem_freep) char *owner = quote_ident(spec->owner);
        buf_printf(&sql, " OWNER %s", owner);
    }
    add_literal(&sql, "ENCODING", spec->encoding);
    add_locale(&sql, server, spec);
    buf_printf(&sql, ";\n");
    if (spec->comment) {
        AUTO(mem_freep) char *comment = quote_literal(spec->comment);
        buf_printf(&sql, "COMMENT ON DATABASE %s IS %s;\n", name, comment);
    }
    e = server_execute(server, NULL, buf_text(&sql));
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);
        if (strstr(text, "already exists"))
            e = err_as(e, ERR_EXISTS);
    }
    return err_wrap(e, "create database \"%s\"", spec->name);
}

/* DROP DATABASE refuses one that holds subscriptions. Those of a restored copy name the
 * source's own replication slots, so they are parted from their slot before they go. */
static struct err *drop_subscriptions(const struct server *server, const char *name,
                                      const char *literal)
{
    static const char *const steps[] = {"ALTER SUBSCRIPTION %I DISABLE",
                                        "ALTER SUBSCRIPTION %I SET (slot_name = NONE)",
                                        "DROP SUBSCRIPTION %I"};
    AUTO(mem_freep) char *of = mem_printf(
        "FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
        " WHERE d.datname = %s",
        literal);
    AUTO(mem_freep) char *count = mem_printf("SELECT count(*) %s", of);
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(rows_clear) struct rows rows = {0};

    PASS(server_query(server, NULL, count, 1, &rows));
    if (rows.count != 1 || strcmp(rows_cell(&rows, 0, 0), "0") == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        buf_printf(&sql, "SELECT format('%s', s.subname) %s \\gexec\n", steps[i], of);
    return server_execute(server, name, buf_text(&sql));
}

MUST_USE struct err *database_drop(const struct server *server, const char *name)
{
    AUTO(mem_freep) char *ident = quote_ident(name);
    AUTO(mem_freep) char *literal = quote_literal(name);
    AUTO(mem_freep) char *sql =
        mem_printf("SET client_min_messages = error;\n"
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                   " AND pid <> pg_backend_pid();\n"
                   "DROP DATABASE IF EXISTS %s%s;\n",
                   literal, ident, server->version_num >= 130000 ? " WITH (FORCE)" : "");

    TRY(drop_subscriptions(server, name, literal), "drop database \"%s\"", name);
    TRY(server_execute(server, NULL, sql), "drop database \"%s\"", name);
    return NULL;
}
