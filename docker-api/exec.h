/* docker-api/exec.h: run a command in a container, binary-safe.
 *
 * Layer: docker-api. Source: POST /containers/{id}/exec, POST /exec/{id}/start (Tty=false,
 * hijacked with "Connection: Upgrade, Upgrade: tcp"; engines answer 101 and some proxies 200),
 * GET /exec/{id}/json. The stream is demultiplexed frames {stream,0,0,0,length_be32}.
 *
 * The end of the stream proves nothing (moby#49655, #45689, podman#9096). exec_run succeeds
 * only if the stream ended at a frame boundary AND inspect says Running=false AND ExitCode is a
 * number. A command's exit code other than 0 is not an error here: look at the result.
 */
#ifndef PGKEEP_DOCKER_API_EXEC_H
#define PGKEEP_DOCKER_API_EXEC_H

#include "docker-api/engine.h"

enum exec_input_state {
    EXEC_INPUT_MORE, /* *len bytes were given; ask again when they are sent */
    EXEC_INPUT_END,  /* *len bytes were given (maybe 0), then half-close stdin */
    EXEC_INPUT_HOLD, /* *len bytes were given (maybe 0); keep stdin open, do not ask again */
};

struct exec_spec {
    const char *container;   /* id or name */
    const char *const *argv; /* NULL-terminated */
    const char *const *env;  /* "NAME=value", NULL-terminated, or NULL; never a secret */
    const char *user;        /* NULL: the container's */
    const char *workdir;     /* NULL: the container's */
    /* Output; NULL discards. An error from one of them ends the exec and is returned. */
    struct err *(*on_stdout)(void *ctx, const uint8_t *data, size_t len);
    struct err *(*on_stderr)(void *ctx, const uint8_t *data, size_t len);
    /* Standard input; NULL: none is attached. Output goes on being read while input is sent. A
     * command that ends without reading its input is no error. */
    struct err *(*on_input)(void *ctx, uint8_t *data, size_t size, size_t *len,
                            enum exec_input_state *state);
    /* Called again and again until the end, also while nothing moves; may run another exec. An
     * error from it ends the exec and is returned. NULL: nothing to do. */
    struct err *(*on_tick)(void *ctx);
    void *ctx;
    int64_t timeout_ms; /* of the whole run; 0: none */
    /* The command answers its input at once. Where it runs and says nothing for this long
     * (three times as long where the engine agreed to the upgrade), the input does not reach
     * it: ERR_PROTOCOL, or ERR_TIMEOUT where the whole run's time was shorter. 0: it may be
     * silent.
     */
    int64_t first_answer_ms;
};

struct exec_result {
    int64_t exit_code;
    int64_t stream_ms; /* how long its stream lasted; the command may have gone on */
};

/* Runs to the end. Closing the connection early (error, interrupt, death of this process) ends
 * the command's stdin; it does not kill the command: that is the caller's to arrange.
 * ERR_NOT_FOUND no such container, ERR_CONFLICT not running,
 * ERR_CUT the stream or the exit code was lost, ERR_PROTOCOL frames that make no sense. */
MUST_USE struct err *exec_run(struct engine *engine, const struct exec_spec *spec,
                              struct exec_result *result);

/* Runs with both outputs collected (caps: stdout's and stderr's buf). */
MUST_USE struct err *exec_capture(struct engine *engine, const struct exec_spec *spec,
                                  struct buf *out, struct buf *err_out,
                                  struct exec_result *result);

#endif
