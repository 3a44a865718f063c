#include "base/mem.h"
#include "orchestrator/stream/decoder_codec.h"
#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

enum { ZLIB_WRAPPER = 15, GZIP_WRAPPER = 15 + 16 }; /* windowBits, see inflateInit2 */

static void *open_with(int window_bits)
{
    z_stream *z = mem_new(1, sizeof(*z));

    if (inflateInit2(z, window_bits) != Z_OK)
        abort(); /* only an old library or no memory */
    return z;
}

static void *open_zlib(void)
{
    return open_with(ZLIB_WRAPPER);
}

static void *open_gzip(void)
{
    return open_with(GZIP_WRAPPER);
}

static void reset_zlib(void *state)
{
    inflateReset(state);
}

static struct err *step_zlib(void *state, struct decoder_step *step)
{
    z_stream *z = state;
    uInt in_len = step->in_len < UINT_MAX ? (uInt)step->in_len : UINT_MAX;

    z->next_in = step->in;
    z->avail_in = in_len;
    z->next_out = step->out;
    z->avail_out = (uInt)step->out_size;
    int result = inflate(z, Z_NO_FLUSH);
    step->in += in_len - z->avail_in;
    step->in_len -= in_len - z->avail_in;
    step->out_len = step->out_size - z->avail_out;
    step->ended = result == Z_STREAM_END;
    /* Z_BUF_ERROR only says that there was nothing left to do. */
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return NULL;
    return err_new(ERR_PROTOCOL, "gzip data is damaged: %s",
                   z->msg ? z->msg : "preset dictionary");
}

static void close_zlib(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct decoder_codec decoder_zlib = {
    .name = "gzip", /* as pg_dump calls it */
    .open = open_zlib,
    .reset = reset_zlib,
    .step = step_zlib,
    .close = close_zlib,
};

const struct decoder_codec decoder_gzip = {
    .name = "gzip",
    .open = open_gzip,
    .reset = reset_zlib,
    .step = step_zlib,
    .close = close_zlib,
    .repeats = true,
};
