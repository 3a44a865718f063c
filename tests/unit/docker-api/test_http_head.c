/* tests/unit/docker-api/test_http_head.c: heads of HTTP responses. */
#include "docker-api/http_head.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct err *feed(struct http_head *head, const char *text, size_t *used)
{
    http_head_init(head);
    return http_head_feed(head, (const uint8_t *)text, strlen(text), used);
}

static void a_head_split_at_any_byte_reads_the_same(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-TYPE:  text/plain \r\n"
                               "Transfer-Encoding: gzip, chunked\r\n\r\nBODY";
    size_t len = strlen(text);

    for (size_t at = 0; at <= len; at++) {
        AUTO(http_head_clear) struct http_head head;
        size_t first;
        size_t second;

        http_head_init(&head);
        assert_null(http_head_feed(&head, (const uint8_t *)text, at, &first));
        assert_null(http_head_feed(&head, (const uint8_t *)text + first, len - first, &second));
        assert_true(head.done);
        assert_int_equal(first + second, len - 4);
        assert_int_equal(head.status, 200);
        assert_true(head.chunked);
        assert_string_equal(head.content_type, "text/plain");
        assert_int_equal(head.content_length, -1);
    }
}

static void a_head_cut_anywhere_is_not_done(void **state)
{
    static const char text[] = "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n";

    for (size_t at = 0; at < strlen(text); at++) {
        AUTO(http_head_clear) struct http_head head;
        size_t used;

        http_head_init(&head);
        assert_null(http_head_feed(&head, (const uint8_t *)text, at, &used));
        assert_false(head.done);
        assert_int_equal(used, at);
    }
}

static void interim_answers_are_passed_over_but_101_is_final(void **state)
{
    AUTO(http_head_clear) struct http_head head;
    size_t used;

    assert_null(feed(&head,
                     "HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n"
                     "HTTP/1.1 101 Switching Protocols\r\n\r\n\x01",
                     &used));
    assert_true(head.done);
    assert_int_equal(head.status, 101);
    assert_int_equal(head.content_length, -1);
}

static void bare_line_feeds_and_a_missing_reason_are_accepted(void **state)
{
    AUTO(http_head_clear) struct http_head head;
    size_t used;

    assert_null(feed(&head, "HTTP/1.0 404\nContent-Length: 12\n\n", &used));
    assert_true(head.done);
    assert_int_equal(head.status, 404);
    assert_int_equal(head.content_length, 12);
}

static void what_is_not_http_is_refused(void **state)
{
    static const char *const texts[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n",
        "HTTP/1.1 200 OK\r\n: empty name\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(http_head_clear) struct http_head head;
        AUTO(err_freep) struct err *e = NULL;
        size_t used;

        e = feed(&head, texts[i], &used);
        assert_true(err_is(e, ERR_PROTOCOL));
    }
}

static void an_endless_head_is_refused_at_the_cap(void **state)
{
    AUTO(http_head_clear) struct http_head head;
    AUTO(err_freep) struct err *e = NULL;
    size_t used;

    e = feed(&head, "HTTP/1.1 200 OK\r\n", &used);
    for (size_t i = 0; !e && i < HTTP_HEAD_MAX_BYTES; i++)
        e = http_head_feed(&head, (const uint8_t *)"A: b\r\n", 6, &used);
    assert_true(err_is(e, ERR_TOO_LARGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_split_at_any_byte_reads_the_same),
        cmocka_unit_test(a_head_cut_anywhere_is_not_done),
        cmocka_unit_test(interim_answers_are_passed_over_but_101_is_final),
        cmocka_unit_test(bare_line_feeds_and_a_missing_reason_are_accepted),
        cmocka_unit_test(what_is_not_http_is_refused),
        cmocka_unit_test(an_endless_head_is_refused_at_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
