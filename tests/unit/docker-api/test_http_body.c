/* tests/unit/docker-api/test_http_body.c: the three framings of a body. */
#include "base/buf.h"
#include "docker-api/http_body.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char chunks[] = "3\r\nabc\r\n0A;ext=\"1\"\r\n0123456789\r\n1 \r\nz\r\n"
                             "00\r\nTrailer: x\r\n\r\n";

static struct err *on_data(void *ctx, const uint8_t *data, size_t len)
{
    return buf_append(ctx, data, len);
}

static struct err *refuse(void *ctx, const uint8_t *data, size_t len)
{
    return err_new(ERR_NO_SPACE, "disk full");
}

static struct http_body begin(int status, bool chunked, int64_t length)
{
    struct http_head head = {.status = status, .chunked = chunked, .content_length = length};
    struct http_body body;

    http_body_init(&body, &head);
    return body;
}

static struct err *feed(struct http_body *body, const char *text, size_t len, struct buf *out)
{
    return http_body_feed(body, (const uint8_t *)text, len, on_data, out);
}

static void chunks_split_at_any_byte_give_the_same_bytes(void **state)
{
    for (size_t at = 0; at <= strlen(chunks); at++) {
        AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
        struct http_body body = begin(200, true, -1);

        assert_null(feed(&body, chunks, at, &out));
        assert_null(feed(&body, chunks + at, strlen(chunks) - at, &out));
        assert_null(http_body_finish(&body));
        assert_int_equal(body.state, HTTP_BODY_DONE);
        assert_string_equal(buf_text(&out), "abc0123456789z");
    }
}

static void chunks_cut_at_any_byte_are_found(void **state)
{
    for (size_t at = 0; at < strlen(chunks); at++) {
        AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
        AUTO(err_freep) struct err *e = NULL;
        struct http_body body = begin(200, true, -1);

        assert_null(feed(&body, chunks, at, &out));
        e = http_body_finish(&body);
        assert_true(err_is(e, ERR_CUT));
    }
}

static void bytes_behind_the_last_chunk_are_no_payload(void **state)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    struct http_body body = begin(200, true, -1);

    assert_null(feed(&body, "1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", 27, &out));
    assert_string_equal(buf_text(&out), "a");
    assert_null(http_body_finish(&body));
}

static void broken_chunks_are_refused(void **state)
{
    static const char *const texts[] = {
        "\r\n",   "x\r\n",       "-1\r\n", "3\r\nabcd", "1234567890abcdef0\r\n",
        ";a\r\n", "3 3\r\nabcX",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
        AUTO(err_freep) struct err *e = NULL;
        struct http_body body = begin(200, true, -1);

        e = feed(&body, texts[i], strlen(texts[i]), &out);
        assert_true(err_is(e, ERR_PROTOCOL));
    }
}

static void an_endless_chunk_extension_or_trailer_is_refused(void **state)
{
    static const char *const starts[] = {"1;", "0\r\nA"};

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
        struct http_body body = begin(200, true, -1);
        struct err *e = feed(&body, starts[i], strlen(starts[i]), &out);

        for (int n = 0; !e && n < 100000; n++)
            e = feed(&body, "a", 1, &out);
        assert_true(err_is(e, ERR_PROTOCOL));
        err_free(e);
    }
}

static void a_length_ends_the_body_and_a_shorter_one_is_cut(void **state)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    AUTO(err_freep) struct err *e = NULL;
    struct http_body body = begin(200, false, 5);

    assert_null(feed(&body, "abcd", 4, &out));
    e = http_body_finish(&body);
    assert_true(err_is(e, ERR_CUT));
    assert_null(feed(&body, "efg", 3, &out));
    assert_null(http_body_finish(&body));
    assert_string_equal(buf_text(&out), "abcde");
}

static void an_upgraded_stream_runs_until_close_whatever_its_headers_say(void **state)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    struct http_body body = begin(101, true, 3);

    assert_null(feed(&body, "0\r\n\r\nmore", 9, &out));
    assert_int_equal(out.len, 9);
    assert_null(http_body_finish(&body));
}

static void an_error_of_the_receiver_is_given_back(void **state)
{
    struct http_body body = begin(200, true, -1);
    AUTO(err_freep) struct err *e =
        http_body_feed(&body, (const uint8_t *)chunks, strlen(chunks), refuse, NULL);

    assert_true(err_is(e, ERR_NO_SPACE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_split_at_any_byte_give_the_same_bytes),
        cmocka_unit_test(chunks_cut_at_any_byte_are_found),
        cmocka_unit_test(bytes_behind_the_last_chunk_are_no_payload),
        cmocka_unit_test(broken_chunks_are_refused),
        cmocka_unit_test(an_endless_chunk_extension_or_trailer_is_refused),
        cmocka_unit_test(a_length_ends_the_body_and_a_shorter_one_is_cut),
        cmocka_unit_test(an_upgraded_stream_runs_until_close_whatever_its_headers_say),
        cmocka_unit_test(an_error_of_the_receiver_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
