/* orchestrator/stream/sink.h: bytes are pushed down a chain of sinks.
 *
 * Layer: orchestrator/stream.
 *
 * Life: write*, then finish or nothing, then drop.
 *   finish  commits: flushes this stage, then the next. Only a store whose finish succeeded may
 *           leave an object visible.
 *   drop    frees the chain; without a successful finish it also undoes.
 * After any error the only legal call is drop. A slow store slows the source and nothing
 * queues. Measurements are taps that write into the caller's struct.
 */
#ifndef PGKEEP_ORCHESTRATOR_STREAM_SINK_H
#define PGKEEP_ORCHESTRATOR_STREAM_SINK_H

#include "base/err.h"
#include "base/sha256.h"
#include <stddef.h>
#include <stdint.h>

struct sink;

struct sink_ops {
    const char *name; /* shows in errors: "gzip at byte 4096" */
    struct err *(*write)(struct sink *sink, const uint8_t *data, size_t len); /* all or error */
    struct err *(*finish)(struct sink *sink);
    void (*drop)(struct sink *sink); /* must not fail; drops the next sink too */
};

/* The head of every sink: the first member of the stage's own struct. */
struct sink {
    const struct sink_ops *ops;
    struct sink *next; /* owned; NULL at the store */
};

MUST_USE struct err *sink_write(struct sink *sink, const void *data, size_t len);
MUST_USE struct err *sink_finish(struct sink *sink);
void sink_drop(struct sink *sink);
void sink_dropp(struct sink **sink);

/* The store: a new file, fsynced by finish, removed by drop if finish did not succeed. */
MUST_USE struct err *file_sink_new(const char *path, struct sink **out);

/* A tap that hashes and counts what passes; *result, which must outlive the sink, is filled by
 * a finish that succeeded. Takes over `next`, which may be NULL: then it only measures. */
struct digest_result {
    uint64_t bytes;
    char sha256[SHA256_HEX_SIZE];
};
struct sink *digest_sink_new(struct digest_result *result, struct sink *next) MUST_USE;

/* A stage that gzips (level 1 to 9; the header's time is 0, so equal input gives equal bytes).
 * Takes over `next` on success; on error (ERR_USAGE: the level) it stays the caller's. */
MUST_USE struct err *gzip_sink_new(int level, struct sink *next, struct sink **out);

#endif
