/* tests/fuzz/fuzz_demux.c: the demultiplexer on hostile bytes.
 *
 * The first byte says into what pieces the rest is cut. However it is cut, the same bytes come
 * out, and no more than went in.
 */
#include "docker-api/demux.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counted {
    uint64_t out, err, sum;
};

static uint64_t add_up(uint64_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct counted *counted = ctx;

    counted->out += len;
    counted->sum = add_up(counted->sum, data, len);
    return NULL;
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct counted *counted = ctx;

    counted->err += len;
    return NULL;
}

static struct counted demultiplex(const uint8_t *data, size_t size, size_t piece, bool *failed)
{
    struct counted counted = {0};
    struct demux_handler handler = {on_stdout, on_stderr, &counted};
    struct demux demux;
    struct err *e = NULL;

    demux_init(&demux);
    for (size_t at = 0; at < size && !e; at += piece)
        e = demux_feed(&demux, &handler, data + at, size - at < piece ? size - at : piece);
    if (!e)
        e = demux_finish(&demux);
    *failed = e != NULL;
    err_free(e);
    return counted;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool failed_whole, failed_pieces;

    if (size < 2)
        return 0;
    struct counted whole = demultiplex(data + 1, size - 1, size, &failed_whole);
    struct counted pieces = demultiplex(data + 1, size - 1, data[0] + 1u, &failed_pieces);
    if (whole.out + whole.err > size || failed_whole != failed_pieces ||
        whole.out != pieces.out || whole.err != pieces.err || whole.sum != pieces.sum)
        abort();
    return 0;
}
