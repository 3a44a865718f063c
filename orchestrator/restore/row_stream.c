/* The thread owns the session from its opening to its end, and the pipe's end for writing. It
 * says how it went by `error`, which is read only after it has ended: a pipe that ends says
 * nothing of that. Whoever gives up closes the end for reading, and the next write fails. */
#include "orchestrator/restore/row_stream.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/thread.h"
#include "orchestrator/fingerprint/pins.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct row_stream {
    struct row_stream_spec spec;
    struct thread thread;
    int read_fd, write_fd; /* -1: closed */
    uint64_t rows;
    struct err *error; /* the thread's, until it was joined */
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* -- the thread -- */

static struct err *write_rows(void *ctx, const uint8_t *data, size_t len)
{
    const struct row_stream *stream = ctx;

    while (len > 0) {
        ssize_t n = write(stream->write_fd, data, len);

        if (n < 0 && errno != EINTR)
            return err_errno("hand the rows on");
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return NULL;
}

static struct err *copy_rows(struct row_stream *stream)
{
    AUTO(session_closep) struct session *session = NULL;
    const struct strv *statements = stream->spec.statements;

    PASS(session_open(stream->spec.way, stream->spec.database, &session));
    PASS(pins_set(session, stream->spec.server_version_num));
    for (size_t i = 0; i < statements->len; i++)
        PASS(session_copy_out(session, statements->items[i], write_rows, stream));
    return NULL;
}

static void *run_thread(void *arg)
{
    struct row_stream *stream = arg;

    stream->error = copy_rows(stream);
    close_end(&stream->write_fd);
    return NULL;
}

/* -- whoever pulls -- */

MUST_USE struct err *row_stream_open(const struct row_stream_spec *spec,
                                     struct row_stream **out)
{
    AUTO(row_stream_freep) struct row_stream *stream = mem_new(1, sizeof(*stream));
    int ends[2];

    *out = NULL;
    stream->spec = *spec;
    stream->read_fd = stream->write_fd = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno("make a pipe");
    stream->read_fd = ends[0];
    stream->write_fd = ends[1];
    PASS(thread_start(&stream->thread, run_thread, stream));
    *out = TAKE(stream);
    return NULL;
}

/* In text format a line break within a value is written as \n: a line is a row. */
static void count_rows(struct row_stream *stream, const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len;

    for (const uint8_t *p = data; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        stream->rows++;
}

MUST_USE struct err *row_stream_read(struct row_stream *stream, uint8_t *data, size_t size,
                                     size_t *len)
{
    ssize_t n;

    *len = 0;
    do {
        PASS(interrupt_check());
        n = read(stream->read_fd, data, size);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno("take the rows over");
    *len = (size_t)n;
    count_rows(stream, data, *len);
    if (n > 0)
        return NULL;
    thread_join(&stream->thread);
    return TAKE(stream->error);
}

uint64_t row_stream_rows(const struct row_stream *stream)
{
    return stream->rows;
}

void row_stream_free(struct row_stream *stream)
{
    if (!stream)
        return;
    close_end(&stream->read_fd);
    thread_join(&stream->thread);
    close_end(&stream->write_fd); /* where no thread came to do it */
    err_free(stream->error);
    free(stream);
}

void row_stream_freep(struct row_stream **stream)
{
    row_stream_free(*stream);
    *stream = NULL;
}
