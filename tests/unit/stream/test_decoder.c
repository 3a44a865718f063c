#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/stream/decoder.h"
#include <lz4frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

enum { PLAIN_BYTES = 300000, STREAM_MAX = 400000 };

static char plain[PLAIN_BYTES]; /* some of it repeats, some does not */

struct stream {
    enum decoder_kind kind;
    char data[STREAM_MAX];
    size_t len;
};

static void deflate_into(struct stream *stream, int window_bits, size_t len)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)plain;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)stream->data + stream->len;
    z.avail_out = (uInt)(STREAM_MAX - stream->len);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    stream->len = STREAM_MAX - z.avail_out;
    deflateEnd(&z);
}

static void compress_into(struct stream *stream, enum decoder_kind kind, size_t len)
{
    stream->kind = kind;
    stream->len = 0;
    switch (kind) {
    case DECODER_ZLIB:
        deflate_into(stream, 15, len);
        break;
    case DECODER_GZIP:
        deflate_into(stream, 15 + 16, len);
        break;
    case DECODER_ZSTD:
        stream->len = ZSTD_compress(stream->data, STREAM_MAX, plain, len, 3);
        break;
    case DECODER_LZ4:
        stream->len = LZ4F_compressFrame(stream->data, STREAM_MAX, plain, len, NULL);
        break;
    case DECODER_NONE:
        memcpy(stream->data, plain, len);
        stream->len = len;
        break;
    }
}

struct output {
    struct buf text;
    bool fail;
};

static struct err *collect(void *ctx, const uint8_t *data, size_t len)
{
    struct output *output = ctx;

    assert_in_range(len, 1, DECODER_BLOCK_BYTES);
    if (output->fail)
        return err_new(ERR_NO_SPACE, "no space");
    return buf_append(&output->text, data, len);
}

static struct err *decode(struct decoder *decoder, const char *data, size_t len, size_t piece,
                          struct output *output)
{
    for (size_t at = 0; at < len; at += piece) {
        size_t take = len - at < piece ? len - at : piece;

        PASS(decoder_feed(decoder, (const uint8_t *)data + at, take, collect, output));
    }
    return decoder_finish(decoder);
}

static struct stream stream;
static const enum decoder_kind kinds[] = {DECODER_NONE, DECODER_ZLIB, DECODER_GZIP,
                                          DECODER_ZSTD, DECODER_LZ4};

static void every_kind_comes_back_equal_in_pieces_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 2, 100, 4096, STREAM_MAX};
    static const size_t sizes[] = {1, 65535, 65536, 65537, 2 * 65536, PLAIN_BYTES};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
        for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
            for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
                AUTO(decoder_freep) struct decoder *decoder = decoder_new(kinds[k]);
                struct output output = {.text = BUF_INIT(PLAIN_BYTES)};

                compress_into(&stream, kinds[k], sizes[s]);
                assert_null(decode(decoder, stream.data, stream.len, pieces[p], &output));
                assert_int_equal(output.text.len, sizes[s]);
                assert_memory_equal(output.text.data, plain, sizes[s]);
                buf_clear(&output.text);
            }
}

static void a_stream_cut_anywhere_is_cut(void **state)
{
    (void)state;
    for (size_t k = 1; k < ARRAY_LEN(kinds); k++) {
        compress_into(&stream, kinds[k], 300);
        for (size_t len = 0; len < stream.len; len++) {
            AUTO(decoder_freep) struct decoder *decoder = decoder_new(kinds[k]);
            struct output output = {.text = BUF_INIT(PLAIN_BYTES)};
            AUTO(err_freep) struct err *e =
                decode(decoder, stream.data, len, STREAM_MAX, &output);

            assert_true(err_is(e, ERR_CUT));
            buf_clear(&output.text);
        }
    }
}

static void bytes_after_the_end_are_damage(void **state)
{
    static const char after[] = {'x', '\0'};

    (void)state;
    for (size_t k = 1; k < ARRAY_LEN(kinds); k++)
        for (size_t a = 0; a < ARRAY_LEN(after); a++) {
            AUTO(decoder_freep) struct decoder *decoder = decoder_new(kinds[k]);
            struct output output = {.text = BUF_INIT(PLAIN_BYTES)};

            compress_into(&stream, kinds[k], 300);
            memset(stream.data + stream.len, after[a], 32);
            AUTO(err_freep) struct err *e =
                decode(decoder, stream.data, stream.len + 32, STREAM_MAX, &output);
            assert_true(err_is(e, ERR_PROTOCOL));
            buf_clear(&output.text);
        }
}

static void gzip_members_follow_one_another(void **state)
{
    static const size_t pieces[] = {1, 3, STREAM_MAX};

    (void)state;
    for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
        AUTO(decoder_freep) struct decoder *decoder = decoder_new(DECODER_GZIP);
        struct output output = {.text = BUF_INIT(PLAIN_BYTES)};

        compress_into(&stream, DECODER_GZIP, 300);
        deflate_into(&stream, 15 + 16, 200);
        assert_null(decode(decoder, stream.data, stream.len, pieces[p], &output));
        assert_int_equal(output.text.len, 500);
        assert_memory_equal(output.text.data + 300, plain, 200);
        buf_clear(&output.text);
    }
}

static void a_decoder_serves_again_after_reset(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        AUTO(decoder_freep) struct decoder *decoder = decoder_new(kinds[k]);

        compress_into(&stream, kinds[k], 70000);
        for (size_t cut = 0; cut < 2; cut++) {
            struct output output = {.text = BUF_INIT(PLAIN_BYTES)};

            err_free(decode(decoder, stream.data, stream.len / 2, STREAM_MAX, &output));
            decoder_reset(decoder);
            buf_reset(&output.text);
            assert_null(decode(decoder, stream.data, stream.len, STREAM_MAX, &output));
            assert_int_equal(output.text.len, 70000);
            decoder_reset(decoder);
            buf_clear(&output.text);
        }
    }
}

static void an_error_of_the_output_comes_back(void **state)
{
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        AUTO(decoder_freep) struct decoder *decoder = decoder_new(kinds[k]);
        struct output output = {.text = BUF_INIT(PLAIN_BYTES), .fail = true};

        compress_into(&stream, kinds[k], 300);
        AUTO(err_freep) struct err *e =
            decode(decoder, stream.data, stream.len, STREAM_MAX, &output);
        assert_true(err_is(e, ERR_NO_SPACE));
        buf_clear(&output.text);
    }
}

static void a_zstd_window_above_the_limit_is_too_large(void **state)
{
    /* Magic, a descriptor without content size, a window of 2^28 (RFC 8878, 3.1.1.1). */
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, (28 - 10) << 3, 1, 0, 0};
    AUTO(decoder_freep) struct decoder *decoder = decoder_new(DECODER_ZSTD);
    struct output output = {.text = BUF_INIT(PLAIN_BYTES)};
    AUTO(err_freep) struct err *e =
        decoder_feed(decoder, frame, sizeof(frame), collect, &output);

    (void)state;
    assert_true(err_is(e, ERR_TOO_LARGE));
}

static int fill(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < PLAIN_BYTES; i++) {
        random = random * 1664525 + 1013904223;
        plain[i] = i % 4096 < 2048 ? (char)(random >> 24) : (char)('a' + i % 7);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_equal_in_pieces_of_any_size),
        cmocka_unit_test(a_stream_cut_anywhere_is_cut),
        cmocka_unit_test(bytes_after_the_end_are_damage),
        cmocka_unit_test(gzip_members_follow_one_another),
        cmocka_unit_test(a_decoder_serves_again_after_reset),
        cmocka_unit_test(an_error_of_the_output_comes_back),
        cmocka_unit_test(a_zstd_window_above_the_limit_is_too_large),
    };

    return cmocka_run_group_tests(tests, fill, NULL);
}
