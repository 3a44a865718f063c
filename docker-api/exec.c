#include "docker-api/exec.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/units.h"
#include "docker-api/exec_stream.h"
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES ((size_t)256 << 10)
#define UPGRADED_SILENCES 3

/* Standard input on its way. */
struct input {
    enum exec_input_state state;
    uint8_t *buffer;
    size_t at; /* sent so far */
    size_t len;
    size_t most; /* of `len` so far */
    bool closed; /* half-closed, or the command reads no more */
};

/* One exec whose stream is open. */
struct run {
    const struct exec_spec *spec;
    struct exec_stream *stream;
    struct input input;
    int64_t deadline_ms;  /* 0: none */
    int64_t answer_by_ms; /* 0: it has answered, or need not */
    int silences;         /* times that it did not by then */
};

static void run_clear(struct run *run)
{
    exec_stream_close(run->stream);
    secret_wipe(run->input.buffer, run->input.most); /* a tool's password goes this way */
    free(run->input.buffer);
}

/* Asks for the next bytes of input when the last ones are sent. */
static struct err *fill_input(struct run *run)
{
    struct input *input = &run->input;
    struct err *e;

    if (input->closed || input->at < input->len || input->state != EXEC_INPUT_MORE)
        return NULL;
    input->at = 0;
    input->len = 0;
    e = run->spec->on_input(run->spec->ctx, input->buffer, INPUT_BYTES, &input->len,
                            &input->state);
    input->most = input->len > input->most ? input->len : input->most;
    return e;
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
        enum exec_stream_state state = exec_stream_send(run->stream, input->buffer + input->at,
                                                        input->len - input->at, &sent);
        input->at += sent;
        *moved = *moved || sent > 0;
        /* The command may have ended without reading all: its exit code tells. */
        if (state == EXEC_STREAM_END)
            input->closed = true;
    }
    if (!input->closed && input->at == input->len && input->state == EXEC_INPUT_END) {
        PASS(exec_stream_half_close(run->stream));
        input->closed = true;
    }
    return NULL;
}

/* A busy engine may take a while to start the command: then the time begins anew. Who agreed to
 * the upgrade is given more of it, for then a slow machine is likelier than a deaf proxy. */
static struct err *check_answer(struct run *run)
{
    if (run->answer_by_ms == 0 || clock_mono_ms() < run->answer_by_ms)
        return NULL;
    run->silences++;
    if (!exec_stream_upgraded(run->stream) || run->silences >= UPGRADED_SILENCES)
        PASS(exec_stream_lost(run->stream, ERR_PROTOCOL));
    run->answer_by_ms = clock_mono_ms() + run->spec->first_answer_ms;
    return NULL;
}

static struct err *out_of_time(const struct run *run)
{
    if (run->answer_by_ms > 0)
        PASS(exec_stream_lost(run->stream, ERR_TIMEOUT));
    return err_new(ERR_TIMEOUT, "it did not end in time");
}

static struct err *check_time(struct run *run)
{
    PASS(interrupt_check());
    if (run->deadline_ms > 0 && clock_mono_ms() >= run->deadline_ms)
        return out_of_time(run);
    return check_answer(run);
}

static struct err *hand_on(struct run *run,
                           struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len),
                           const uint8_t *data, size_t len)
{
    run->answer_by_ms = 0;
    return on_data ? on_data(run->spec->ctx, data, len) : NULL;
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    return hand_on(run, run->spec->on_stdout, data, len);
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    return hand_on(run, run->spec->on_stderr, data, len);
}

/* Moves bytes both ways until the stream ends. */
static struct err *pump(struct run *run)
{
    enum exec_stream_state state = EXEC_STREAM_MORE;

    if (run->spec->first_answer_ms > 0)
        run->answer_by_ms = clock_mono_ms() + run->spec->first_answer_ms;
    while (state != EXEC_STREAM_END) {
        bool moved = false;

        PASS(check_time(run));
        if (run->spec->on_tick)
            PASS(run->spec->on_tick(run->spec->ctx));
        if (run->spec->on_input)
            PASS(push_input(run, &moved));
        PASS(exec_stream_receive(run->stream, &state));
        if (!moved && state == EXEC_STREAM_AGAIN)
            PASS(exec_stream_wait(run->stream,
                                  !run->input.closed && run->input.at < run->input.len));
    }
    return NULL;
}

/* Starts the exec, follows its stream to the end and asks how it ended. */
static struct err *follow(struct engine *engine, const struct exec_spec *spec,
                          int64_t deadline_ms, struct exec_result *result)
{
    AUTO(run_clear) struct run run = {.spec = spec, .deadline_ms = deadline_ms};
    const struct exec_stream_spec stream = {
        .container = spec->container,
        .argv = spec->argv,
        .env = spec->env,
        .user = spec->user,
        .workdir = spec->workdir,
        .input = spec->on_input != NULL,
        .on_stdout = on_stdout,
        .on_stderr = on_stderr,
        .ctx = &run,
        .start_by_ms = deadline_ms,
        .first_answer_ms = spec->first_answer_ms,
    };

    int64_t started_ms = clock_mono_ms();

    run.input.closed = !spec->on_input;
    if (spec->on_input)
        run.input.buffer = mem_new(INPUT_BYTES, 1);
    PASS(exec_stream_open(engine, &stream, &run.stream));
    PASS(pump(&run));
    result->stream_ms = clock_mono_ms() - started_ms;
    return exec_stream_finish(run.stream, &result->exit_code);
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
    int64_t started_ms = clock_mono_ms();
    int64_t own_ms = spec->timeout_ms > 0 ? started_ms + spec->timeout_ms : 0;
    struct err *e = follow(engine, spec, engine_deadline(engine, own_ms), result);

    if (err_is(e, ERR_CUT)) {
        char elapsed[UNITS_TEXT_SIZE];

        e = err_wrap(e, "after %s", units_elapsed(clock_mono_ms() - started_ms, elapsed));
    }
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
