/* A lock is granted in the order in which it was asked for. Who wants a table for himself alone
 * (ALTER, TRUNCATE, DROP) waits for our holder, and a pg_dump of ours that comes later waits
 * behind him, although its lock would go well with the holder's. The holder waits for pg_dump,
 * but the server does not know that, so no deadlock is found: all would wait for ever.
 *
 * The only way out is to let him pass: end the dump, give up the holder's transaction, and
 * begin anew. This looks for that case, until pg_dump has its locks; then it is over. */
#include "orchestrator/fingerprint/stall.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <stdlib.h>
#include <string.h>

/* What pg_stat_activity says is kept for the transaction otherwise. */
static const char FRESH_SQL[] = "SELECT 1 FROM pg_catalog.pg_stat_clear_snapshot()";

/* Who stands in the way, and who in theirs. */
#define BLOCKERS                                                                               \
    "(WITH RECURSIVE blocker(pid) AS ("                                                        \
    "  SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(a.pid))"                           \
    "  UNION SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(b.pid)) FROM blocker b)"     \
    " SELECT pg_catalog.bool_or(pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid())"       \
    " FROM blocker)"

/* Everybody sees an application_name, and may take the same. */
#define OF_OURS " AND a.usename OPERATOR(pg_catalog.=) current_user"

/* A table that users made has an oid from 16384 on. */
static const char LOOK_SQL[] =
    "SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l"
    "  WHERE l.pid OPERATOR(pg_catalog.=) a.pid AND l.granted"
    "  AND l.mode OPERATOR(pg_catalog.=) 'AccessShareLock'::pg_catalog.text"
    "  AND l.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid),"
    " w.relation, CASE WHEN w.pid IS NULL THEN false ELSE " BLOCKERS " END,"
    " w.pid IS NOT NULL"
    " FROM pg_catalog.pg_stat_activity a"
    " LEFT JOIN pg_catalog.pg_locks w ON w.pid OPERATOR(pg_catalog.=) a.pid AND NOT w.granted"
    " WHERE a.application_name OPERATOR(pg_catalog.=) %s::pg_catalog.text" OF_OURS;

enum { LOCKED, RELATION, STUCK, WAITS, COLUMNS };

static bool is_true(const struct rows *rows, size_t row, size_t column)
{
    return strcmp(rows_cell(rows, row, column), "t") == 0;
}

MUST_USE struct err *stall_look(struct session *holder, const char *application,
                                struct stall_sight *out)
{
    AUTO(mem_freep) char *literal = quote_literal(application);
    AUTO(mem_freep) char *sql = mem_printf(LOOK_SQL, literal);
    AUTO(rows_clear) struct rows fresh = {0};
    AUTO(rows_clear) struct rows rows = {0};

    *out = (struct stall_sight){0};
    PASS(session_query(holder, FRESH_SQL, 1, &fresh));
    TRY(session_query(holder, sql, COLUMNS, &rows), "look at pg_dump's locks");
    out->connected = rows.count > 0;
    for (size_t i = 0; i < rows.count; i++) {
        int64_t locked = strtoll(rows_cell(&rows, i, LOCKED), NULL, 10);

        out->locked = locked > out->locked ? locked : out->locked;
        out->waits = out->waits || is_true(&rows, i, WAITS);
        if (!is_true(&rows, i, STUCK))
            continue;
        out->stuck = true;
        mem_replace(&out->relation, rows_cell(&rows, i, RELATION));
    }
    return NULL;
}

void stall_sight_clear(struct stall_sight *sight)
{
    mem_freep(&sight->relation);
}

MUST_USE struct err *stall_end(struct session *session, const char *application)
{
    AUTO(mem_freep) char *literal = quote_literal(application);
    AUTO(mem_freep) char *sql = mem_printf(
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a"
        " WHERE a.application_name OPERATOR(pg_catalog.=) %s::pg_catalog.text" OF_OURS,
        literal);
    AUTO(rows_clear) struct rows fresh = {0};
    AUTO(rows_clear) struct rows rows = {0};

    PASS(session_query(session, FRESH_SQL, 1, &fresh));
    return session_query(session, sql, 1, &rows);
}
