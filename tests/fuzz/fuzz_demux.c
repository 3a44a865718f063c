/* tests/fuzz/fuzz_demux.c: the demultiplexer on hostile bytes, against a model of the format.
 *
 * Input: the pieces (fuzz.h), a byte that says after how many bytes of output the receiver
 * fails (in sixteens; 0: never), then the engine's stream.
 */
#include "docker-api/demux.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_BYTES (FUZZ_PIECES_BYTES + 1)
#define FRAME_HEADER_BYTES 8

struct outcome {
    bool whole;         /* the stream ended between two frames */
    enum err_kind kind; /* otherwise */
    uint64_t frames;
    uint64_t bytes[2]; /* of stdout and stderr */
    uint64_t digests[2];
    uint64_t limit; /* the receiver fails once stdout has that many bytes; 0: never */
};

struct run {
    struct demux demux;
    struct demux_handler handler;
    struct outcome outcome;
    bool refused; /* the receiver has failed: nobody may call it again */
};

static void take(struct outcome *outcome, int stream, const uint8_t *data, size_t len)
{
    outcome->bytes[stream] += len;
    fuzz_digest(&outcome->digests[stream], data, len);
}

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    FUZZ_CHECK(len > 0 && !run->refused);
    take(&run->outcome, 0, data, len);
    if (run->outcome.limit == 0 || run->outcome.bytes[0] < run->outcome.limit)
        return NULL;
    run->refused = true;
    return err_new(ERR_NO_SPACE, "no space");
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    FUZZ_CHECK(len > 0 && !run->refused);
    take(&run->outcome, 1, data, len);
    return NULL;
}

static struct err *feed(void *ctx, const uint8_t *data, size_t len)
{
    struct run *run = ctx;

    return demux_feed(&run->demux, &run->handler, data, len);
}

static struct outcome demultiplex(const uint8_t *data, size_t len, struct fuzz_pieces pieces,
                                  uint64_t limit)
{
    struct run run = {.handler = {on_stdout, on_stderr, &run}, .outcome.limit = limit};
    AUTO(err_freep) struct err *e = NULL;

    demux_init(&run.demux);
    e = fuzz_feed(&pieces, data, len, feed, &run);
    if (!e)
        e = demux_finish(&run.demux);
    run.outcome.whole = e == NULL;
    if (e)
        run.outcome.kind = e->kind;
    run.outcome.frames = run.demux.frames;
    return run.outcome;
}

static uint64_t big_endian(const uint8_t *bytes)
{
    return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 |
           bytes[3];
}

/* What the stream says, by the Engine API's description of it; the receiver never fails. */
static struct outcome expected(const uint8_t *data, size_t len)
{
    struct outcome outcome = {0};

    while (len >= FRAME_HEADER_BYTES) {
        const uint8_t *payload = data + FRAME_HEADER_BYTES;
        uint64_t announced = big_endian(data + 4);
        size_t left = len - FRAME_HEADER_BYTES;
        size_t there = announced < left ? (size_t)announced : left;

        outcome.kind = ERR_PROTOCOL;
        if (data[0] > 3 || data[1] || data[2] || data[3])
            return outcome;
        outcome.frames++;
        outcome.kind = ERR_FAILED;
        if (data[0] == 3 && (there > 0 || announced == 0))
            return outcome;
        if (data[0] != 3)
            take(&outcome, data[0] == 2, payload, there);
        outcome.kind = ERR_CUT;
        if (there < announced)
            return outcome;
        data = payload + there;
        len = left - there;
    }
    outcome.whole = len == 0;
    outcome.kind = outcome.whole ? ERR_FAILED : ERR_CUT;
    return outcome;
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    FUZZ_CHECK(a->whole == b->whole);
    FUZZ_CHECK(a->whole || a->kind == b->kind);
    FUZZ_CHECK(a->frames == b->frames);
    for (int i = 0; i < 2; i++)
        FUZZ_CHECK(a->bytes[i] == b->bytes[i] && a->digests[i] == b->digests[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;

    const struct fuzz_pieces pieces = fuzz_pieces_of(data);
    const uint64_t limit = (uint64_t)data[HEADER_BYTES - 1] * 16;
    const uint8_t *stream = data + HEADER_BYTES;
    const size_t len = size - HEADER_BYTES;
    struct outcome model = expected(stream, len);
    struct outcome whole = demultiplex(stream, len, (struct fuzz_pieces){0}, 0);
    struct outcome cut = demultiplex(stream, len, pieces, 0);

    compare(&model, &whole);
    compare(&model, &cut);
    if (limit == 0)
        return 0;
    whole = demultiplex(stream, len, pieces, limit);
    if (model.bytes[0] >= limit)
        FUZZ_CHECK(!whole.whole && whole.kind == ERR_NO_SPACE);
    else
        compare(&model, &whole);
    return 0;
}
