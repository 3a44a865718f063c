/* A snapshot that is older than pg_dump's locks lets DDL come in between: pg_dump fails at a
 * table that was dropped, and finds one empty that was truncated, for TRUNCATE shows in every
 * snapshot. So the locks come first. What must hold: between BEGIN and pg_export_snapshot runs
 * nothing but SET and LOCK, which take no snapshot.
 *
 * The list of tables is read before the locks and again at the snapshot. Where both are the
 * same, every table that pg_dump will ask for is locked. Who creates tables all the time could
 * keep us at this for ever, so after ROUNDS_MOST what is new stays unlocked: pg_dump locks it
 * itself, and hold_others_moved tells whether it came too late.
 *
 * The server's table of locks has an end. pg_dump, its --schema-only beside it and we hold a
 * lock on each table; where that would take most of the table, we leave it to pg_dump: an
 * application that gets no lock any more is worse than a table that is locked late.
 *
 * While we wait for one lock we hold others, and who wants to alter those tables waits for us,
 * as for pg_dump. So we wait in slices, and give everything back between them. */
#include "orchestrator/fingerprint/hold.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shown.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/postgres/sqlstate.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MOST 5
#define SLICE_MS 10000
#define AT_ONCE_MS 200

enum outcome {
    OUTCOME_LOCKED,
    OUTCOME_CHANGED, /* a table is gone, or two of us waited for each other: list anew */
    OUTCOME_LATE,    /* somebody holds a lock */
    OUTCOME_REFUSED, /* no right, no memory for so many locks: pg_dump may say it better */
};

static enum outcome outcome_of(const struct err *e)
{
    static const char *const changed[] = {"42P01", "3F000", "42809", "40P01", "XX000"};
    AUTO(mem_freep) char *text = err_text(e);

    if (sqlstate_is(text, "55P03"))
        return OUTCOME_LATE;
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        if (sqlstate_is(text, changed[i]))
            return OUTCOME_CHANGED;
    return OUTCOME_REFUSED;
}

static struct err *set_lock_timeout(struct session *session, int64_t ms)
{
    AUTO(mem_freep) char *sql = mem_printf("SET LOCAL lock_timeout = %" PRId64, ms);

    return session_execute(session, sql);
}

static struct err *begin_locked(struct hold *hold, const struct lock_list *list, int64_t ms,
                                enum outcome *outcome)
{
    AUTO(mem_freep) char *sql = lock_list_statement(list);
    AUTO(err_freep) struct err *e = NULL;

    *outcome = OUTCOME_LOCKED;
    PASS(session_execute(hold->session, PINS_BEGIN_SQL));
    PASS(set_lock_timeout(hold->session, ms));
    e = sql ? session_execute(hold->session, sql) : NULL;
    if (e && e->kind != ERR_TOOL)
        return TAKE(e);
    if (!e)
        return set_lock_timeout(hold->session, PINS_LOCK_TIMEOUT_MS);
    *outcome = outcome_of(e);
    log_debug("%s: lock the tables: %s", hold->subject, e->message);
    return session_execute(hold->session, "ROLLBACK");
}

/* -- who holds a lock -- */

static const char HOLDERS_SQL[] =
    "SELECT n.nspname, c.relname, a.pid, a.usename, a.application_name, a.state,"
    "  pg_catalog.date_part('epoch'::pg_catalog.text, pg_catalog.clock_timestamp()"
    "   OPERATOR(pg_catalog.-) a.xact_start)::pg_catalog.int8"
    " FROM pg_catalog.pg_locks l"
    " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid"
    " WHERE l.granted AND l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock'::pg_catalog.text"
    "  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d"
    "   WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
    "  AND ('%s' OPERATOR(pg_catalog.=) 'any'::pg_catalog.text"
    "   OR l.relation::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('%s'::pg_catalog.text[]))"
    "  AND l.relation OPERATOR(pg_catalog.>=) 16384::pg_catalog.oid"
    "  AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()"
    " ORDER BY a.xact_start LIMIT 1";

/* "public.t is locked by process 71 (role app, "psql", idle in transaction, for 95 s)" */
static char *holder_text(const struct rows *rows)
{
    AUTO(mem_freep) char *text = NULL;

    if (rows->count == 0)
        return mem_strdup("somebody held it who is gone by now");
    text = mem_printf("%s.%s is locked by process %s (role %s, \"%s\", %s, for %s s)",
                      rows_cell(rows, 0, 0), rows_cell(rows, 0, 1), rows_cell(rows, 0, 2),
                      rows_cell(rows, 0, 3), rows_cell(rows, 0, 4), rows_cell(rows, 0, 5),
                      rows_cell(rows, 0, 6));
    return shown_line(text);
}

static struct err *who_holds(const struct hold *hold, const struct lock_list *list, char **text,
                             bool *found)
{
    AUTO(mem_freep) char *oids = list ? lock_list_oids(list) : mem_strdup("{}");
    AUTO(mem_freep) char *sql = mem_printf(HOLDERS_SQL, list ? "listed" : "any", oids);
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(hold->session, sql, 7, &rows), "ask who holds a lock");
    *text = holder_text(&rows);
    *found = rows.count > 0;
    return NULL;
}

static int64_t slice_ms(const struct hold *hold, int64_t began_ms)
{
    int64_t left_ms = began_ms + hold->timeout_ms - clock_mono_ms();

    if (hold->timeout_ms == 0 || left_ms > SLICE_MS)
        return SLICE_MS;
    return left_ms > 1 ? left_ms : 1;
}

MUST_USE struct err *hold_tell_late(const struct hold *hold, const struct lock_list *list,
                                    int64_t began_ms, bool *found)
{
    int64_t waited_ms = clock_mono_ms() - began_ms;
    AUTO(mem_freep) char *text = NULL;

    PASS(who_holds(hold, list, &text, found));
    if (!*found && !list)
        return NULL;
    if (hold->timeout_ms && waited_ms >= hold->timeout_ms)
        return err_hint(
            err_new(ERR_TIMEOUT, "a lock could not be had in %" PRId64 " s: %s",
                    waited_ms / 1000, text),
            "--lock-timeout gives it longer; pg_terminate_backend ends that process");
    log_info("%s: waiting for a lock: %s", hold->subject, text);
    return NULL;
}

/* -- rounds -- */

/* The server has room for the product's number of tables and for twice as many pairs of a table
 * and its holder (LockShmemSize in lock.c). With three holders each, half of the first leaves a
 * fourth of the second to others. */
static const char ROOM_SQL[] =
    "SELECT pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8"
    " OPERATOR(pg_catalog.*)"
    " (pg_catalog.current_setting('max_connections')::pg_catalog.int8 OPERATOR(pg_catalog.+)"
    "  pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8)"
    " OPERATOR(pg_catalog./) 2::pg_catalog.int8";

static struct err *has_room(const struct hold *hold, const struct lock_list *list, bool *room)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(hold->session, ROOM_SQL, 1, &rows), "ask how many locks there may be");
    *room =
        rows.count == 1 && lock_list_count(list) <= strtoull(rows_cell(&rows, 0, 0), NULL, 10);
    if (!*room)
        log_debug("%s: too many tables to lock in advance", hold->subject);
    return NULL;
}

static struct err *read_list(struct hold *hold, struct lock_list *out)
{
    PASS(lock_list_read(hold->session, out));
    if (hold->selected)
        lock_list_narrow(out, hold->selected);
    if (hold->avoid)
        lock_list_leave_out(out, hold->avoid);
    return NULL;
}

static struct err *export_snapshot(struct hold *hold)
{
    AUTO(rows_clear) struct rows rows = {0};

    TRY(session_query(hold->session, "SELECT pg_catalog.pg_export_snapshot()", 1, &rows),
        "export a snapshot");
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "export a snapshot: %zu rows", rows.count);
    free(hold->snapshot);
    hold->snapshot = mem_strdup(rows_cell(&rows, 0, 0));
    return NULL;
}

/* The tables are locked: takes the snapshot and looks what else there is. */
static struct err *take_snapshot(struct hold *hold, const struct lock_list *locked)
{
    AUTO(lock_list_clear) struct lock_list all = {0};

    lock_list_clear(&hold->locked);
    lock_list_clear(&hold->others);
    lock_list_minus(locked, &hold->others, &hold->locked); /* a copy */
    PASS(export_snapshot(hold));
    PASS(lock_list_read(hold->session, &all));
    if (hold->selected)
        lock_list_narrow(&all, hold->selected);
    lock_list_minus(&all, &hold->locked, &hold->others);
    return NULL;
}

/* True where nothing is left to pg_dump but what is to be left to it. */
static bool is_complete(const struct hold *hold)
{
    for (size_t i = 0; i < hold->others.cells.len; i += LOCK_LIST_CELLS)
        if (!hold->avoid || !strv_contains(hold->avoid, hold->others.cells.items[i]))
            return false;
    return true;
}

static struct err *try_round(struct hold *hold, int64_t began_ms, int *round, bool *done)
{
    AUTO(lock_list_clear) struct lock_list wanted = {0};
    enum outcome outcome;
    bool found;

    if (hold->locks)
        PASS(read_list(hold, &wanted));
    if (hold->locks)
        PASS(has_room(hold, &wanted, &hold->locks));
    if (!hold->locks)
        lock_list_clear(&wanted);
    PASS(begin_locked(hold, &wanted, slice_ms(hold, began_ms), &outcome));
    if (outcome == OUTCOME_LATE)
        return hold_tell_late(hold, &wanted, began_ms, &found);
    ++*round;
    if (outcome == OUTCOME_REFUSED || *round > ROUNDS_MOST)
        hold->locks = false; /* in the rounds that follow */
    if (outcome != OUTCOME_LOCKED)
        return NULL;
    PASS(take_snapshot(hold, &wanted));
    *done = !hold->locks || is_complete(hold);
    return *done ? NULL : session_execute(hold->session, "ROLLBACK");
}

MUST_USE struct err *hold_begin(struct hold *hold)
{
    int64_t began_ms = clock_mono_ms();
    bool done = false;
    int round = 0;

    while (!done) {
        PASS(interrupt_check());
        PASS(try_round(hold, began_ms, &round, &done));
    }
    return NULL;
}

/* -- what was not locked in time -- */

/* At the snapshot pg_class has the row as it was; the functions look at the present. */
static const char MOVED_SQL[] =
    "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
    "  ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE c.oid OPERATOR(pg_catalog.=) ANY ('%s'::pg_catalog.oid[])"
    "  AND (coalesce(pg_catalog.pg_relation_filenode(c.oid), 0::pg_catalog.oid)"
    "    OPERATOR(pg_catalog.<>) c.relfilenode"
    "   OR coalesce(pg_catalog.to_regclass(pg_catalog.concat("
    "     pg_catalog.quote_ident(n.nspname::pg_catalog.text), '.',"
    "     pg_catalog.quote_ident(c.relname::pg_catalog.text)))::pg_catalog.oid,"
    "     0::pg_catalog.oid) OPERATOR(pg_catalog.<>) c.oid)"
    " LIMIT 1";

MUST_USE struct err *hold_others_moved(struct hold *hold, bool *moved)
{
    AUTO(mem_freep) char *oids = lock_list_oids(&hold->others);
    AUTO(mem_freep) char *sql = mem_printf(MOVED_SQL, oids);
    AUTO(rows_clear) struct rows rows = {0};

    *moved = false;
    if (lock_list_count(&hold->others) == 0)
        return NULL;
    TRY(session_query(hold->session, sql, 1, &rows), "look for tables that changed");
    *moved = rows.count > 0;
    return NULL;
}

MUST_USE struct err *hold_lock_others(struct hold *hold)
{
    AUTO(mem_freep) char *sql = lock_list_statement(&hold->others);
    AUTO(err_freep) struct err *e = NULL;

    if (!sql)
        return NULL;
    PASS(session_execute(hold->session, "SAVEPOINT pgkeep"));
    PASS(set_lock_timeout(hold->session, AT_ONCE_MS));
    e = session_execute(hold->session, sql);
    if (e && e->kind != ERR_TOOL)
        return TAKE(e);
    if (e)
        log_debug("%s: lock the other tables: %s", hold->subject, e->message);
    PASS(session_execute(hold->session, e ? "ROLLBACK TO SAVEPOINT pgkeep; RELEASE pgkeep"
                                          : "RELEASE pgkeep"));
    return set_lock_timeout(hold->session, PINS_LOCK_TIMEOUT_MS);
}

void hold_clear(struct hold *hold)
{
    lock_list_clear(&hold->locked);
    lock_list_clear(&hold->others);
    mem_freep(&hold->snapshot);
}
