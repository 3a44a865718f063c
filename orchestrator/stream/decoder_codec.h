/* orchestrator/stream/decoder_codec.h: what one compression brings to the decoder.
 *
 * Layer: orchestrator/stream, behind decoder.h. A codec decodes step by step into a block that
 * the decoder lends it; it knows nothing of callbacks.
 */
#ifndef PGKEEP_ORCHESTRATOR_STREAM_DECODER_CODEC_H
#define PGKEEP_ORCHESTRATOR_STREAM_DECODER_CODEC_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One step: the codec moves `in` forward, fills `out`, and says when the stream has ended. */
struct decoder_step {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_size;
    size_t out_len;
    bool ended;
};

struct decoder_codec {
    const char *name; /* shows in errors: "zstd data is damaged" */
    void *(*open)(void);
    void (*reset)(void *state);
    /* Errors: ERR_PROTOCOL damaged; ERR_TOO_LARGE more memory than allowed. */
    struct err *(*step)(void *state, struct decoder_step *step);
    void (*close)(void *state);
    bool repeats; /* streams may follow one another */
};

extern const struct decoder_codec decoder_zlib;
extern const struct decoder_codec decoder_gzip;
extern const struct decoder_codec decoder_zstd;
extern const struct decoder_codec decoder_lz4;

#endif
