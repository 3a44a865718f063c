#include "base/mem.h"
#include "orchestrator/stream/sink.h"
#include <stdlib.h>

struct digest_sink {
    struct sink sink;
    struct sha256 *sha;
    uint64_t bytes;
    struct digest_result *result;
};

static struct err *digest_write(struct sink *sink, const uint8_t *data, size_t len)
{
    struct digest_sink *self = (struct digest_sink *)sink;

    sha256_add(self->sha, data, len);
    self->bytes += len;
    return sink_write(sink->next, data, len);
}

/* The result is filled only after the store's own success: a digest of bytes that never reached
 * the disk must not be taken for one that did. */
static struct err *digest_finish(struct sink *sink)
{
    struct digest_sink *self = (struct digest_sink *)sink;

    PASS(sink_finish(sink->next));
    self->result->bytes = self->bytes;
    sha256_hex(self->sha, self->result->sha256);
    return NULL;
}

static void digest_drop(struct sink *sink)
{
    struct digest_sink *self = (struct digest_sink *)sink;

    sink_drop(sink->next);
    sha256_free(self->sha);
    free(self);
}

static const struct sink_ops digest_ops = {
    .name = "digest",
    .write = digest_write,
    .finish = digest_finish,
    .drop = digest_drop,
};

struct sink *digest_sink_new(struct digest_result *result, struct sink *next)
{
    struct digest_sink *self = mem_new(1, sizeof(*self));

    self->sink.ops = &digest_ops;
    self->sink.next = next;
    self->sha = sha256_new();
    self->result = result;
    return &self->sink;
}
