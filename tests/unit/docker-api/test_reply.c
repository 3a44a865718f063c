/* tests/unit/docker-api/test_reply.c: the engine's own words reach the user. */
#include "base/mem.h"
#include "docker-api/reply.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct reply make(int status, const char *body)
{
    return (struct reply){.status = status,
                          .method = "GET",
                          .path = "/x",
                          .body = body,
                          .len = body ? strlen(body) : 0};
}

static void assert_message(int status, const char *body, enum err_kind kind, const char *text)
{
    struct reply reply = make(status, body);
    AUTO(err_freep) struct err *e = reply_error(&reply);

    assert_int_equal(e->kind, kind);
    assert_string_equal(e->message, text);
}

static void the_message_of_json_is_shown(void **state)
{
    assert_message(404, "{\"message\":\"No such container: app\"}\n", ERR_NOT_FOUND,
                   "No such container: app");
    assert_message(409, "{\"message\":\"is not\\nrunning\"}", ERR_CONFLICT, "is not running");
    assert_message(400, "{\"message\":\"client version 1.43 is too old\"}", ERR_FAILED,
                   "client version 1.43 is too old");
    assert_message(501, "{\"message\":\"no\"}", ERR_UNSUPPORTED,
                   "the engine answered 501 to GET /x: no");
}

static void an_html_page_becomes_one_short_line(void **state)
{
    assert_message(502,
                   "\n<html><head><title>502 Bad Gateway</title><style>p {\n}</style>"
                   "<script>if (a < b) c();</script></head>\r\n<body><h1>502 Bad\nGateway</h1>"
                   "<hr>nginx</body></html>",
                   ERR_FAILED, "the engine answered 502 to GET /x: 502 Bad Gateway nginx");
    assert_message(500, "<html", ERR_FAILED, "the engine answered 500 to GET /x");
    assert_message(500, "<style>never closed", ERR_FAILED, "the engine answered 500 to GET /x");
}

static void plain_text_and_no_text_are_shown_as_they_are(void **state)
{
    assert_message(400, "Client sent an HTTP request to an HTTPS server.\n", ERR_FAILED,
                   "Client sent an HTTP request to an HTTPS server.");
    assert_message(404, NULL, ERR_NOT_FOUND, "the engine answered 404 to GET /x");
    assert_message(404, "{\"other\": 1}", ERR_NOT_FOUND, "{\"other\": 1}");
}

static void a_redirect_means_that_no_object_has_this_name(void **state)
{
    assert_message(301, NULL, ERR_NOT_FOUND, "the engine answered 301 to GET /x");
}

static void a_refusal_by_a_socket_proxy_has_a_hint(void **state)
{
    struct reply reply = make(403, "<h1>403 Forbidden</h1>");
    AUTO(err_freep) struct err *e = reply_error(&reply);

    assert_int_equal(e->kind, ERR_DENIED);
    assert_non_null(strstr(e->hint, " with X=1"));
    assert_string_equal(e->message, "the engine answered 403 to GET /x: 403 Forbidden");
    err_freep(&e);
    reply.method = "POST";
    reply.path = "/exec/0123/start";
    e = reply_error(&reply);
    assert_non_null(strstr(e->hint, " with EXEC=1 and POST=1"));
    err_freep(&e);
    reply.method = "GET";
    reply.path = "/_ping";
    e = reply_error(&reply);
    assert_non_null(strstr(e->hint, " with PING=1"));
}

static void plain_http_to_a_port_of_tls_has_a_hint(void **state)
{
    static const char *const bodies[] = {
        "Client sent an HTTP request to an HTTPS server.\n",
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>"
        "<body><center><h1>400 Bad Request</h1></center>"
        "<center>The plain HTTP request was sent to HTTPS port</center></body></html>"};

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct reply reply = make(400, bodies[i]);
        AUTO(err_freep) struct err *e = reply_error(&reply);

        assert_non_null(strstr(err_hint_of(e), "DOCKER_TLS_VERIFY=1"));
    }
}

static void a_long_text_is_cut_between_characters(void **state)
{
    for (size_t shift = 0; shift < 3; shift++) {
        AUTO(mem_freep) char *body = mem_new(2000, 1);
        AUTO(mem_freep) char *text = NULL;
        struct reply reply;

        memset(body, 'a', shift);
        for (size_t i = 0; i < 600; i++)
            memcpy(body + shift + i * 3, "\xe2\x82\xac", 3);
        reply = make(500, body);
        text = reply_text(&reply);
        assert_true(strlen(text) <= 500 && strlen(text) > 490);
        assert_int_equal((strlen(text) - shift) % 3, 0);
    }
}

static void control_bytes_never_reach_the_terminal(void **state)
{
    assert_message(400, "a\x1b[31mb\x07\tc", ERR_FAILED, "a [31mb c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_of_json_is_shown),
        cmocka_unit_test(an_html_page_becomes_one_short_line),
        cmocka_unit_test(plain_text_and_no_text_are_shown_as_they_are),
        cmocka_unit_test(a_redirect_means_that_no_object_has_this_name),
        cmocka_unit_test(a_refusal_by_a_socket_proxy_has_a_hint),
        cmocka_unit_test(plain_http_to_a_port_of_tls_has_a_hint),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(control_bytes_never_reach_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
