/* The scratch is ours and closed until the very transaction that gives it its name: its owner
 * could plant functions and triggers while a superuser loads, and strangers could read what the
 * database it was made from hides from them. Where we are no superuser it is its owner's from
 * the start: objects go to their owners one by one, and on 15 and newer only the database's
 * owner may have them in schema public. Then he is kept out by rights that he could give
 * himself again; what he could plant would run with a role that may act as him anyway. */
#include "orchestrator/restore/scratch.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "orchestrator/postgres/properties.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/repository/mark.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_PREFIX "pgkeep_"
#define COMMENT_PREFIX "pgkeep run "
#define SWAP_TRIES 20
#define SWAP_PAUSE_MS 250

struct scratch {
    const struct server *server; /* borrowed */
    char *name;
    char *comment; /* once it is adopted, or NULL */
    char *owner;   /* so too */
    bool adopted;
};

/* From 15 on schema public belongs to pg_database_owner, so to the role that the database will
 * be given to only in the end. A dump may take USAGE from PUBLIC and then refresh a
 * materialized view of that role, who reads tables of public. So he is lent it, by a role that
 * no dump gives rights to: what comes from there can be told from what the dump grants him. */
#define LENDER "pg_stat_scan_tables"
#define TAKE_BACK_SQL "REVOKE USAGE ON SCHEMA public FROM " LENDER " CASCADE"

static bool lends(const struct scratch *scratch)
{
    const struct server *server = scratch->server;

    return server->superuser && server->version_num >= 150000 && scratch->owner &&
           strcmp(scratch->owner, server->user) != 0;
}

static struct err *lend(const struct scratch *scratch)
{
    AUTO(mem_freep) char *owner = scratch->owner ? quote_ident(scratch->owner) : NULL;
    AUTO(mem_freep) char *sql = NULL;

    if (!lends(scratch))
        return NULL;
    sql = mem_printf("GRANT USAGE ON SCHEMA public TO " LENDER " WITH GRANT OPTION;\n"
                     "SET ROLE " LENDER ";\n"
                     "GRANT USAGE ON SCHEMA public TO %s;\n",
                     owner);
    TRY(server_execute(scratch->server, scratch->name, sql), "prepare the scratch database");
    return NULL;
}

MUST_USE struct err *scratch_loaded(const struct scratch *scratch)
{
    if (!lends(scratch))
        return NULL;
    TRY(server_execute(scratch->server, scratch->name,
                       scratch->server->version_num >= 170000
                           ? "SET event_triggers = off;\n" TAKE_BACK_SQL
                           : TAKE_BACK_SQL),
        "finish the scratch database");
    return NULL;
}

MUST_USE struct err *scratch_new(const struct server *server, const char *mark,
                                 const struct manifest *like, const char *owner,
                                 struct scratch **out)
{
    AUTO(scratch_freep) struct scratch *scratch = mem_new(1, sizeof(*scratch));
    AUTO(mem_freep) char *comment = mem_printf(COMMENT_PREFIX "%s", mark);
    struct database_spec spec = {
        .owner = server->superuser ? NULL : owner,
        .closed = true,
        .encoding = like->encoding,
        .locale_provider = like->locale_provider,
        .collate = like->collate,
        .ctype = like->ctype,
        .icu_locale = like->icu_locale,
        .icu_rules = like->icu_rules,
        .comment = comment,
    };

    *out = NULL;
    scratch->server = server;
    scratch->comment = mem_strdup(like->database_comment);
    scratch->owner = mem_strdup(owner);
    scratch->adopted = true; /* nothing to drop yet */
    scratch->name = mem_printf(NAME_PREFIX "%016" PRIx64, random_number());
    spec.name = scratch->name;
    scratch->adopted = false;
    PASS(database_create(server, &spec));
    PASS(lend(scratch));
    *out = TAKE(scratch);
    return NULL;
}

const char *scratch_name(const struct scratch *scratch)
{
    return scratch->name;
}

const char *scratch_owner(const struct scratch *scratch)
{
    return scratch->owner;
}

static struct properties_rights rights_of(const struct scratch *scratch,
                                          const struct strv *properties)
{
    return (struct properties_rights){.database = scratch->name,
                                      .owner = scratch->owner,
                                      .user = scratch->server->user,
                                      .properties = properties};
}

/* RENAME may run in a transaction, so the two names change together or not at all, and with
 * them the rights: until then nobody else can connect to what is being restored. It refuses a
 * database that somebody is connected to; a pool may come back between the two steps, hence
 * the tries. */
static char *swap_sql(const struct scratch *scratch, const struct scratch_place *place)
{
    const struct properties_rights rights = rights_of(scratch, place->properties);
    AUTO(mem_freep) char *give = properties_rights_sql(&rights);
    AUTO(mem_freep) char *open = properties_opening_sql(&rights);
    AUTO(mem_freep) char *from = quote_ident(scratch->name);
    AUTO(mem_freep) char *to = quote_ident(place->name);
    AUTO(mem_freep) char *literal = quote_literal(place->name);
    AUTO(mem_freep) char *kept = place->kept_as ? quote_ident(place->kept_as) : NULL;
    AUTO(mem_freep) char *comment =
        scratch->comment ? quote_literal(scratch->comment) : mem_strdup("NULL");
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

    if (kept)
        buf_printf(&sql,
                   "SELECT pg_catalog.pg_terminate_backend(pid)"
                   " FROM pg_catalog.pg_stat_activity"
                   " WHERE datname OPERATOR(pg_catalog.=) %s"
                   " AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid();\n",
                   literal);
    buf_printf(&sql, "BEGIN;\n");
    if (kept)
        buf_printf(&sql, "ALTER DATABASE %s RENAME TO %s;\n", to, kept);
    buf_printf(&sql,
               "%s%sALTER DATABASE %s RENAME TO %s;\n"
               "COMMENT ON DATABASE %s IS %s;\nCOMMIT;\n",
               give, open, from, to, to, comment);
    return buf_take(&sql);
}

/* Who is no superuser may get the server's words in any language. */
static bool may_be_in_use(const struct scratch *scratch, const struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);

    return !scratch->server->superuser || strstr(text, "being accessed by other users");
}

/* The server's word decides what happened if the connection was lost on the way. */
static bool has_name(const struct scratch *scratch, const char *name)
{
    AUTO(mem_freep) char *scratch_literal = quote_literal(scratch->name);
    AUTO(mem_freep) char *literal = quote_literal(name);
    AUTO(mem_freep) char *sql =
        mem_printf("SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_database"
                   "  WHERE datname OPERATOR(pg_catalog.=) %s),"
                   " (SELECT pg_catalog.count(*) FROM pg_catalog.pg_database"
                   "  WHERE datname OPERATOR(pg_catalog.=) %s)",
                   scratch_literal, literal);
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(err_freep) struct err *e = server_query(scratch->server, NULL, sql, 2, &rows);

    return !e && rows.count == 1 && rows_cell(&rows, 0, 0)[0] == '0' &&
           rows_cell(&rows, 0, 1)[0] == '1';
}

static struct err *swap(struct scratch *scratch, const struct scratch_place *place)
{
    AUTO(mem_freep) char *sql = swap_sql(scratch, place);

    for (int i = 1;; i++) {
        struct err *e = server_execute(scratch->server, NULL, sql);

        if (!e || has_name(scratch, place->name)) {
            err_free(e);
            return NULL;
        }
        if (i == SWAP_TRIES || !may_be_in_use(scratch, e))
            return err_hint(e, "stop what uses the database while restoring: --stop SERVICE");
        err_free(e);
        clock_sleep_ms(SWAP_PAUSE_MS);
    }
}

MUST_USE struct err *scratch_check_rights(const struct scratch *scratch,
                                          const struct strv *properties)
{
    const struct properties_rights rights = rights_of(scratch, properties);

    return properties_preview(scratch->server, &rights, true, NULL);
}

MUST_USE struct err *scratch_adopt(struct scratch *scratch, const struct scratch_place *place)
{
    struct err *e;

    PASS(interrupt_check()); /* the last moment at which nothing has changed */
    interrupt_hold();
    e = swap(scratch, place);
    interrupt_release();
    if (!e)
        scratch->adopted = true;
    return err_wrap(e, "rename the restored database to \"%s\"", place->name);
}

void scratch_free(struct scratch *scratch)
{
    if (!scratch)
        return;
    if (!scratch->adopted) {
        AUTO(err_freep) struct err *e = NULL;

        interrupt_hold();
        e = database_drop(scratch->server, scratch->name);
        if (e)
            log_err(LOG_WARN, "left behind", e);
        interrupt_release();
    }
    free(scratch->name);
    free(scratch->comment);
    free(scratch->owner);
    free(scratch);
}

void scratch_freep(struct scratch **scratch)
{
    scratch_free(*scratch);
    *scratch = NULL;
}

bool scratch_is(const struct database *database)
{
    return strncmp(database->name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0 &&
           strncmp(database->comment, COMMENT_PREFIX, strlen(COMMENT_PREFIX)) == 0;
}

static bool is_stray(struct repository *repository, const struct database *database)
{
    return scratch_is(database) &&
           mark_is_stray(repository, database->comment + strlen(COMMENT_PREFIX));
}

MUST_USE struct err *scratch_sweep_listed(const struct server *server,
                                          struct repository *repository,
                                          const struct database_list *list, bool *dropped)
{
    *dropped = false;
    for (size_t i = 0; i < list->count; i++) {
        if (!is_stray(repository, &list->items[i]))
            continue;
        log_info("dropping database %s of an interrupted run", list->items[i].name);
        PASS(database_drop(server, list->items[i].name));
        *dropped = true;
    }
    return NULL;
}

MUST_USE struct err *scratch_sweep(const struct server *server, struct repository *repository)
{
    AUTO(database_list_clear) struct database_list list = {0};
    bool dropped;

    PASS(database_list(server, false, &list));
    return scratch_sweep_listed(server, repository, &list, &dropped);
}
