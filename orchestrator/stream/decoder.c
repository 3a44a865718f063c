#include "orchestrator/stream/decoder.h"
#include "base/mem.h"
#include "orchestrator/stream/decoder_codec.h"
#include <stdlib.h>

struct decoder {
    const struct decoder_codec *codec; /* NULL: bytes pass as they are */
    void *state;
    bool ended; /* the stream is whole so far */
    uint8_t *block;
};

static const struct decoder_codec *codec_of(enum decoder_kind kind)
{
    switch (kind) {
    case DECODER_ZLIB:
        return &decoder_zlib;
    case DECODER_GZIP:
        return &decoder_gzip;
    case DECODER_ZSTD:
        return &decoder_zstd;
    case DECODER_LZ4:
        return &decoder_lz4;
    case DECODER_NONE:
        break;
    }
    return NULL;
}

struct decoder *decoder_new(enum decoder_kind kind)
{
    struct decoder *decoder = mem_new(1, sizeof(*decoder));

    decoder->codec = codec_of(kind);
    if (decoder->codec) {
        decoder->state = decoder->codec->open();
        decoder->block = mem_new(DECODER_BLOCK_BYTES, 1);
    }
    return decoder;
}

void decoder_reset(struct decoder *decoder)
{
    if (decoder->codec)
        decoder->codec->reset(decoder->state);
    decoder->ended = false;
}

static struct err *pass_on(const uint8_t *data, size_t len, decoder_output *output, void *ctx)
{
    while (len > 0) {
        size_t piece = len < DECODER_BLOCK_BYTES ? len : DECODER_BLOCK_BYTES;

        PASS(output(ctx, data, piece));
        data += piece;
        len -= piece;
    }
    return NULL;
}

/* Bytes come after a stream's end: a further stream, or an error. */
static struct err *begin_again(struct decoder *decoder)
{
    if (!decoder->codec->repeats)
        return err_new(ERR_PROTOCOL, "%s data goes on after its end", decoder->codec->name);
    decoder_reset(decoder);
    return NULL;
}

/* Decodes one block's worth and hands it on. */
static struct err *decode_block(struct decoder *decoder, struct decoder_step *step,
                                decoder_output *output, void *ctx)
{
    size_t before = step->in_len;

    if (decoder->ended)
        PASS(begin_again(decoder));
    step->out = decoder->block;
    step->out_size = DECODER_BLOCK_BYTES;
    step->out_len = 0;
    step->ended = false;
    PASS(decoder->codec->step(decoder->state, step));
    decoder->ended = step->ended;
    if (step->out_len > 0)
        return output(ctx, decoder->block, step->out_len);
    if (step->in_len == before && before > 0 && !step->ended)
        return err_new(ERR_PROTOCOL, "%s data makes no progress", decoder->codec->name);
    return NULL;
}

struct err *decoder_feed(struct decoder *decoder, const uint8_t *data, size_t len,
                         decoder_output *output, void *ctx)
{
    struct decoder_step step = {.in = data, .in_len = len};

    if (!decoder->codec)
        return pass_on(data, len, output, ctx);
    /* A block that came out full may have more behind it, even with no input left. */
    while (step.in_len > 0 || (!decoder->ended && step.out_len == DECODER_BLOCK_BYTES))
        PASS(decode_block(decoder, &step, output, ctx));
    return NULL;
}

struct err *decoder_finish(struct decoder *decoder)
{
    if (decoder->codec && !decoder->ended)
        return err_new(ERR_CUT, "%s data ends before its end", decoder->codec->name);
    return NULL;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->codec)
        decoder->codec->close(decoder->state);
    free(decoder->block);
    free(decoder);
}

void decoder_freep(struct decoder **decoder)
{
    decoder_free(*decoder);
    *decoder = NULL;
}
