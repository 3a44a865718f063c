/* orchestrator/stream/decoder.h: streaming decompression.
 *
 * Layer: orchestrator/stream. Pure: bytes in, bytes out through a callback, in pieces of at
 * most DECODER_BLOCK_BYTES; memory is bounded whatever the input says (zstd windows above 128
 * MiB are refused as ERR_TOO_LARGE).
 */
#ifndef PGKEEP_ORCHESTRATOR_STREAM_DECODER_H
#define PGKEEP_ORCHESTRATOR_STREAM_DECODER_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define DECODER_BLOCK_BYTES ((size_t)64 << 10)

enum decoder_kind {
    DECODER_NONE,
    DECODER_ZLIB, /* what pg_dump's custom format calls gzip: zlib wrapper */
    DECODER_GZIP, /* a .gz file; several members in a row are one stream */
    DECODER_ZSTD,
    DECODER_LZ4, /* LZ4 frame */
};

struct decoder;

typedef struct err *decoder_output(void *ctx, const uint8_t *data, size_t len);

struct decoder *decoder_new(enum decoder_kind kind) MUST_USE;

/* Starts a new stream, keeping the memory. */
void decoder_reset(struct decoder *decoder);

/* Decodes `len` bytes. ERR_PROTOCOL: the data is damaged, or goes on after the stream's end. */
MUST_USE struct err *decoder_feed(struct decoder *decoder, const uint8_t *data, size_t len,
                                  decoder_output *output, void *ctx);

/* ERR_CUT unless the compressed stream reached its end. */
MUST_USE struct err *decoder_finish(struct decoder *decoder);

void decoder_free(struct decoder *decoder);
void decoder_freep(struct decoder **decoder);

#endif
