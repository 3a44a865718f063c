#include "docker-api/exec.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/container_error.h"
#include "docker-api/demux.h"
#include "docker-api/hijack.h"
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES ((size_t)256 << 10)
/* Of the engine's answer to the start; a busy host may take a while to fork. */
#define START_TIMEOUT_MS (5 * 60 * 1000)
/* The engine may lag behind the end of the stream. */
#define END_TIMEOUT_MS 10000

/* Standard input on its way. */
struct input {
    enum exec_input_state state;
    uint8_t *buffer;
    size_t at; /* sent so far */
    size_t len;
    bool closed;   /* half-closed, or the command reads no more */
    uint64_t sent; /* in all */
};

/* One exec whose stream is open. */
struct run {
    const struct exec_spec *spec;
    struct hijack *hijack;
    struct demux demux;
    struct demux_handler handler;
    struct input input;
    int64_t deadline_ms; /* 0: none */
};

static void run_clear(struct run *run)
{
    hijack_close(run->hijack);
    free(run->input.buffer);
}

static json_t *text_array(const char *const *texts)
{
    json_t *array = json_array();

    for (; *texts; texts++)
        json_array_append_new(array, jsonx_text(*texts));
    return array;
}

static json_t *exec_config(const struct exec_spec *spec)
{
    json_t *config = json_object();

    jsonx_set_bool(config, "AttachStdin", spec->on_input != NULL);
    jsonx_set_bool(config, "AttachStdout", true);
    jsonx_set_bool(config, "AttachStderr", true);
    jsonx_set_bool(config, "Tty", false);
    jsonx_set(config, "Cmd", text_array(spec->argv));
    if (spec->env)
        jsonx_set(config, "Env", text_array(spec->env));
    if (spec->user)
        jsonx_set_string(config, "User", spec->user);
    if (spec->workdir)
        jsonx_set_string(config, "WorkingDir", spec->workdir);
    return config;
}

static struct err *create(struct engine *engine, const struct exec_spec *spec, char **out_id)
{
    AUTO(mem_freep) char *container = engine_escape(spec->container);
    AUTO(jsonx_freep) json_t *config = exec_config(spec);
    AUTO(jsonx_freep) json_t *answer = NULL;
    struct err *e = engine_post(engine, config, &answer, "/containers/%s/exec", container);

    if (err_is(e, ERR_NOT_FOUND))
        return container_error_no_such(e, spec->container);
    if (err_is(e, ERR_CONFLICT))
        return err_hint(e, "start the container, or unpause it, first");
    PASS(e);
    if (!jsonx_string(answer, "Id", NULL))
        return err_new(ERR_PROTOCOL, "the engine made an exec but did not name it");
    *out_id = mem_strdup(jsonx_string(answer, "Id", NULL));
    return NULL;
}

/* Asks for the next bytes of input when the last ones are sent. */
static struct err *fill_input(struct run *run)
{
    struct input *input = &run->input;

    if (input->closed || input->at < input->len || input->state != EXEC_INPUT_MORE)
        return NULL;
    input->at = 0;
    input->len = 0;
    return run->spec->on_input(run->spec->ctx, input->buffer, INPUT_BYTES, &input->len,
                               &input->state);
}

/* Sends what there is to send; *moved becomes true if anything went out. */
static struct err *push_input(struct run *run, bool *moved)
{
    struct input *input = &run->input;
    size_t sent = 0;

    PASS(fill_input(run));
    if (input->closed)
        return NULL;
    if (input->at < input->len) {
        enum hijack_state state =
            hijack_write(run->hijack, input->buffer + input->at, input->len - input->at, &sent);
        input->at += sent;
        input->sent += sent;
        *moved = *moved || sent > 0;
        /* The command may have ended without reading all: its exit code tells. */
        if (state == HIJACK_END)
            input->closed = true;
    }
    if (!input->closed && input->at == input->len && input->state == EXEC_INPUT_END) {
        PASS(hijack_half_close(run->hijack));
        input->closed = true;
    }
    return NULL;
}

static struct err *on_stream(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    return demux_feed(&run->demux, &run->handler, data, len);
}

/* Reads once; *ended becomes true at the end of the stream. */
static struct err *pull_output(struct run *run, bool *moved, bool *ended)
{
    enum hijack_state state;

    PASS(hijack_read(run->hijack, on_stream, run, &state));
    *moved = *moved || state == HIJACK_MORE;
    *ended = state == HIJACK_END;
    if (state != HIJACK_BROKE)
        return NULL;
    /* A peer that closes with unread input in its buffer resets the connection; the command
     * has then ended without reading it all, which is its own business. */
    if (run->input.sent > 0) {
        *ended = true;
        return NULL;
    }
    return err_new(ERR_CUT, "the engine cut the stream: the connection was reset");
}

/* Moves bytes both ways until the stream ends. */
static struct err *pump(struct run *run)
{
    bool ended = false;

    while (!ended) {
        bool moved = false;

        PASS(interrupt_check());
        if (run->deadline_ms > 0 && clock_mono_ms() >= run->deadline_ms)
            return err_new(ERR_TIMEOUT, "it did not end within %lld s",
                           (long long)(run->spec->timeout_ms / 1000));
        if (run->spec->on_input)
            PASS(push_input(run, &moved));
        PASS(pull_output(run, &moved, &ended));
        if (!moved && !ended)
            PASS(
                hijack_wait(run->hijack, !run->input.closed && run->input.at < run->input.len));
    }
    return demux_finish(&run->demux);
}

/* Starts the exec and follows its stream to the end. */
static struct err *follow(struct engine *engine, const struct exec_spec *spec, const char *id,
                          int64_t deadline_ms)
{
    AUTO(run_clear) struct run run = {
        .spec = spec,
        .handler = {spec->on_stdout, spec->on_stderr, spec->ctx},
        .deadline_ms = deadline_ms,
    };
    AUTO(mem_freep) char *path = mem_printf("/exec/%s/start", id);
    AUTO(jsonx_freep) json_t *body = json_pack("{s:b, s:b}", "Detach", 0, "Tty", 0);
    int64_t start_by_ms = clock_mono_ms() + START_TIMEOUT_MS;

    if (deadline_ms > 0 && deadline_ms < start_by_ms)
        start_by_ms = deadline_ms;
    demux_init(&run.demux);
    run.input.closed = !spec->on_input;
    if (spec->on_input)
        run.input.buffer = mem_new(INPUT_BYTES, 1);
    PASS(hijack_open(engine, path, body, start_by_ms, &run.hijack));
    return pump(&run);
}

/* One look at how the exec ended; *done stays false while it still runs. */
static struct err *look_at_end(struct engine *engine, const char *id, bool *done,
                               int64_t *out_exit_code)
{
    AUTO(jsonx_freep) json_t *answer = NULL;
    struct err *e = engine_get(engine, &answer, "/exec/%s/json", id);
    const json_t *code;

    /* The container went away, and the exec with it. */
    if (err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_CONFLICT))
        return err_wrap(err_as(e, ERR_CUT), "the engine lost the exit code");
    PASS(e);
    if (!json_is_false(json_object_get(answer, "Running")))
        return NULL;
    code = json_object_get(answer, "ExitCode");
    if (!json_is_integer(code))
        return err_new(ERR_CUT, "the engine lost the exit code");
    *done = true;
    *out_exit_code = json_integer_value(code);
    return NULL;
}

static struct err *await_end(struct engine *engine, const char *id, int64_t *out_exit_code)
{
    int64_t until_ms = clock_mono_ms() + END_TIMEOUT_MS;
    int64_t pause_ms = 5;
    bool done = false;

    for (;;) {
        PASS(look_at_end(engine, id, &done, out_exit_code));
        if (done)
            return NULL;
        if (clock_mono_ms() >= until_ms)
            return err_new(ERR_CUT, "the engine ended the stream while the command still runs");
        clock_sleep_ms(pause_ms);
        PASS(interrupt_check());
        pause_ms = pause_ms < 400 ? pause_ms * 2 : 500;
    }
}

/* A whole id is cut as `docker ps` shows it; a name stays. */
static int shown_len(const char *container)
{
    size_t len = strlen(container);

    return len == 64 && strspn(container, "0123456789abcdef") == len ? 12 : (int)len;
}

MUST_USE struct err *exec_run(struct engine *engine, const struct exec_spec *spec,
                              struct exec_result *result)
{
    AUTO(mem_freep) char *id = NULL;
    int64_t deadline_ms = spec->timeout_ms > 0 ? clock_mono_ms() + spec->timeout_ms : 0;

    struct err *e = create(engine, spec, &id);

    if (!e)
        e = follow(engine, spec, id, deadline_ms);
    if (!e)
        e = await_end(engine, id, &result->exit_code);
    return err_wrap(e, "run %s in %.*s", spec->argv[0], shown_len(spec->container),
                    spec->container);
}

struct capture {
    struct buf *out;
    struct buf *err_out;
    const struct exec_spec *spec;
};

static struct err *capture_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct capture *capture = ctx;

    TRY(buf_append(capture->out, data, len), "its output");
    return NULL;
}

static struct err *capture_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct capture *capture = ctx;

    TRY(buf_append(capture->err_out, data, len), "its error output");
    return NULL;
}

static struct err *capture_input(void *ctx, uint8_t *data, size_t size, size_t *len,
                                 enum exec_input_state *state)
{
    struct capture *capture = ctx;

    return capture->spec->on_input(capture->spec->ctx, data, size, len, state);
}

MUST_USE struct err *exec_capture(struct engine *engine, const struct exec_spec *spec,
                                  struct buf *out, struct buf *err_out,
                                  struct exec_result *result)
{
    struct capture capture = {out, err_out, spec};
    struct exec_spec with_capture = *spec;

    with_capture.on_stdout = out ? capture_stdout : NULL;
    with_capture.on_stderr = err_out ? capture_stderr : NULL;
    with_capture.on_input = spec->on_input ? capture_input : NULL;
    with_capture.ctx = &capture;
    return exec_run(engine, &with_capture, result);
}
