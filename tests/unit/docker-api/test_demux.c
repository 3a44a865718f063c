/* tests/unit/docker-api/test_demux.c: frames of an attached stream. */
#include "base/buf.h"
#include "docker-api/demux.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    struct buf out;
    struct buf err;
};

static void seen_clear(struct seen *seen)
{
    buf_clear(&seen->out);
    buf_clear(&seen->err);
}

#define SEEN_INIT                                                                              \
    {                                                                                          \
        BUF_OWN_TEXT, BUF_OWN_TEXT                                                             \
    }

static struct err *on_stdout(void *ctx, const uint8_t *data, size_t len)
{
    return buf_append(&((struct seen *)ctx)->out, data, len);
}

static struct err *on_stderr(void *ctx, const uint8_t *data, size_t len)
{
    return buf_append(&((struct seen *)ctx)->err, data, len);
}

static struct err *refuse(void *ctx, const uint8_t *data, size_t len)
{
    return err_new(ERR_NO_SPACE, "disk full");
}

/* "abc" on stdout, "E!" on stderr, an empty frame, "d\0e" on stdout, "z" on 0. */
static const uint8_t stream[] = {
    1, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c', 2, 0,   0, 0,   0, 0, 0, 2, 'E', '!', 1, 0, 0,   0,
    0, 0, 0, 0, 1, 0, 0, 0, 0,   0,   0,   3, 'd', 0, 'e', 0, 0, 0, 0, 0,   0,   0, 1, 'z',
};
/* Offsets at which a frame ends, besides 0. */
static const size_t frame_ends[] = {11, 21, 29, 40, 49};

static void assert_whole(const struct seen *seen)
{
    assert_int_equal(seen->out.len, 7);
    assert_memory_equal(seen->out.data, "abcd\0ez", 7);
    assert_int_equal(seen->err.len, 2);
    assert_memory_equal(seen->err.data, "E!", 2);
}

static void frames_split_at_any_byte_give_the_same_bytes(void **state)
{
    for (size_t at = 0; at <= sizeof(stream); at++) {
        AUTO(seen_clear) struct seen seen = SEEN_INIT;
        struct demux_handler handler = {on_stdout, on_stderr, &seen};
        struct demux demux;

        demux_init(&demux);
        assert_null(demux_feed(&demux, &handler, stream, at));
        assert_null(demux_feed(&demux, &handler, stream + at, sizeof(stream) - at));
        assert_null(demux_finish(&demux));
        assert_int_equal(demux.frames, 5);
        assert_whole(&seen);
    }
}

static void frames_fed_byte_by_byte_give_the_same_bytes(void **state)
{
    AUTO(seen_clear) struct seen seen = SEEN_INIT;
    struct demux_handler handler = {on_stdout, on_stderr, &seen};
    struct demux demux;

    demux_init(&demux);
    for (size_t i = 0; i < sizeof(stream); i++)
        assert_null(demux_feed(&demux, &handler, stream + i, 1));
    assert_null(demux_finish(&demux));
    assert_whole(&seen);
}

static bool is_frame_end(size_t at)
{
    for (size_t i = 0; i < ARRAY_LEN(frame_ends); i++)
        if (frame_ends[i] == at)
            return true;
    return at == 0;
}

static void a_stream_cut_anywhere_but_between_frames_is_found(void **state)
{
    for (size_t at = 0; at <= sizeof(stream); at++) {
        struct demux_handler handler = {NULL, NULL, NULL};
        AUTO(err_freep) struct err *e = NULL;
        struct demux demux;

        demux_init(&demux);
        assert_null(demux_feed(&demux, &handler, stream, at));
        e = demux_finish(&demux);
        assert_int_equal(err_is(e, ERR_CUT), !is_frame_end(at));
    }
}

static void a_frame_of_four_gigabytes_is_not_buffered_and_its_cut_is_found(void **state)
{
    static const uint8_t header[] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t block[64 << 10];
    struct demux_handler handler = {NULL, NULL, NULL};
    AUTO(err_freep) struct err *e = NULL;
    struct demux demux;

    demux_init(&demux);
    assert_null(demux_feed(&demux, &handler, header, sizeof(header)));
    assert_int_equal(demux.frame_left, UINT32_MAX);
    for (int i = 0; i < 65535; i++)
        assert_null(demux_feed(&demux, &handler, block, sizeof(block)));
    assert_null(demux_feed(&demux, &handler, block, sizeof(block) - 2));
    e = demux_finish(&demux);
    assert_true(err_is(e, ERR_CUT));
    assert_non_null(strstr(e->message, "1 bytes too early"));
    assert_null(demux_feed(&demux, &handler, block, 1));
    assert_null(demux_finish(&demux));
}

static struct err *feed_header(const uint8_t header[8])
{
    struct demux_handler handler = {NULL, NULL, NULL};
    struct demux demux;

    demux_init(&demux);
    return demux_feed(&demux, &handler, header, 8);
}

static void an_unknown_stream_number_is_refused(void **state)
{
    for (int number = 4; number < 256; number++) {
        AUTO(err_freep) struct err *e =
            feed_header((const uint8_t[]){(uint8_t)number, 0, 0, 0, 0, 0, 0, 1});
        assert_true(err_is(e, ERR_PROTOCOL));
    }
}

static void padding_that_is_not_zero_is_refused(void **state)
{
    for (int at = 1; at <= 3; at++) {
        uint8_t header[8] = {1, 0, 0, 0, 0, 0, 0, 1};
        AUTO(err_freep) struct err *e = NULL;

        header[at] = 1;
        e = feed_header(header);
        assert_true(err_is(e, ERR_PROTOCOL));
    }
}

static void the_engines_own_error_frame_is_shown(void **state)
{
    static const uint8_t bytes[] = "\3\0\0\0\0\0\0\6broken\n";
    struct demux_handler handler = {NULL, NULL, NULL};
    AUTO(err_freep) struct err *e = NULL;
    struct demux demux;

    demux_init(&demux);
    e = demux_feed(&demux, &handler, bytes, sizeof(bytes) - 1);
    assert_true(err_is(e, ERR_FAILED));
    assert_string_equal(e->message, "the engine ended the stream: broken");
}

static void an_error_of_the_handler_is_given_back(void **state)
{
    struct demux_handler handler = {refuse, NULL, NULL};
    AUTO(err_freep) struct err *e = NULL;
    struct demux demux;

    demux_init(&demux);
    e = demux_feed(&demux, &handler, stream, sizeof(stream));
    assert_true(err_is(e, ERR_NO_SPACE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_split_at_any_byte_give_the_same_bytes),
        cmocka_unit_test(frames_fed_byte_by_byte_give_the_same_bytes),
        cmocka_unit_test(a_stream_cut_anywhere_but_between_frames_is_found),
        cmocka_unit_test(a_frame_of_four_gigabytes_is_not_buffered_and_its_cut_is_found),
        cmocka_unit_test(an_unknown_stream_number_is_refused),
        cmocka_unit_test(padding_that_is_not_zero_is_refused),
        cmocka_unit_test(the_engines_own_error_frame_is_shown),
        cmocka_unit_test(an_error_of_the_handler_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
