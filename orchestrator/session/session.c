#include "orchestrator/session/session.h"
#include "base/mem.h"
#include "orchestrator/session/session_private.h"
#include <stdlib.h>
#include <string.h>

/* A database in SQL_ASCII holds bytes of no known encoding; asked for UTF8 the server would
 * refuse those that are none. */
static const char SETTINGS[] =
    "SELECT " SERVER_IDENTITY ", pg_catalog.set_config('search_path', '', false)"
    ", pg_catalog.set_config('client_encoding',"
    " CASE WHEN pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.=) "
    "'SQL_ASCII'"
    " THEN 'SQL_ASCII' ELSE 'UTF8' END, false)"
    ", pg_catalog.set_config('standard_conforming_strings', 'on', false)"
    ", pg_catalog.set_config('statement_timeout', '0', false)"
    ", pg_catalog.set_config('lock_timeout', '0', false)"
    ", pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false)";
#define SETTINGS_COLUMNS 7

/* Settings of newer servers; not every platform can do the last one. */
static const struct {
    int since;
    const char *sql;
} NEWER[] = {
    {140000, "SET idle_session_timeout = 0"},
    {170000, "SET transaction_timeout = 0"},
    {140000, "SET client_connection_check_interval = '5s'"},
};

static struct err *set_newer(const struct server *server, struct session *session)
{
    for (size_t i = 0; i < ARRAY_LEN(NEWER); i++) {
        struct err *e = NULL;

        if (server->version_num >= NEWER[i].since)
            e = session_execute(session, NEWER[i].sql);
        if (!err_is(e, ERR_TOOL))
            PASS(e);
        else
            err_free(e);
    }
    return NULL;
}

/* Another host may have the address that we were told; whoever it is, it is not asked more. */
static struct err *settle(struct session_way *way, struct session *session)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(session_query(session, SETTINGS, SETTINGS_COLUMNS, &rows));
    way->met_other = rows.count != 1 || strcmp(rows_cell(&rows, 0, 0), way->identity) != 0;
    if (way->met_other)
        return err_new(ERR_UNREACHABLE, "another server answers there");
    return set_newer(way->server, session);
}

MUST_USE struct err *session_open(struct session_way *way, const char *database,
                                  struct session **out)
{
    AUTO(session_closep) struct session *session = NULL;

    *out = NULL;
    database = database ? database : way->server->database;
    if (way->kind == SESSION_PSQL)
        TRY(session_psql_open(way, database, &session), "%s", way->text);
    else
        TRY(session_pq_open(way, database, &session), "%s", way->text);
    TRY(settle(way, session), "%s", way->text);
    *out = TAKE(session);
    return NULL;
}

void session_close(struct session *session)
{
    if (session)
        session->ops->close(session);
}

void session_closep(struct session **session)
{
    session_close(*session);
    *session = NULL;
}

static struct err *run(struct session *session, const char *sql, size_t columns,
                       struct rows *out)
{
    if (session->cancelled)
        return err_new(ERR_INTERRUPTED, "the session was cancelled");
    return session->ops->run(session, sql, columns, out);
}

MUST_USE struct err *session_query(struct session *session, const char *sql, size_t columns,
                                   struct rows *out)
{
    *out = (struct rows){0};
    if (columns == 0)
        return err_new(ERR_USAGE, "a query gives at least one column");
    return run(session, sql, columns, out);
}

MUST_USE struct err *session_execute(struct session *session, const char *sql)
{
    struct rows none = {0};

    return run(session, sql, 0, &none);
}

MUST_USE struct err *session_copy_out(struct session *session, const char *sql,
                                      session_on_data *on_data, void *ctx)
{
    const struct session_copy copy = {on_data, ctx};

    if (session->cancelled)
        return err_new(ERR_INTERRUPTED, "the session was cancelled");
    return session->ops->copy_out(session, sql, &copy);
}

void session_cancel(struct session *session)
{
    session->cancelled = true;
    session->ops->cancel(session);
}

/* -- rows as they come -- */

MUST_USE struct err *session_rows_add(struct session_rows *rows, const char *cell, size_t len)
{
    rows->bytes += len + 1;
    if (rows->bytes > SESSION_ANSWER_MAX_BYTES)
        return err_new(ERR_TOO_LARGE, "the answer is larger than %zu MiB",
                       SESSION_ANSWER_MAX_BYTES >> 20);
    if (rows->cells == rows->room) {
        rows->room = rows->room ? rows->room * 2 : 16;
        rows->rows.cells = mem_resize(rows->rows.cells, rows->room, sizeof(*rows->rows.cells));
    }
    rows->rows.cells[rows->cells++] = mem_strndup(cell, len);
    return NULL;
}

void session_rows_clear(struct session_rows *rows)
{
    for (size_t i = 0; i < rows->cells; i++)
        free(rows->rows.cells[i]);
    free(rows->rows.cells);
    *rows = (struct session_rows){0};
}
