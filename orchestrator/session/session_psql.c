/* Sessions over the container's psql, which stays open and gets its input bit by bit. Each
 * statement is followed by words of ours, with psql's own variables about how it ended. */
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/secret.h"
#include "docker-api/exec_stream.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/postgres/psql.h"
#include "orchestrator/postgres/tool_said.h"
#include "orchestrator/session/session_private.h"
#include "orchestrator/session/session_psql_answer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* psql 11 is the first with the variables :ERROR, :SQLSTATE and :LAST_ERROR_MESSAGE. */
#define OLDEST 110000

/* How long psql's words of an error are waited for. */
#define WORDS_MS 2000

/* A file may hold a secret of 64 KiB (settings/value.c). */
#define PASSWORD_LINE_BYTES (((size_t)64 << 10) + 1)

struct psql {
    struct session base;
    const struct session_way *way;
    struct engine *engine; /* of this session */
    struct exec_stream *stream;
    char *token; /* nobody else knows it, so it is in no answer */
    char *pid;   /* of the backend */
    struct buf answer;
    struct tool_said errors;
    bool broken;
    const struct session_copy *copy; /* takes what comes before the token; or NULL */
    struct err *copy_error;          /* its first */
};

/* The bytes of a COPY go on at once, but for what may be the beginning of the token; from the
 * token on they stay. Each row ends with a newline, so the token begins a line. */
static void copy_pass(struct psql *psql)
{
    size_t token_len = strlen(psql->token);
    struct buf *answer = &psql->answer;
    const char *data = buf_text(answer);
    const char *mark = memmem(data, answer->len, psql->token, token_len);
    size_t len = mark                      ? (size_t)(mark - data)
                 : answer->len < token_len ? 0
                                           : answer->len - token_len + 1;

    if (len > 0 && !psql->copy_error)
        psql->copy_error = psql->copy->on_data(psql->copy->ctx, (const uint8_t *)data, len);
    buf_consume(answer, len);
    if (mark)
        psql->copy = NULL;
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct psql *psql = ctx;

    PASS(buf_append(&psql->answer, data, len));
    if (psql->copy)
        copy_pass(psql);
    return NULL;
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct psql *psql = ctx;

    tool_said_add(&psql->errors, data, len);
    return NULL;
}

static void psql_close(struct session *session)
{
    struct psql *psql = (struct psql *)session;

    exec_stream_close(psql->stream);
    engine_close(psql->engine);
    free(psql->token);
    free(psql->pid);
    buf_clear(&psql->answer);
    tool_said_clear(&psql->errors);
    err_free(psql->copy_error);
    free(psql);
}

static void psql_closep(struct psql **psql)
{
    if (*psql)
        psql_close(&(*psql)->base);
    *psql = NULL;
}

/* A second psql asks for it. */
static void psql_cancel(struct session *session)
{
    struct psql *psql = (struct psql *)session;
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(mem_freep) char *sql = NULL;
    struct server server = *psql->way->server;
    struct rows rows = {0};

    if (!psql->pid)
        return;
    engine = engine_dup(psql->way->server->engine);
    server.engine = engine;
    sql = mem_printf("SELECT pg_catalog.pg_cancel_backend(%s)", psql->pid);
    interrupt_hold();
    err_free(server_query(&server, NULL, sql, 1, &rows));
    interrupt_release();
    rows_clear(&rows);
}

/* -- talking -- */

/* What goes to psql, and when it must have answered. */
struct talk {
    const uint8_t *data;
    size_t at;
    size_t len;
    struct err *stopped; /* the interrupt */
    int64_t end_by_ms;   /* after a cancel; 0: no limit */
    int64_t cancel_at_ms;
};

static struct err *lost(struct psql *psql)
{
    AUTO(mem_freep) char *text = tool_said_error(&psql->errors, 3);

    psql->broken = true;
    return err_new(ERR_CUT, "the connection is lost: %s", *text ? text : "psql has ended");
}

/* The server may get a cancel before the statement that it is for, so it is told again. */
static void cancel_again(struct psql *psql, struct talk *talk)
{
    int64_t now_ms = clock_mono_ms();

    if (talk->end_by_ms == 0)
        talk->end_by_ms = now_ms + SESSION_CANCEL_MS;
    if (now_ms < talk->cancel_at_ms)
        return;
    psql_cancel(&psql->base);
    talk->cancel_at_ms = clock_mono_ms() + SESSION_CANCEL_AGAIN_MS;
}

/* Waits a tick. An interrupt, or session_cancel, ends the statement over there. */
static struct err *wait_tick(struct psql *psql, struct talk *talk)
{
    struct err *e;

    interrupt_hold();
    e = exec_stream_wait(psql->stream, talk->at < talk->len);
    interrupt_release();
    PASS(e);
    if (talk->end_by_ms > 0 && clock_mono_ms() >= talk->end_by_ms)
        return err_new(ERR_CUT, "the server does not end a cancelled statement");
    if (!talk->stopped)
        talk->stopped = interrupt_check();
    if (talk->stopped || psql->base.cancelled || psql->copy_error)
        cancel_again(psql, talk);
    return NULL;
}

/* Of a COPY there may always come more, so that nothing waits for a tick. */
static struct err *copy_tick(struct psql *psql, struct talk *talk)
{
    if (!talk->stopped)
        talk->stopped = interrupt_check();
    if (!talk->stopped && !psql->base.cancelled && !psql->copy_error)
        return NULL;
    if (talk->end_by_ms > 0 && clock_mono_ms() >= talk->end_by_ms)
        return err_new(ERR_CUT, "the server does not end a cancelled statement");
    cancel_again(psql, talk);
    return NULL;
}

static bool is_answered(const struct psql *psql)
{
    return session_psql_answer_ended(&psql->answer, psql->token);
}

static struct err *converse(struct psql *psql, struct talk *talk)
{
    enum exec_stream_state state = EXEC_STREAM_MORE;

    while (!is_answered(psql)) {
        bool moved = false;

        if (talk->at < talk->len) {
            size_t sent = 0;

            if (exec_stream_send(psql->stream, talk->data + talk->at, talk->len - talk->at,
                                 &sent) == EXEC_STREAM_END)
                talk->at = talk->len; /* why, the other direction tells */
            talk->at += sent;
            moved = sent > 0;
        }
        PASS(exec_stream_receive(psql->stream, &state));
        if (state == EXEC_STREAM_END)
            return is_answered(psql) ? NULL : lost(psql);
        if (!moved && state == EXEC_STREAM_AGAIN)
            PASS(wait_tick(psql, talk));
        else if (psql->copy)
            PASS(copy_tick(psql, talk));
    }
    return NULL;
}

/* -- statements -- */

/* psql's variables hold the server's message alone. What it says on stderr may come later than
 * its answer, and then goes without saying. */
static struct err *add_hint(struct psql *psql, struct err *e)
{
    AUTO(mem_freep) char *hint = err_is(e, ERR_TOOL) ? tool_said_hint(&psql->errors) : NULL;
    AUTO(mem_freep) char *text = hint ? err_text(e) : NULL;

    if (!hint)
        return e;
    err_free(e);
    return err_new(ERR_TOOL, "%s | %s", text, hint);
}

static struct err *run_one(struct psql *psql, const char *sql, size_t columns, struct rows *out)
{
    AUTO(mem_freep) char *text =
        mem_printf("%s\n;\n\\echo %s :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n\\echo %s.\n", sql,
                   psql->token, psql->token);
    struct talk talk = {.data = (const uint8_t *)text, .len = strlen(text)};
    struct err *e;

    buf_reset(&psql->answer);
    tool_said_reset(&psql->errors);
    e = converse(psql, &talk);
    if (e)
        psql->broken = true;
    else
        e = add_hint(psql, session_psql_answer_read(&psql->answer, psql->token, columns, out));
    if (talk.stopped) {
        err_free(e);
        rows_clear(out);
        return talk.stopped;
    }
    if (e && psql->base.cancelled) {
        err_free(e);
        return err_new(ERR_INTERRUPTED, "the session was cancelled");
    }
    return e;
}

/* The statements of one text, joined so that psql sends them as one: like libpq, which runs
 * them in one transaction and ends at the first error. */
struct statements {
    struct buf text;
    size_t count;
};

static void statements_clear(struct statements *statements)
{
    buf_clear(&statements->text);
}

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    struct statements *statements = ctx;
    size_t len = statement->len;

    if (statement->copy_in)
        return err_new(ERR_UNSUPPORTED, "a session does no COPY");
    if (len > 0 && statement->text[len - 1] == ';')
        len--;
    if (len == 0)
        return NULL;
    buf_printf(&statements->text, "%s", statements->count++ ? "\n\\;\n" : "");
    return buf_append(&statements->text, statement->text, len);
}

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    return err_new(ERR_TOOL, "syntax error at or near \"\\\" (SQLSTATE 42601)");
}

/* The text as psql is to have it. An end that psql would wait for is found here. */
static struct err *read_statements(const char *sql, struct statements *out)
{
    const struct sql_handler handler = {
        .on_statement = on_statement, .on_meta = on_meta, .ctx = out};
    AUTO(mem_freep) char *text = mem_printf("%s\n;", sql);
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, strlen(text) + 1);

    PASS(sql_lexer_feed(lexer, text, strlen(text)));
    return err_as(sql_lexer_finish(lexer), ERR_TOOL);
}

static struct err *psql_run(struct session *session, const char *sql, size_t columns,
                            struct rows *out)
{
    struct psql *psql = (struct psql *)session;
    AUTO(statements_clear) struct statements statements = {.text = BUF_OWN_TEXT};

    PASS(interrupt_check());
    if (psql->broken)
        return err_new(ERR_CUT, "the connection was lost before");
    PASS(read_statements(sql, &statements));
    if (columns > 0 && statements.count != 1)
        return err_new(ERR_USAGE, "a query is one statement");
    if (statements.count == 0)
        return NULL;
    return run_one(psql, buf_text(&statements.text), columns, out);
}

/* The engine passes standard output and error on side by side: the words may come after the
 * end of the answer. */
static void await_words(struct psql *psql)
{
    int64_t end_by_ms = clock_mono_ms() + WORDS_MS;
    enum exec_stream_state state = EXEC_STREAM_MORE;

    while (!tool_said_any(&psql->errors) && state != EXEC_STREAM_END &&
           clock_mono_ms() < end_by_ms) {
        AUTO(err_freep) struct err *e = exec_stream_receive(psql->stream, &state);

        if (!e && state == EXEC_STREAM_AGAIN)
            e = exec_stream_wait(psql->stream, false);
        if (e) /* the next statement meets it too */
            return;
    }
}

/* Of an error in the middle of a COPY psql keeps neither code nor words in its variables; its
 * stderr has it. */
static struct err *copy_failed(struct psql *psql, struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);
    AUTO(mem_freep) char *said = NULL;

    if (!strstr(text, "(SQLSTATE )"))
        return e;
    await_words(psql);
    if (!tool_said_any(&psql->errors))
        return e;
    said = tool_said_error(&psql->errors, 1);
    err_free(e);
    return err_new(ERR_TOOL, "%s", said);
}

/* psql writes a COPY's rows to its standard output, as they are. */
static struct err *psql_copy_out(struct session *session, const char *sql,
                                 const struct session_copy *copy)
{
    struct psql *psql = (struct psql *)session;
    struct rows none = {0};
    struct err *e, *taken;

    psql->copy = copy;
    e = psql_run(session, sql, 0, &none);
    psql->copy = NULL;
    taken = TAKE(psql->copy_error);
    if (err_is(e, ERR_INTERRUPTED))
        return err_first(e, taken);
    if (err_is(e, ERR_TOOL) && !taken)
        return copy_failed(psql, e);
    return err_first(taken, e); /* the cancel of our own is no reason */
}

static const struct session_ops PSQL_OPS = {psql_run, psql_copy_out, psql_cancel, psql_close};

/* -- opening -- */

static char *new_token(void)
{
    AUTO(mem_freep) char *digits = random_hex(16);

    return mem_printf("pgkeep-%s", digits);
}

static struct err *start(struct psql *psql, const char *database)
{
    static const struct psql_call call = {.cells = true, .goes_on = true};
    struct tool_access access = server_access(psql->way->server);
    AUTO(strv_clear) struct strv tool = STRV_INIT;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv env = STRV_INIT;
    struct tool_spec spec = {.database = database, .argv = &tool, .client_encoding = "UTF8"};
    struct exec_stream_spec stream = {
        .container = access.container,
        .user = access.exec_user,
        .input = true,
        .on_stdout = on_stdout,
        .on_stderr = on_stderr,
        .ctx = psql,
    };

    psql_argv(&call, &tool);
    tool_command(&access, &spec, &argv, &env);
    stream.argv = (const char *const *)argv.items;
    stream.env = (const char *const *)env.items;
    return exec_stream_open(psql->engine, &stream, &psql->stream);
}

/* The password, where one is needed, is the first line. */
static struct err *send_password(struct psql *psql)
{
    const char *password = psql->way->server->password;
    uint8_t line[PASSWORD_LINE_BYTES];
    size_t len = 0;
    struct err *e;

    if (!password)
        return NULL;
    e = tool_line("password", password, line, sizeof(line), &len);
    for (size_t at = 0; !e && at < len;) {
        size_t sent = 0;

        if (exec_stream_send(psql->stream, line + at, len - at, &sent) == EXEC_STREAM_END)
            break;
        at += sent;
        e = sent > 0 ? NULL : exec_stream_wait(psql->stream, true);
    }
    secret_wipe(line, len);
    return e;
}

static struct err *ask_pid(struct psql *psql)
{
    AUTO(rows_clear) struct rows rows = {0};

    PASS(psql_run(&psql->base, "SELECT pg_catalog.pg_backend_pid()", 1, &rows));
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "psql gave %zu rows instead of one", rows.count);
    psql->pid = mem_strdup(rows_cell(&rows, 0, 0));
    return NULL;
}

MUST_USE struct err *session_psql_open(const struct session_way *way, const char *database,
                                       struct session **out)
{
    AUTO(psql_closep) struct psql *psql = mem_new(1, sizeof(*psql));

    psql->base.ops = &PSQL_OPS;
    psql->way = way;
    psql->answer = (struct buf)BUF_INIT(SESSION_ANSWER_MAX_BYTES);
    tool_said_init(&psql->errors);
    if (way->server->version_num < OLDEST)
        return err_new(ERR_UNSUPPORTED, "the image's psql is older than 11");
    psql->engine = engine_dup(way->server->engine);
    psql->token = new_token();
    PASS(start(psql, database));
    PASS(send_password(psql));
    PASS(ask_pid(psql));
    *out = &TAKE(psql)->base;
    return NULL;
}
