#include "orchestrator/stream/decoder_codec.h"
#include <lz4frame.h>
#include <stdlib.h>

static void *open_lz4(void)
{
    LZ4F_dctx *lz4 = NULL;

    if (LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION)))
        abort(); /* no memory */
    return lz4;
}

static void reset_lz4(void *state)
{
    LZ4F_resetDecompressionContext(state);
}

static struct err *step_lz4(void *state, struct decoder_step *step)
{
    size_t in_len = step->in_len;
    size_t out_len = step->out_size;
    size_t result = LZ4F_decompress(state, step->out, &out_len, step->in, &in_len, NULL);

    if (LZ4F_isError(result))
        return err_new(ERR_PROTOCOL, "lz4 data is damaged: %s", LZ4F_getErrorName(result));
    step->in += in_len;
    step->in_len -= in_len;
    step->out_len = out_len;
    step->ended = result == 0;
    return NULL;
}

static void close_lz4(void *state)
{
    LZ4F_freeDecompressionContext(state);
}

const struct decoder_codec decoder_lz4 = {
    .name = "lz4",
    .open = open_lz4,
    .reset = reset_lz4,
    .step = step_lz4,
    .close = close_lz4,
};
