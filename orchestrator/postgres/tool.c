#include "orchestrator/postgres/tool.h"
#include "base/brief.h"
#include "base/mem.h"
#include "orchestrator/postgres/tool_said.h"
#include <stdlib.h>
#include <string.h>

/* $1 "guard" or "run"; $2 "password" if the first line of stdin is one; $3 "late" if the next
 * line is one more argument; then the tool.
 * Settings that the image may carry for its own clients must not bend ours.
 *
 * In a container PostgreSQL is process 1, and its postmaster takes every orphan that it
 * inherits for a child of its own: one that ended by a signal, or with another status than 0 or
 * 1, is a crashed backend, and the whole server restarts. So the tool itself becomes the exec's
 * process, whose end the engine sees and nobody else, however it ends. The guard is its child:
 * it has none of its own (read and kill are builtins), ends with 0, signals the tool only while
 * that is still its parent, and holds no output open. */
static const char SCRIPT[] =
    "mode=$1; auth=$2; late=$3; shift 3\n"
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
    const char *password; /* still to send, or NULL */
    bool late;            /* an argument is still to be sent */
    struct tool_said errors;
};

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    const struct run *run = ctx;

    return run->spec->on_stdout ? run->spec->on_stdout(run->spec->ctx, data, len) : NULL;
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    tool_said_add(&run->errors, data, len);
    if (run->spec->on_stderr)
        run->spec->on_stderr(run->spec->ctx, data, len);
    return NULL;
}

static struct err *put_line(const char *what, const char *text, uint8_t *data, size_t size,
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

static struct err *put_late_argument(struct run *run, uint8_t *data, size_t size, size_t *len)
{
    AUTO(mem_freep) char *text = NULL;

    run->late = false;
    PASS(run->spec->late_argument(run->spec->ctx, &text));
    return put_line("argument", text, data, size, len);
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
    if (run->password)
        return put_line("password", TAKE(run->password), data, size, len);
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

static struct err *judge(const char *tool, int64_t code, struct tool_said *errors)
{
    AUTO(mem_freep) char *last = NULL;

    if (code == 0)
        return NULL;
    last = tool_said_error(errors, 6);
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

void tool_command(const struct tool_access *access, const struct tool_spec *spec,
                  struct strv *out_argv, struct strv *out_env)
{
    strv_push(out_argv, "sh");
    strv_push(out_argv, "-c");
    strv_push(out_argv, SCRIPT);
    strv_push(out_argv, "pgkeep");
    strv_push(out_argv, spec->guarded ? "guard" : "run");
    strv_push(out_argv, access->password ? "password" : "none");
    strv_push(out_argv, spec->late_argument ? "late" : "none");
    strv_extend(out_argv, spec->argv);
    fill_env(access, spec, out_env);
}

MUST_USE struct err *tool_run(struct engine *engine, const struct tool_access *access,
                              const struct tool_spec *spec)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv env = STRV_INIT;
    const char *name = spec->name ? spec->name : spec->argv->items[0];
    struct run run = {
        .spec = spec, .password = access->password, .late = spec->late_argument != NULL};
    struct exec_result result = {0};
    struct err *e;

    tool_said_init(&run.errors);
    tool_command(access, spec, &argv, &env);

    const struct exec_spec exec = {
        .container = access->container,
        .argv = (const char *const *)argv.items,
        .env = (const char *const *)env.items,
        .user = access->exec_user,
        .on_stdout = on_stdout,
        .on_stderr = on_stderr,
        .on_input = on_input,
        .on_tick = spec->on_tick ? on_tick : NULL,
        .ctx = &run,
        .timeout_ms = spec->timeout_ms,
    };
    e = exec_run(engine, &exec, &result);
    if (!e)
        e = judge(name, result.exit_code, &run.errors);
    else if (tool_said_any(&run.errors)) {
        AUTO(mem_freep) char *last = tool_said_error(&run.errors, 3);
        e = err_wrap(e, "%s (%s)", name, last);
    } else
        e = err_wrap(e, "%s", name);
    tool_said_clear(&run.errors);
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
