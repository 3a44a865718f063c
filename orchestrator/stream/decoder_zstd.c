#include "orchestrator/stream/decoder_codec.h"
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* 128 MiB: what `pg_dump --compress=zstd:long` and level 22 use. */
enum { WINDOW_LOG_MAX = 27 };

static void *open_zstd(void)
{
    ZSTD_DCtx *zstd = ZSTD_createDCtx();

    if (!zstd ||
        ZSTD_isError(ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        abort(); /* no memory, or a library that does not know its own parameter */
    return zstd;
}

static void reset_zstd(void *state)
{
    ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
}

static struct err *step_zstd(void *state, struct decoder_step *step)
{
    ZSTD_inBuffer in = {step->in, step->in_len, 0};
    ZSTD_outBuffer out = {step->out, step->out_size, 0};
    size_t result = ZSTD_decompressStream(state, &out, &in);

    step->in += in.pos;
    step->in_len -= in.pos;
    step->out_len = out.pos;
    step->ended = result == 0;
    if (!ZSTD_isError(result))
        return NULL;
    if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
        return err_new(ERR_TOO_LARGE, "zstd data needs a window above 128 MiB");
    return err_new(ERR_PROTOCOL, "zstd data is damaged: %s", ZSTD_getErrorName(result));
}

static void close_zstd(void *state)
{
    ZSTD_freeDCtx(state);
}

const struct decoder_codec decoder_zstd = {
    .name = "zstd",
    .open = open_zstd,
    .reset = reset_zstd,
    .step = step_zstd,
    .close = close_zstd,
};
