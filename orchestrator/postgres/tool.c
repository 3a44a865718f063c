#include "orchestrator/postgres/tool.h"
#include "base/brief.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "docker-api/exec_stream.h"
#include "orchestrator/postgres/greeting.h"
#include "orchestrator/postgres/tool_said.h"
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX_BYTES ((size_t)4 << 10)
#define ANSWER_MAX_BYTES ((size_t)16 << 10)

/* $1 "guard" or "run"; $2 "password" if a line of stdin is one; $3 "late" if the line after
 * that is one more argument; $4 the greeting that comes before them, or ""; then the tool.
 * Settings that the image may carry for its own clients must not bend ours.
 *
 * In a container PostgreSQL is process 1, and its postmaster takes every orphan that it
 * inherits for a child of its own: one that ended by a signal, or with another status than 0 or
 * 1, is a crashed backend, and the whole server restarts. So the tool itself becomes the exec's
 * process, whose end the engine sees and nobody else, however it ends. The guard is its child:
 * it has none of its own (read and kill are builtins), ends with 0, signals the tool only while
 * that is still its parent, and holds no output open. */
static const char SCRIPT[] =
    "mode=$1; auth=$2; late=$3; greeting=$4; shift 4\n"
    "if [ -n \"$greeting\" ]; then\n"
    "  if ! IFS= read -r line || [ \"$line\" != \"$greeting\" ]; then exit 1; fi\n"
    "  echo \"$greeting\" >&2\n"
    "fi\n"
    "unset PGSERVICE PGSERVICEFILE PGPASSFILE PGHOSTADDR PGDATESTYLE PGTZ PGGEQO\n"
    "unset PGSSLMODE PGSSLCERT PGSSLKEY PGREQUIREAUTH PGCHANNELBINDING PGTARGETSESSIONATTRS\n"
    "case $PGHOST in /*|127.0.0.1) ;; *) unset PGHOST ;; esac\n"
    "[ -n \"$PGCLIENTENCODING\" ] || unset PGCLIENTENCODING\n"
    "unset PGPASSWORD\n"
    "if [ \"$auth\" = password ]; then IFS= read -r PGPASSWORD; export PGPASSWORD; fi\n"
    "if [ \"$late\" = late ]; then\n"
    "  IFS= read -r late || exit 1\n"
    "  [ -z \"$late\" ] || set -- \"$@\" \"$late\"\n"
    "fi\n"
    "if [ \"$mode\" = run ]; then exec \"$@\"; fi\n"
    "tool=$$\n"
    "exec 3<&0\n"
    "(\n"
    "  read -r _ <&3\n"
    "  IFS= read -r stat </proc/self/stat\n"
    "  set -- ${stat##*) }\n"
    "  if [ \"$2\" = \"$tool\" ]; then kill \"$tool\"; fi\n"
    "  exit 0\n"
    ") >/dev/null 2>&1 &\n"
    "exec \"$@\" </dev/null 3<&-\n";

/* What a role, a database or the server sets for the application is not for us: a limit, as
 * pg_dump itself sees it; and what shapes the constants and names in definitions and is left as
 * it is by pg_dump: a copy, where it is set otherwise, must read the same. The last keeps the
 * planner from computing what stands in a stranger's CHECK. */
#define OPTIONS                                                                                \
    "-c statement_timeout=0 -c TimeZone=UTC -c quote_all_identifiers=off -c bytea_output=hex"  \
    " -c constraint_exclusion=off"

/* A name without a schema is looked up along search_path, which a database's owner may set, so
 * that his functions come before those of pg_catalog: with our rights. Options of the
 * connection count more than ALTER DATABASE and ALTER ROLE, and they count from its first
 * statement on. */
#define EMPTY_PATH " -c search_path="

/* We have to read some of the server's messages, and so may whoever searches the web for them.
 * Only a superuser may set it. */
#define ENGLISH " -c lc_messages=C"

struct run {
    const struct tool_spec *spec;
    const char *greeted;  /* a line still to send, or NULL */
    const char *password; /* the same */
    bool late;            /* an argument is still to be sent */
    struct tool_said errors;
    struct greeting greeting; /* its text is "" where the input is known to arrive */
    struct buf words;         /* stdout, while it may be the engine's and not the tool's */
    size_t out_bytes;
};

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    run->out_bytes += len;
    if (run->out_bytes <= WORDS_MAX_BYTES)
        buf_append_tail(&run->words, data, len);
    return run->spec->on_stdout ? run->spec->on_stdout(run->spec->ctx, data, len) : NULL;
}

/* What of it is the tool's own goes the usual way. */
static struct err *on_answer(struct run *run, const uint8_t *data, size_t len)
{
    AUTO(buf_clear) struct buf own = BUF_INIT(ANSWER_MAX_BYTES);

    greeting_feed(&run->greeting, data, len, &own);
    tool_said_add(&run->errors, (const uint8_t *)own.data, own.len);
    if (run->spec->on_stderr && own.len > 0)
        run->spec->on_stderr(run->spec->ctx, (const uint8_t *)own.data, own.len);
    return NULL;
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    if (*run->greeting.text && !run->greeting.answered)
        return on_answer(run, data, len);
    tool_said_add(&run->errors, data, len);
    if (run->spec->on_stderr)
        run->spec->on_stderr(run->spec->ctx, data, len);
    return NULL;
}

MUST_USE struct err *tool_line(const char *what, const char *text, uint8_t *data, size_t size,
                               size_t *len)
{
    size_t wanted = strlen(text);

    if (wanted + 1 > size)
        return err_new(ERR_USAGE, "the %s is longer than %zu bytes", what, size - 1);
    memcpy(data, text, wanted);
    data[wanted] = '\n';
    *len = wanted + 1;
    return NULL;
}

/* Not before the shell has answered: how long the caller works at it is not the engine's time.
 */
static struct err *put_late_argument(struct run *run, uint8_t *data, size_t size, size_t *len)
{
    AUTO(mem_freep) char *text = NULL;

    if (*run->greeting.text && !run->greeting.answered)
        return NULL;
    run->late = false;
    PASS(run->spec->late_argument(run->spec->ctx, &text));
    return tool_line("argument", text, data, size, len);
}

static struct err *on_tick(void *ctx)
{
    const struct run *run = ctx;

    return run->spec->on_tick(run->spec->ctx);
}

static struct err *on_input(void *ctx, uint8_t *data, size_t size, size_t *len,
                            enum exec_input_state *state)
{
    struct run *run = ctx;

    *len = 0;
    *state = EXEC_INPUT_MORE;
    if (run->greeted)
        return tool_line("greeting", TAKE(run->greeted), data, size, len);
    if (run->password)
        return tool_line("password", TAKE(run->password), data, size, len);
    if (run->late)
        return put_late_argument(run, data, size, len);
    if (!run->spec->read_input) {
        *state = run->spec->guarded ? EXEC_INPUT_HOLD : EXEC_INPUT_END;
        return NULL;
    }
    PASS(run->spec->read_input(run->spec->ctx, data, size, len));
    if (*len == 0)
        *state = EXEC_INPUT_END;
    return NULL;
}

char *tool_last_lines(const char *text, int lines)
{
    size_t len = strlen(text);
    size_t from;
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;

    while (len > 0 && strchr("\r\n\t ", text[len - 1]))
        len--;
    for (from = len; from > 0; from--)
        if (text[from - 1] == '\n' && --lines == 0)
            break;
    while (from < len) {
        size_t line_len = strcspn(text + from, "\n");
        AUTO(mem_freep) char *line = NULL;
        AUTO(mem_freep) char *short_line = NULL;

        line_len = line_len < len - from ? line_len : len - from;
        line = mem_strndup(text + from, line_len);
        line[strcspn(line, "\r")] = '\0';
        short_line = brief_text(line, TOOL_LINE_BYTES);
        buf_printf(&out, "%s%s", out.len ? " | " : "", short_line);
        from += line_len + 1;
    }
    return buf_take(&out);
}

static void fill_env(const struct tool_access *access, const struct tool_spec *spec,
                     struct strv *env)
{
    strv_push(env, "LC_ALL=C");
    strv_push(env, "PGCONNECT_TIMEOUT=15");
    strv_pushf(env, "PGAPPNAME=%s", spec->application ? spec->application : "pgkeep");
    strv_pushf(env, "PGOPTIONS=" OPTIONS "%s%s", spec->keeps_path ? "" : EMPTY_PATH,
               access->superuser ? ENGLISH : "");
    strv_pushf(env, "PGUSER=%s", access->user);
    if (access->host)
        strv_pushf(env, "PGHOST=%s", access->host);
    if (access->port)
        strv_pushf(env, "PGPORT=%d", access->port);
    if (spec->database)
        strv_pushf(env, "PGDATABASE=%s", spec->database);
    strv_pushf(env, "PGCLIENTENCODING=%s", spec->client_encoding ? spec->client_encoding : "");
}

static void fill_argv(const struct tool_access *access, const struct tool_spec *spec,
                      const char *greeting, struct strv *out_argv)
{
    strv_push(out_argv, "sh");
    strv_push(out_argv, "-c");
    strv_push(out_argv, SCRIPT);
    strv_push(out_argv, "pgkeep");
    strv_push(out_argv, spec->guarded ? "guard" : "run");
    strv_push(out_argv, access->password ? "password" : "none");
    strv_push(out_argv, spec->late_argument ? "late" : "none");
    strv_push(out_argv, greeting);
    strv_extend(out_argv, spec->argv);
}

void tool_command(const struct tool_access *access, const struct tool_spec *spec,
                  struct strv *out_argv, struct strv *out_env)
{
    fill_argv(access, spec, "", out_argv);
    fill_env(access, spec, out_env);
}

/* An engine that cannot start a command says why in the command's place, on its stdout, with
 * "\r\n" at the end (moby's postContainerExecStart), and gives it status 126. */
static bool engine_spoke(const struct run *run)
{
    const struct buf *words = &run->words;

    return run->out_bytes > 2 && run->out_bytes == words->len &&
           memcmp(words->data + words->len - 2, "\r\n", 2) == 0 &&
           !memchr(words->data, '\0', words->len);
}

/* It also gives 126 to a command whose stream was cut on the way (moby's ContainerExecStart).
 * A shell that has not the tool, or may not run it, says so. */
static bool ended_without_a_word(const struct run *run, int64_t code)
{
    return code == 126 && !tool_said_any(&run->errors) && !engine_spoke(run);
}

static struct err *cut_off(const char *tool, int64_t after_ms)
{
    char elapsed[UNITS_TEXT_SIZE];

    return exec_cut(err_new(ERR_CUT,
                            "%s: the engine's stream ended after %s, before the tool did", tool,
                            units_elapsed(after_ms, elapsed)));
}

static struct err *judge_exit(const char *tool, int64_t code, struct run *run)
{
    AUTO(mem_freep) char *last = NULL;

    if (code == 0)
        return NULL;
    if (engine_spoke(run))
        tool_said_add(&run->errors, (const uint8_t *)run->words.data, run->words.len);
    last = tool_said_error(&run->errors, 6);
    if (code == 127 || code == 126)
        return err_hint(err_new(ERR_UNSUPPORTED, "the image has no usable %s: %s", tool, last),
                        "pgkeep runs the PostgreSQL tools of the target's own image; `pgkeep "
                        "doctor` shows what it has");
    if (code > 128)
        return err_new(ERR_TOOL, "%s was ended by signal %d%s%s", tool, (int)code - 128,
                       *last ? ": " : "", last);
    return err_new(ERR_TOOL, "%s exited with status %d%s%s", tool, (int)code, *last ? ": " : "",
                   last);
}

/* Whether the shell was there, got nothing, and may wait for ever. */
static bool waits_in_vain(const struct run *run, const struct err *e)
{
    return *run->greeting.text && !run->greeting.answered &&
           (err_is(e, ERR_PROTOCOL) || err_is(e, ERR_TIMEOUT) || err_is(e, ERR_INTERRUPTED) ||
            err_is(e, ERR_CUT));
}

/* The exec itself, greeted where nothing is known yet of this way to the engine. */
static struct err *exec_tool(struct engine *engine, const struct tool_access *access,
                             struct run *run, struct exec_result *result)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv env = STRV_INIT;
    AUTO(buf_clear) struct buf rest = BUF_INIT(ANSWER_MAX_BYTES);
    struct greeting *greeting = &run->greeting;
    struct exec_spec exec = {
        .container = access->container,
        .user = access->exec_user,
        .on_stdout = on_stdout,
        .on_stderr = on_stderr,
        .on_input = on_input,
        .on_tick = run->spec->on_tick ? on_tick : NULL,
        .ctx = run,
        .timeout_ms = run->spec->timeout_ms,
    };
    struct err *e;

    if (!engine_input_passes(engine)) {
        greeting_init(greeting);
        run->greeted = greeting->text;
        exec.first_answer_ms = GREETING_ANSWER_MS;
    }
    fill_argv(access, run->spec, greeting->text, &argv);
    fill_env(access, run->spec, &env);
    exec.argv = (const char *const *)argv.items;
    exec.env = (const char *const *)env.items;
    e = exec_run(engine, &exec, result);
    greeting_finish(greeting, &rest);
    tool_said_add(&run->errors, (const uint8_t *)rest.data, rest.len);
    if (greeting->answered)
        engine_saw_input_pass(engine);
    else if (waits_in_vain(run, e))
        greeting_end(greeting, engine, access->container, access->exec_user);
    return e;
}

MUST_USE struct err *tool_run(struct engine *engine, const struct tool_access *access,
                              const struct tool_spec *spec)
{
    const char *name = spec->name ? spec->name : spec->argv->items[0];
    struct run run = {
        .spec = spec, .password = access->password, .late = spec->late_argument != NULL};
    struct exec_result result = {0};
    struct err *e;

    tool_said_init(&run.errors);
    run.words = (struct buf)BUF_INIT(WORDS_MAX_BYTES);
    e = exec_tool(engine, access, &run, &result);
    if (!e && ended_without_a_word(&run, result.exit_code))
        e = cut_off(name, result.stream_ms);
    else if (!e)
        e = judge_exit(name, result.exit_code, &run);
    else if (tool_said_any(&run.errors)) {
        AUTO(mem_freep) char *last = tool_said_error(&run.errors, 3);
        e = err_wrap(e, "%s (%s)", name, last);
    } else
        e = err_wrap(e, "%s", name);
    tool_said_clear(&run.errors);
    buf_clear(&run.words);
    greeting_clear(&run.greeting);
    return e;
}

struct capture {
    struct buf *out;
    const struct tool_spec *spec;
};

static struct err *collect(void *ctx, const uint8_t *data, size_t len)
{
    const struct capture *capture = ctx;

    return buf_append(capture->out, data, len);
}

static struct err *pass_input(void *ctx, uint8_t *data, size_t size, size_t *len)
{
    const struct capture *capture = ctx;

    return capture->spec->read_input(capture->spec->ctx, data, size, len);
}

MUST_USE struct err *tool_capture(struct engine *engine, const struct tool_access *access,
                                  const struct tool_spec *spec, struct buf *out)
{
    struct capture capture = {.out = out, .spec = spec};
    struct tool_spec inner = *spec;

    inner.on_stdout = collect;
    inner.on_stderr = NULL;
    inner.on_tick = NULL;
    inner.read_input = spec->read_input ? pass_input : NULL;
    inner.ctx = &capture;
    return tool_run(engine, access, &inner);
}
