#include "orchestrator/session/tunnel_pipe.h"
#include "base/clock.h"
#include "base/mem.h"
#include "orchestrator/session/tunnel_relay.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define UP_BYTES ((size_t)64 << 10)
/* One receive of a stream is smaller; there is never more than that. */
#define DOWN_MAX_BYTES ((size_t)4 << 20)
#define SAID_BYTES ((size_t)2 << 10)
/* For the relay to end after its input did. */
#define END_MS 2000

struct tunnel_pipe {
    const struct tunnel_pipe_spec *spec;
    struct exec_stream *stream;
    enum exec_stream_state stream_state;
    uint8_t *up; /* from the client to the server */
    size_t up_at;
    size_t up_len;
    bool up_begun;
    bool up_last;     /* nothing follows what is in there */
    bool up_ended;    /* the client sends no more, or the relay takes no more */
    struct buf down;  /* from the server to the client */
    bool client_gone; /* nobody reads any more */
    struct buf said;
    int64_t end_by_ms; /* 0: no end in sight */
};

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct tunnel_pipe *pipe = ctx;

    return pipe->client_gone ? NULL : buf_append(&pipe->down, data, len);
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct tunnel_pipe *pipe = ctx;

    buf_append_tail(&pipe->said, data, len);
    return NULL;
}

/* No more goes to the server; the relay ends soon. */
static struct err *end_up(struct tunnel_pipe *pipe)
{
    if (pipe->up_ended)
        return NULL;
    pipe->up_ended = true;
    pipe->up_at = pipe->up_len;
    pipe->end_by_ms = clock_mono_ms() + END_MS;
    return exec_stream_half_close(pipe->stream);
}

/* PostgreSQL's protocol, "CancelRequest": all that its sender still wants is the end. */
static bool is_cancel_request(const uint8_t *data, size_t len)
{
    static const uint8_t code[] = {0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e};

    return len == 16 && memcmp(data, code, sizeof(code)) == 0;
}

static struct err *read_client(struct tunnel_pipe *pipe)
{
    ssize_t len = recv(pipe->spec->client_fd, pipe->up, UP_BYTES, 0);

    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return NULL;
    if (len <= 0)
        return end_up(pipe);
    pipe->up_last = !pipe->up_begun && is_cancel_request(pipe->up, (size_t)len);
    pipe->up_begun = true;
    pipe->up_at = 0;
    pipe->up_len = (size_t)len;
    return NULL;
}

static struct err *push_up(struct tunnel_pipe *pipe, bool *moved)
{
    size_t sent = 0;

    if (!pipe->up_ended && pipe->up_at == pipe->up_len)
        PASS(read_client(pipe));
    if (pipe->up_at == pipe->up_len)
        return NULL;
    if (exec_stream_send(pipe->stream, pipe->up + pipe->up_at, pipe->up_len - pipe->up_at,
                         &sent) == EXEC_STREAM_END)
        return end_up(pipe);
    pipe->up_at += sent;
    *moved = *moved || sent > 0;
    return pipe->up_last && pipe->up_at == pipe->up_len ? end_up(pipe) : NULL;
}

static struct err *pull_down(struct tunnel_pipe *pipe, bool *moved)
{
    if (pipe->down.len == 0 && pipe->stream_state != EXEC_STREAM_END) {
        PASS(exec_stream_receive(pipe->stream, &pipe->stream_state));
        *moved = *moved || pipe->stream_state == EXEC_STREAM_MORE;
    }
    if (pipe->down.len > 0) {
        ssize_t sent =
            send(pipe->spec->client_fd, pipe->down.data, pipe->down.len, MSG_NOSIGNAL);

        if (sent > 0) {
            buf_consume(&pipe->down, (size_t)sent);
            *moved = true;
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            pipe->client_gone = true;
            buf_reset(&pipe->down);
            *moved = true;
        }
    }
    return NULL;
}

static int ms_left(const struct tunnel_pipe *pipe)
{
    int64_t left_ms = pipe->end_by_ms - clock_mono_ms();

    if (pipe->end_by_ms == 0)
        return -1;
    return left_ms > 0 ? (int)left_ms : 0;
}

/* A descriptor that we want nothing of must not wake us by having ended. */
static struct pollfd poller(int fd, bool in, bool out)
{
    short events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));

    return (struct pollfd){.fd = events ? fd : -1, .events = events};
}

static struct err *await(struct tunnel_pipe *pipe)
{
    bool up_waits = pipe->up_at < pipe->up_len;
    bool down_waits = pipe->down.len > 0;
    struct pollfd pollers[] = {
        poller(pipe->spec->client_fd, !pipe->up_ended && !up_waits, down_waits),
        poller(exec_stream_fd(pipe->stream),
               !down_waits && pipe->stream_state != EXEC_STREAM_END, up_waits),
        poller(pipe->spec->stop_fd, pipe->end_by_ms == 0, false),
    };

    if (poll(pollers, ARRAY_LEN(pollers), ms_left(pipe)) < 0 && errno != EINTR)
        return err_errno("wait for a tunnel's ends");
    if (pollers[2].revents)
        return end_up(pipe);
    return NULL;
}

static bool over(const struct tunnel_pipe *pipe)
{
    if (pipe->stream_state == EXEC_STREAM_END && pipe->down.len == 0)
        return true;
    return pipe->end_by_ms > 0 && clock_mono_ms() >= pipe->end_by_ms;
}

static struct err *pass_bytes(struct tunnel_pipe *pipe)
{
    const struct tunnel_relay_spec relay = {
        .server = pipe->spec->server,
        .relay = pipe->spec->relay,
        .on_stdout = on_stdout,
        .on_stderr = on_stderr,
        .ctx = pipe,
    };

    PASS(tunnel_relay_open(pipe->spec->engine, &relay, &pipe->stream));
    while (!over(pipe)) {
        bool moved = false;

        PASS(push_up(pipe, &moved));
        PASS(pull_down(pipe, &moved));
        if (!moved && !over(pipe))
            PASS(await(pipe));
    }
    return NULL;
}

void tunnel_pipe_run(const struct tunnel_pipe_spec *spec, char **out_said)
{
    struct tunnel_pipe pipe = {
        .spec = spec, .down = BUF_INIT(DOWN_MAX_BYTES), .said = BUF_INIT(SAID_BYTES)};
    AUTO(err_freep) struct err *e = NULL;

    pipe.up = mem_new(UP_BYTES, 1);
    e = pass_bytes(&pipe);
    if (e)
        *out_said = err_text(e);
    else if (pipe.said.len > 0)
        *out_said = tool_last_lines(buf_text(&pipe.said), 1);
    exec_stream_close(pipe.stream);
    buf_clear(&pipe.down);
    buf_clear(&pipe.said);
    free(pipe.up);
}
