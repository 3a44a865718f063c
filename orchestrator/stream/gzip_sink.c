#include "base/mem.h"
#include "orchestrator/stream/sink.h"
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#define GZIP_BLOCK_BYTES ((size_t)64 << 10)

struct gzip_sink {
    struct sink sink;
    z_stream stream;
    uint64_t taken; /* bytes before compression */
    uint8_t block[GZIP_BLOCK_BYTES];
};

/* Compresses what stream.next_in holds and hands on all that comes out. With Z_FINISH until the
 * end of the stream. */
static struct err *deflate_on(struct gzip_sink *self, int flush)
{
    int status;

    do {
        self->stream.next_out = self->block;
        self->stream.avail_out = sizeof(self->block);
        status = deflate(&self->stream, flush);
        if (status == Z_STREAM_ERROR)
            return err_new(ERR_FAILED, "%s at byte %" PRIu64 ": zlib lost its state",
                           self->sink.ops->name, self->taken);
        PASS(sink_write(self->sink.next, self->block,
                        sizeof(self->block) - self->stream.avail_out));
    } while (self->stream.avail_out == 0);
    if (flush == Z_FINISH && status != Z_STREAM_END)
        return err_new(ERR_FAILED, "%s at byte %" PRIu64 ": zlib did not end its stream",
                       self->sink.ops->name, self->taken);
    return NULL;
}

static struct err *gzip_write(struct sink *sink, const uint8_t *data, size_t len)
{
    struct gzip_sink *self = (struct gzip_sink *)sink;

    while (len > 0) {
        uInt piece = len < UINT_MAX ? (uInt)len : UINT_MAX;

        self->stream.next_in = data;
        self->stream.avail_in = piece;
        PASS(deflate_on(self, Z_NO_FLUSH));
        self->taken += piece;
        data += piece;
        len -= piece;
    }
    return NULL;
}

static struct err *gzip_finish(struct sink *sink)
{
    struct gzip_sink *self = (struct gzip_sink *)sink;

    self->stream.next_in = NULL;
    self->stream.avail_in = 0;
    PASS(deflate_on(self, Z_FINISH));
    return sink_finish(sink->next);
}

static void gzip_drop(struct sink *sink)
{
    struct gzip_sink *self = (struct gzip_sink *)sink;

    sink_drop(sink->next);
    deflateEnd(&self->stream);
    free(self);
}

static const struct sink_ops gzip_ops = {
    .name = "gzip",
    .write = gzip_write,
    .finish = gzip_finish,
    .drop = gzip_drop,
};

MUST_USE struct err *gzip_sink_new(int level, struct sink *next, struct sink **out)
{
    const int gzip_wrapper = 16; /* zlib.h: added to windowBits; its header's mtime is 0 */
    struct gzip_sink *self;
    int status;

    *out = NULL;
    if (level < 1 || level > 9)
        return err_new(ERR_USAGE, "gzip level %d is not between 1 and 9", level);
    self = mem_new(1, sizeof(*self));
    status = deflateInit2(&self->stream, level, Z_DEFLATED, MAX_WBITS + gzip_wrapper, 8,
                          Z_DEFAULT_STRATEGY);
    if (status != Z_OK) {
        free(self);
        return err_new(ERR_FAILED, "gzip: zlib does not start (status %d)", status);
    }
    self->sink.ops = &gzip_ops;
    self->sink.next = next;
    *out = &self->sink;
    return NULL;
}
