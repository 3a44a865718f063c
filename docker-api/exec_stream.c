#include "docker-api/exec_stream.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/container_error.h"
#include "docker-api/demux.h"
#include "docker-api/hijack.h"
#include <stdlib.h>

/* Of the engine's answer to the start; a busy host may take a while to fork. */
#define START_TIMEOUT_MS (5 * 60 * 1000)
/* The engine may lag behind the end of the stream. */
#define END_TIMEOUT_MS 10000
#define QUESTION_MS 2000

struct exec_stream {
    struct engine *engine; /* borrowed */
    char *id;
    struct hijack *hijack;
    struct demux demux;
    struct demux_handler handler;
    bool sent; /* any input */
};

static json_t *text_array(const char *const *texts)
{
    json_t *array = json_array();

    for (; *texts; texts++)
        json_array_append_new(array, jsonx_text(*texts));
    return array;
}

static json_t *exec_config(const struct exec_stream_spec *spec)
{
    json_t *config = json_object();

    jsonx_set_bool(config, "AttachStdin", spec->input);
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

static struct err *create(struct exec_stream *stream, const struct exec_stream_spec *spec)
{
    AUTO(mem_freep) char *container = engine_escape(spec->container);
    AUTO(jsonx_freep) json_t *config = exec_config(spec);
    AUTO(jsonx_freep) json_t *answer = NULL;
    struct err *e =
        engine_post(stream->engine, config, &answer, "/containers/%s/exec", container);

    if (err_is(e, ERR_NOT_FOUND))
        return container_error_no_such(e, spec->container);
    if (err_is(e, ERR_CONFLICT))
        return err_hint(e, "start the container, or unpause it, first");
    PASS(e);
    if (!jsonx_string(answer, "Id", NULL))
        return err_new(ERR_PROTOCOL, "the engine made an exec but did not name it");
    stream->id = mem_strdup(jsonx_string(answer, "Id", NULL));
    return NULL;
}

static bool runs(const struct exec_stream *stream)
{
    AUTO(jsonx_freep) json_t *answer = NULL;
    /* Asked when the time of the exec is over, perhaps; the answer must come in spite of that.
     */
    int64_t end_by_ms = engine_end_by(stream->engine, clock_mono_ms() + QUESTION_MS);
    AUTO(err_freep) struct err *e =
        engine_get(stream->engine, &answer, "/exec/%s/json", stream->id);

    engine_end_by(stream->engine, end_by_ms);
    return !e && json_is_true(json_object_get(answer, "Running"));
}

MUST_USE struct err *exec_stream_lost(const struct exec_stream *stream, enum err_kind kind)
{
    int status = stream->hijack ? hijack_status(stream->hijack) : 0;
    struct err *e;

    if (!runs(stream))
        return NULL;
    if (status == 0)
        e = err_new(kind, "the command runs, but the engine's answer does not arrive");
    else
        e = err_new(kind, "the command runs, but its input does not arrive%s",
                    status == 101 ? "" : ": the upgrade was answered with 200, not 101");
    return err_hint(e, "a proxy between pgkeep and the engine does not pass on what follows an "
                       "upgrade, as HAProxy 2.6 and nginx do: use HAProxy 3, or the engine's "
                       "own socket (docs/operations.md)");
}

static struct err *on_silence(void *ctx)
{
    return exec_stream_lost(ctx, ERR_PROTOCOL);
}

static struct err *start(struct exec_stream *stream, const struct exec_stream_spec *spec)
{
    AUTO(mem_freep) char *path = mem_printf("/exec/%s/start", stream->id);
    AUTO(jsonx_freep) json_t *body = json_pack("{s:b, s:b}", "Detach", 0, "Tty", 0);
    int64_t start_by_ms = clock_mono_ms() + START_TIMEOUT_MS;
    struct err *lost;
    struct err *e;

    if (spec->start_by_ms > 0 && spec->start_by_ms < start_by_ms)
        start_by_ms = spec->start_by_ms;
    const struct hijack_spec hijack = {
        .path = path,
        .body = body,
        .deadline_ms = engine_deadline(stream->engine, start_by_ms),
        .silence_ms = spec->first_answer_ms,
        .on_silence = on_silence,
        .ctx = stream,
    };
    e = hijack_open(stream->engine, &hijack, &stream->hijack);
    if (!err_is(e, ERR_TIMEOUT) || spec->first_answer_ms == 0)
        return e;
    lost = exec_stream_lost(stream, ERR_TIMEOUT);
    return err_first(lost, e);
}

MUST_USE struct err *exec_stream_open(struct engine *engine,
                                      const struct exec_stream_spec *spec,
                                      struct exec_stream **out)
{
    AUTO(exec_stream_closep) struct exec_stream *stream = mem_new(1, sizeof(*stream));

    stream->engine = engine;
    stream->handler = (struct demux_handler){spec->on_stdout, spec->on_stderr, spec->ctx};
    demux_init(&stream->demux);
    PASS(create(stream, spec));
    PASS(start(stream, spec));
    *out = TAKE(stream);
    return NULL;
}

void exec_stream_close(struct exec_stream *stream)
{
    if (!stream)
        return;
    hijack_close(stream->hijack);
    free(stream->id);
    free(stream);
}

void exec_stream_closep(struct exec_stream **stream)
{
    exec_stream_close(*stream);
    *stream = NULL;
}

enum exec_stream_state exec_stream_send(struct exec_stream *stream, const uint8_t *data,
                                        size_t len, size_t *out_sent)
{
    enum hijack_state state = hijack_write(stream->hijack, data, len, out_sent);

    stream->sent = stream->sent || *out_sent > 0;
    if (state == HIJACK_MORE)
        return EXEC_STREAM_MORE;
    return state == HIJACK_AGAIN ? EXEC_STREAM_AGAIN : EXEC_STREAM_END;
}

static struct err *on_stream(void *ctx, const uint8_t *data, size_t len)
{
    struct exec_stream *stream = ctx;

    return demux_feed(&stream->demux, &stream->handler, data, len);
}

MUST_USE struct err *exec_stream_receive(struct exec_stream *stream,
                                         enum exec_stream_state *out_state)
{
    enum hijack_state state;

    PASS(hijack_read(stream->hijack, on_stream, stream, &state));
    *out_state = EXEC_STREAM_END;
    if (state == HIJACK_MORE)
        *out_state = EXEC_STREAM_MORE;
    else if (state == HIJACK_AGAIN)
        *out_state = EXEC_STREAM_AGAIN;
    /* A peer that closes with unread input in its buffer resets the connection; the command
     * has then ended without reading it all, which is its own business. */
    else if (state == HIJACK_BROKE && !stream->sent)
        return exec_cut(
            err_new(ERR_CUT, "the engine cut the stream: the connection was reset"));
    else
        return demux_finish(&stream->demux);
    return NULL;
}

int exec_stream_fd(const struct exec_stream *stream)
{
    return hijack_fd(stream->hijack);
}

MUST_USE struct err *exec_stream_wait(struct exec_stream *stream, bool also_send)
{
    return hijack_wait(stream->hijack, also_send);
}

MUST_USE struct err *exec_stream_half_close(struct exec_stream *stream)
{
    return hijack_half_close(stream->hijack);
}

bool exec_stream_upgraded(const struct exec_stream *stream)
{
    return hijack_status(stream->hijack) == 101;
}

/* One look at how the exec ended; *done stays false while it still runs. */
static struct err *look_at_end(const struct exec_stream *stream, bool *done,
                               int64_t *out_exit_code)
{
    AUTO(jsonx_freep) json_t *answer = NULL;
    struct err *e = engine_get(stream->engine, &answer, "/exec/%s/json", stream->id);
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

struct err *exec_cut(struct err *e)
{
    return err_hint(e,
                    "a proxy between pgkeep and the engine ends a stream that is idle for "
                    "longer than its limit (HAProxy: timeout client, server and tunnel), and "
                    "nginx one whose input ends: raise the limit above the longest silence "
                    "of a dump, or use the engine's own socket (docs/operations.md)");
}

MUST_USE struct err *exec_stream_finish(struct exec_stream *stream, int64_t *out_exit_code)
{
    int64_t until_ms = clock_mono_ms() + END_TIMEOUT_MS;
    int64_t pause_ms = 5;
    bool done = false;

    for (;;) {
        PASS(look_at_end(stream, &done, out_exit_code));
        if (done)
            return NULL;
        if (clock_mono_ms() >= until_ms)
            return exec_cut(
                err_new(ERR_CUT, "the engine ended the stream while the command still runs"));
        clock_sleep_ms(pause_ms);
        PASS(interrupt_check());
        pause_ms = pause_ms < 400 ? pause_ms * 2 : 500;
    }
}
