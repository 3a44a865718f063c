/* Sessions over libpq, which never blocks here: an interrupt must be seen while the server
 * thinks, and then the statement is cancelled over there before this gives up.
 *
 * libpq answers whatever a server asks for, a password in clear too, before anybody can know
 * who the server is. So only a way that says so gives libpq the password. */
#include "base/brief.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "orchestrator/session/session_private.h"
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An address that drops packets must cost little; a server that answers may take its time. */
#define REACH_MS 1000
#define CONNECT_MS 30000
/* search_path is empty from the first statement on: names without a schema would be looked up
 * where the database's owner wants, and his functions run with our rights. */
#define OPTIONS "-c statement_timeout=0 -c search_path="
/* No file has this name, so none is read. */
#define NO_FILE "/dev/null/none"

struct pq {
    struct session base;
    PGconn *conn;
    PGcancel *cancel;
    bool broken;
};

/* One statement on its way. */
struct statement {
    struct pq *pq;
    size_t columns;
    struct session_rows rows;
    struct err *error;   /* the first; the rest is read and thrown away */
    bool too_much;       /* an answer that is too large is cancelled as well */
    struct err *stopped; /* the interrupt */
    int64_t end_by_ms;   /* after a cancel; 0: no limit */
    int64_t cancel_at_ms;
};

static void pq_close(struct session *session)
{
    struct pq *pq = (struct pq *)session;

    PQfreeCancel(pq->cancel);
    PQfinish(pq->conn);
    free(pq);
}

static void pq_closep(struct pq **pq)
{
    if (*pq)
        pq_close(&(*pq)->base);
    *pq = NULL;
}

static void pq_cancel(struct session *session)
{
    struct pq *pq = (struct pq *)session;
    char why[256] = "";

    /* That it failed shows in the statement, which goes on. */
    PQcancel(pq->cancel, why, sizeof(why));
}

void session_forget_environment(void)
{
    for (size_t i = 0; environ[i];) {
        AUTO(mem_freep) char *name = mem_strndup(environ[i], strcspn(environ[i], "="));

        if (strncmp(name, "PG", 2) == 0 && strncmp(name, "PGKEEP_", 7) != 0)
            unsetenv(name);
        else
            i++;
    }
}

/* -- waiting -- */

/* *out_ready: there is something to do. */
static struct err *wait_fd(int fd, short events, int64_t timeout_ms, bool *out_ready)
{
    struct pollfd poller = {.fd = fd, .events = events};
    int count = poll(&poller, 1, (int)timeout_ms);

    if (count < 0 && errno != EINTR)
        return err_errno("wait for the server");
    *out_ready = count > 0;
    return NULL;
}

/* The first line of libpq's words, without what it says before each failure. */
static char *conn_text(const PGconn *conn)
{
    const char *text = PQerrorMessage(conn);
    const char *at = strstr(text, " failed: ");

    text = at ? at + strlen(" failed: ") : text;
    return mem_strndup(text, strcspn(text, "\n"));
}

static struct err *cut(struct pq *pq)
{
    AUTO(mem_freep) char *text = conn_text(pq->conn);

    pq->broken = true;
    return err_new(ERR_CUT, "the connection is lost: %s", text);
}

/* The server may get a cancel before the statement that it is for, so it is told again. */
static void cancel_again(struct statement *statement)
{
    int64_t now_ms = clock_mono_ms();

    if (statement->end_by_ms == 0)
        statement->end_by_ms = now_ms + SESSION_CANCEL_MS;
    if (now_ms < statement->cancel_at_ms)
        return;
    pq_cancel(&statement->pq->base);
    statement->cancel_at_ms = clock_mono_ms() + SESSION_CANCEL_AGAIN_MS;
}

/* Waits one tick. An interrupt or session_cancel cancels the statement, and sets a limit to
 * what follows. */
static struct err *wait_tick(struct statement *statement, short events)
{
    struct pq *pq = statement->pq;
    bool ready = false;

    PASS(wait_fd(PQsocket(pq->conn), events, SESSION_TICK_MS, &ready));
    if (statement->end_by_ms > 0 && clock_mono_ms() >= statement->end_by_ms) {
        pq->broken = true;
        return err_new(ERR_CUT, "the server does not end a cancelled statement");
    }
    if (!statement->stopped)
        statement->stopped = interrupt_check();
    if (!ready && (statement->stopped || statement->pq->base.cancelled || statement->too_much))
        cancel_again(statement);
    return NULL;
}

/* -- connecting -- */

/* libpq 16 and newer can be told how to log in; asked at run time, for it may be newer than the
 * one that this was built with. An older one refuses a word that it does not know. */
static bool knows_require_auth(void)
{
    PQconninfoOption *options = PQconndefaults();
    bool knows = false;

    for (size_t i = 0; options && options[i].keyword && !knows; i++)
        knows = strcmp(options[i].keyword, "require_auth") == 0;
    PQconninfoFree(options);
    return knows;
}

/* TLS stays "prefer" on every way: a server may ask for it, and no certificate of ours is sent.
 * It hides what passes from who only listens; who answers is not known by it. */
static struct err *start(const struct session_way *way, const char *database, PGconn **out)
{
    const struct server *server = way->server;
    bool is_path = way->host[0] == '/';
    const char *const names[] = {
        is_path ? "host" : "hostaddr",
        "port",
        "user",
        "password",
        "dbname",
        "passfile",
        "sslcert",
        "sslkey",
        "sslrootcert",
        "sslcrl",
        "sslmode",
        "gssencmode",
        "options",
        "application_name",
        "client_encoding",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        /* The last, as an older libpq does without. */
        !way->password && knows_require_auth() ? "require_auth" : NULL,
        NULL,
    };
    const char *values[ARRAY_LEN(names)] = {
        way->host,
        way->port,
        server->user,
        way->password ? server->known_password : NULL,
        database,
        NO_FILE,
        NO_FILE,
        NO_FILE,
        NO_FILE,
        NO_FILE,
        "prefer",
        "disable",
        server->superuser ? OPTIONS " -c lc_messages=C" : OPTIONS,
        "pgkeep",
        "UTF8",
        "30",
        "5",
        "3",
        "none",
        NULL,
    };

    *out = PQconnectStartParams(names, values, 0);
    if (!*out)
        return err_new(ERR_FAILED, "out of memory");
    return NULL;
}

static void ignore_notice(void *ctx, const PGresult *result)
{
}

/* The server asked for what this way does not give. Of require_auth libpq tells only in words;
 * were they others, the message would be libpq's. */
static bool wanted_login(const struct session_way *way, const PGconn *conn, const char *text)
{
    return !way->password && (PQconnectionNeedsPassword(conn) ||
                              strstr(text, "authentication method requirement") != NULL);
}

static struct err *refused(const struct session_way *way, const PGconn *conn)
{
    AUTO(mem_freep) char *text = conn_text(conn);
    AUTO(mem_freep) char *said = way->tunnel ? tunnel_said(way->tunnel) : mem_strdup("");

    if (wanted_login(way, conn, text))
        return err_new(ERR_UNREACHABLE, "it asks for a login, and this way gives none");
    return err_new(ERR_UNREACHABLE, "%s%s%s%s", text, *said ? " (" : "", said,
                   *said ? ")" : "");
}

static struct err *reach(const struct session_way *way, PGconn *conn)
{
    int64_t start_ms = clock_mono_ms();
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    bool ready = false;

    while (state != PGRES_POLLING_OK) {
        bool reached = PQstatus(conn) != CONNECTION_STARTED;
        int64_t left_ms = start_ms + (reached ? CONNECT_MS : REACH_MS) - clock_mono_ms();
        short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;

        if (state == PGRES_POLLING_FAILED || PQstatus(conn) == CONNECTION_BAD)
            return refused(way, conn);
        if (left_ms <= 0)
            return err_new(ERR_UNREACHABLE, reached ? "it does not answer" : "no connection");
        PASS(wait_fd(PQsocket(conn), events,
                     left_ms < SESSION_TICK_MS ? left_ms : SESSION_TICK_MS, &ready));
        PASS(interrupt_check());
        /* Not before: libpq would take a connect that still goes on for one that is done. */
        if (ready)
            state = PQconnectPoll(conn);
    }
    return NULL;
}

/* -- statements -- */

/* "MESSAGE (SQLSTATE xxxxx) | HINT:  what to do"; the caller frees. */
static char *server_words(const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    AUTO(mem_freep) char *short_message =
        brief_text(message ? message : "error", TOOL_LINE_BYTES);
    AUTO(mem_freep) char *short_hint = brief_text(hint ? hint : "", TOOL_LINE_BYTES);

    return mem_printf("%s (SQLSTATE %s)%s%s", short_message,
                      PQresultErrorField(result, PG_DIAG_SQLSTATE), hint ? " | HINT:  " : "",
                      short_hint);
}

static struct err *server_error(struct statement *statement, const PGresult *result)
{
    struct pq *pq = statement->pq;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    AUTO(mem_freep) char *words = NULL;

    if (!state || PQstatus(pq->conn) == CONNECTION_BAD)
        return cut(pq);
    words = server_words(result);
    if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)) {
        pq->broken = true;
        return err_new(ERR_CUT, "the connection is lost: %s", words);
    }
    return err_new(ERR_TOOL, "%s", words);
}

static struct err *take_rows(struct statement *statement, const PGresult *result)
{
    int columns = PQnfields(result);

    if (statement->columns == 0)
        return NULL;
    if ((size_t)columns != statement->columns)
        return err_new(ERR_PROTOCOL, "the server gave %d columns where %zu were asked for",
                       columns, statement->columns);
    for (int row = 0; row < PQntuples(result); row++)
        for (int column = 0; column < columns; column++)
            PASS(session_rows_add(&statement->rows, PQgetvalue(result, row, column),
                                  (size_t)PQgetlength(result, row, column)));
    return NULL;
}

static struct err *take_result(struct statement *statement, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
        return take_rows(statement, result);
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        if (statement->columns == 0)
            return NULL;
        return err_new(ERR_PROTOCOL, "the statement gives no rows");
    case PGRES_FATAL_ERROR:
        return server_error(statement, result);
    default:
        /* COPY waits for bytes that never come. */
        statement->pq->broken = true;
        return err_new(ERR_UNSUPPORTED, "a session does no COPY");
    }
}

static struct err *flush(struct statement *statement)
{
    PGconn *conn = statement->pq->conn;
    int left;

    while ((left = PQflush(conn)) > 0) {
        PASS(wait_tick(statement, POLLIN | POLLOUT));
        if (!PQconsumeInput(conn))
            return cut(statement->pq);
    }
    return left < 0 ? cut(statement->pq) : NULL;
}

static struct err *await_result(struct statement *statement)
{
    PGconn *conn = statement->pq->conn;

    while (PQisBusy(conn)) {
        PASS(wait_tick(statement, POLLIN));
        if (!PQconsumeInput(conn))
            return cut(statement->pq);
    }
    return NULL;
}

/* Reads all results; the first error is kept, and whatever comes after it thrown away. An
 * answer that is too large is not waited for. */
static struct err *read_results(struct statement *statement)
{
    struct pq *pq = statement->pq;

    for (;;) {
        PGresult *result;
        struct err *e;

        PASS(await_result(statement));
        result = PQgetResult(pq->conn);
        if (!result)
            return NULL;
        e = statement->error ? NULL : take_result(statement, result);
        PQclear(result);
        if (err_is(e, ERR_TOO_LARGE)) {
            statement->too_much = true;
            pq_cancel(&pq->base);
        }
        statement->error = err_first(statement->error, e);
        if (pq->broken)
            return NULL;
    }
}

/* What the statement came to: an interrupt counts more than the error that it caused. */
static struct err *judge(struct statement *statement, struct err *e)
{
    struct pq *pq = statement->pq;

    e = err_first(statement->error, e);
    if (statement->stopped) {
        err_free(e);
        return statement->stopped;
    }
    if (e && pq->base.cancelled) {
        err_free(e);
        return err_new(ERR_INTERRUPTED, "the session was cancelled");
    }
    return e;
}

static struct err *pq_run(struct session *session, const char *sql, size_t columns,
                          struct rows *out)
{
    struct pq *pq = (struct pq *)session;
    struct statement statement = {.pq = pq, .columns = columns};
    struct err *e = interrupt_check();

    if (e)
        return e;
    if (pq->broken)
        return err_new(ERR_CUT, "the connection was lost before");
    if (!PQsendQuery(pq->conn, sql))
        return cut(pq);
    PQsetSingleRowMode(pq->conn);
    e = flush(&statement);
    if (!e)
        e = read_results(&statement);
    e = judge(&statement, e);
    if (e) {
        session_rows_clear(&statement.rows);
        return e;
    }
    *out = statement.rows.rows;
    out->columns = columns;
    out->count = columns ? statement.rows.cells / columns : 0;
    return NULL;
}

/* -- COPY -- */

/* wait_tick cancels where nothing comes; of a COPY there may always come more. */
static struct err *copy_wait(struct statement *statement)
{
    PASS(wait_tick(statement, POLLIN));
    if (statement->stopped || statement->pq->base.cancelled || statement->too_much)
        cancel_again(statement);
    return PQconsumeInput(statement->pq->conn) ? NULL : cut(statement->pq);
}

/* After an error of on_data the rest is read and thrown away, until the cancel is heard. */
static void copy_row(struct statement *statement, const struct session_copy *copy,
                     const char *row, int len)
{
    if (statement->error || statement->stopped)
        return;
    statement->error = copy->on_data(copy->ctx, (const uint8_t *)row, (size_t)len);
    statement->too_much = statement->error != NULL;
}

/* libpq gives a row at a time, and keeps little more than that one. */
static struct err *copy_rows(struct statement *statement, const struct session_copy *copy)
{
    PGconn *conn = statement->pq->conn;

    for (;;) {
        char *row = NULL;
        int len = PQgetCopyData(conn, &row, 1);

        if (len > 0)
            copy_row(statement, copy, row, len);
        PQfreemem(row);
        if (len == 0)
            PASS(copy_wait(statement));
        if (len < 0) /* how it ended, the next result tells */
            return len == -1 ? NULL : cut(statement->pq);
    }
}

/* The first result is that a COPY begins, or why not; read_results reads how it ended. */
static struct err *copy_begin(struct statement *statement, bool *begun)
{
    struct pq *pq = statement->pq;
    PGresult *result;
    struct err *e = NULL;

    PASS(await_result(statement));
    result = PQgetResult(pq->conn);
    *begun = PQresultStatus(result) == PGRES_COPY_OUT;
    if (!*begun)
        e = PQresultStatus(result) == PGRES_FATAL_ERROR
                ? server_error(statement, result)
                : err_new(ERR_PROTOCOL, "the statement is no COPY TO STDOUT");
    PQclear(result);
    statement->error = err_first(statement->error, e);
    return NULL;
}

static struct err *copy_all(struct statement *statement, const struct session_copy *copy)
{
    bool begun = false;

    PASS(flush(statement));
    PASS(copy_begin(statement, &begun));
    if (begun)
        PASS(copy_rows(statement, copy));
    return statement->pq->broken ? NULL : read_results(statement);
}

static struct err *pq_copy_out(struct session *session, const char *sql,
                               const struct session_copy *copy)
{
    struct pq *pq = (struct pq *)session;
    struct statement statement = {.pq = pq};

    PASS(interrupt_check());
    if (pq->broken)
        return err_new(ERR_CUT, "the connection was lost before");
    if (!PQsendQuery(pq->conn, sql))
        return cut(pq);
    return judge(&statement, copy_all(&statement, copy));
}

static const struct session_ops PQ_OPS = {pq_run, pq_copy_out, pq_cancel, pq_close};

MUST_USE struct err *session_pq_open(const struct session_way *way, const char *database,
                                     struct session **out)
{
    AUTO(pq_closep) struct pq *pq = mem_new(1, sizeof(*pq));

    pq->base.ops = &PQ_OPS;
    PASS(start(way, database, &pq->conn));
    PQsetNoticeReceiver(pq->conn, ignore_notice, NULL);
    PASS(reach(way, pq->conn));
    if (PQsetnonblocking(pq->conn, 1) != 0)
        return cut(pq);
    pq->cancel = PQgetCancel(pq->conn);
    *out = &TAKE(pq)->base;
    return NULL;
}
