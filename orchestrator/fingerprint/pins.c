#include "orchestrator/fingerprint/pins.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/postgres/quote.h"

#define TEXT_OF(number) TEXT_OF_INNER(number)
#define TEXT_OF_INNER(number) #number

static const struct {
    const char *name, *value;
    int since; /* major version */
} pins[] = {
    /* how values print; pg_dump sets the like, but the shortest exact form of floats is enough
     */
    {"DateStyle", "ISO, YMD", 0},
    {"IntervalStyle", "postgres", 0},
    {"TimeZone", "UTC", 0},
    {"extra_float_digits", "1", 0},
    {"bytea_output", "hex", 0},
    {"lc_monetary", "C", 0},
    {"lc_numeric", "C", 0},
    {"xmloption", "content", 0},
    {"quote_all_identifiers", "off", 0},
    {"search_path", "", 0},
    /* an error rather than fewer rows */
    {"row_security", "off", 0},
    /* limits that are meant for the application */
    {"statement_timeout", "0", 0},
    {"idle_in_transaction_session_timeout", "0", 0},
    {"idle_session_timeout", "0", 14},
    {"transaction_timeout", "0", 17},
    {"lock_timeout", TEXT_OF(PINS_LOCK_TIMEOUT_MS), 0},
    /* Each session one core: a table's digest takes less time than its dump, so that even one
     * large table is not waited for; and `jobs` stays what the user allowed. */
    {"max_parallel_workers_per_gather", "0", 0},
    {"enable_seqscan", "on", 0},
    {"jit", "off", 0},
    /* no CHECK is looked at to plan a read */
    {"constraint_exclusion", "off", 0},
};

/* Since the minor releases of August 2024. A view that takes a table's place after we looked is
 * refused then by the server as well (digest_query.c, named.c: what refuses it everywhere). */
static const char NO_VIEWS_SQL[] =
    "SELECT pg_catalog.set_config('restrict_nonsystem_relation_kind', 'view, foreign-table',"
    " false) WHERE pg_catalog.current_setting('restrict_nonsystem_relation_kind', true)"
    " IS NOT NULL";

MUST_USE struct err *pins_set(struct session *session, int server_version_num)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(rows_clear) struct rows rows = {0};

    for (size_t i = 0; i < ARRAY_LEN(pins); i++)
        if (server_version_num / 10000 >= pins[i].since)
            buf_printf(&sql, "SET %s = '%s';", pins[i].name, pins[i].value);
    PASS(session_execute(session, buf_text(&sql)));
    PASS(session_query(session, NO_VIEWS_SQL, 1, &rows));
    rows_clear(&rows);
    return session_query(session,
                         "SELECT pg_catalog.set_config('client_encoding',"
                         " pg_catalog.getdatabaseencoding(), false)",
                         1, &rows);
}

const char PINS_BEGIN_SQL[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY, NOT DEFERRABLE";

MUST_USE struct err *pins_savepoint(struct session *session)
{
    return session_execute(session, "SAVEPOINT pgkeep");
}

MUST_USE struct err *pins_begin(struct session *session, const char *snapshot)
{
    AUTO(mem_freep) char *literal = quote_literal(snapshot);
    AUTO(mem_freep) char *sql = mem_printf("%s; SET TRANSACTION SNAPSHOT %s; SAVEPOINT pgkeep",
                                           PINS_BEGIN_SQL, literal);

    return session_execute(session, sql);
}

MUST_USE struct err *pins_release(struct session *session)
{
    return session_execute(session, "ROLLBACK TO SAVEPOINT pgkeep");
}

MUST_USE struct err *pins_query(struct session *session, const char *sql, size_t columns,
                                struct rows *out, struct err **failed)
{
    return pins_settle(session, session_query(session, sql, columns, out), out, failed);
}

MUST_USE struct err *pins_settle(struct session *session, struct err *e, struct rows *out,
                                 struct err **failed)
{
    *failed = NULL;
    if (e && e->kind != ERR_TOOL && e->kind != ERR_CONFLICT)
        return e;
    *failed = e;
    e = pins_release(session);
    if (e) {
        rows_clear(out);
        e = err_first(TAKE(*failed), e);
    }
    return e;
}
