/* docker-api/exec_stream.h: a command in a container whose streams the caller drives.
 *
 * Layer: docker-api. For callers that wait for more than this one stream; who only wants a
 * command run to its end takes docker-api/exec.h. Same sources and same proof of success as
 * there. Nothing blocks but open, wait, half_close and finish, and those end at an interrupt.
 *
 * Life: open, then send and receive in any order, finish once receive said END, close at any
 * time. Closing early ends the command's standard input; it does not kill the command.
 */
#ifndef PGKEEP_DOCKER_API_EXEC_STREAM_H
#define PGKEEP_DOCKER_API_EXEC_STREAM_H

#include "docker-api/engine.h"

struct exec_stream;

struct exec_stream_spec {
    const char *container;   /* id or name */
    const char *const *argv; /* NULL-terminated */
    const char *const *env;  /* "NAME=value", NULL-terminated, or NULL; never a secret */
    const char *user;        /* NULL: the container's */
    const char *workdir;     /* NULL: the container's */
    bool input;              /* attach standard input */
    /* Called by receive; NULL discards. */
    struct err *(*on_stdout)(void *ctx, const uint8_t *data, size_t len);
    struct err *(*on_stderr)(void *ctx, const uint8_t *data, size_t len);
    void *ctx;
    int64_t start_by_ms; /* of clock_mono_ms; 0: a generous limit of its own */
    /* Where the command runs and the engine's answer to its start does not come for so long,
     * open gives exec_stream_lost; 0: only start_by_ms counts. */
    int64_t first_answer_ms;
};

enum exec_stream_state {
    EXEC_STREAM_MORE,  /* bytes moved; ask again */
    EXEC_STREAM_AGAIN, /* nothing can move now: wait, or poll the descriptor */
    EXEC_STREAM_END,   /* receive: the stream ended; send: the command reads no more */
};

/* Creates the exec and starts it. The engine is borrowed, and the argv no longer needed after.
 * ERR_NOT_FOUND no such container, ERR_CONFLICT not running. The caller closes. */
MUST_USE struct err *exec_stream_open(struct engine *engine,
                                      const struct exec_stream_spec *spec,
                                      struct exec_stream **out);
void exec_stream_close(struct exec_stream *stream);
void exec_stream_closep(struct exec_stream **stream);

/* Sends once; *out_sent may be less than len. */
enum exec_stream_state exec_stream_send(struct exec_stream *stream, const uint8_t *data,
                                        size_t len, size_t *out_sent);

/* Receives once and hands what came to the handlers, whose error is given back. ERR_CUT, also
 * where the stream ended inside a frame; ERR_PROTOCOL frames that make no sense. */
MUST_USE struct err *exec_stream_receive(struct exec_stream *stream,
                                         enum exec_stream_state *out_state);

/* To poll: readable when there may be something to receive. Only after receive said AGAIN, for
 * bytes may already lie in this process. */
int exec_stream_fd(const struct exec_stream *stream);

/* Waits until there is something to receive (or room to send), but not longer than a tick. */
MUST_USE struct err *exec_stream_wait(struct exec_stream *stream, bool also_send);

/* Ends the command's standard input; receiving goes on. */
MUST_USE struct err *exec_stream_half_close(struct exec_stream *stream);

/* For a command that answers its input at once, and does not. Where it runs, as the engine sees
 * it, what is sent gets lost on the way: an error of that kind, which names what mostly does
 * that. NULL where it has not started, or has ended. */
MUST_USE struct err *exec_stream_lost(const struct exec_stream *stream, enum err_kind kind);

/* Whether the engine agreed to the upgrade (101) and did not only answer (200). */
bool exec_stream_upgraded(const struct exec_stream *stream);

/* After receive said END: the command's exit code. ERR_CUT: the exit code was lost, or the
 * command still runs. */
MUST_USE struct err *exec_stream_finish(struct exec_stream *stream, int64_t *out_exit_code);

/* Adds to a stream's cut what mostly does that. NULL stays NULL. */
struct err *exec_cut(struct err *e) MUST_USE;

#endif
