/* tests/unit/docker-api/test_endpoint.c: DOCKER_HOST in all its forms. */
#include "docker-api/endpoint.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_url(const char *host, bool tls, const char *base_url)
{
    AUTO(endpoint_clear) struct endpoint endpoint;
    struct engine_spec spec = {.host = host, .tls = tls, .cert_path = "/nonexistent"};

    assert_null(endpoint_parse(&spec, &endpoint));
    assert_string_equal(endpoint.base_url, base_url);
}

static void a_host_becomes_the_url_that_docker_means_by_it(void **state)
{
    assert_url("tcp://db.example:2375", false, "http://db.example:2375");
    assert_url("tcp://db.example:2376/", true, "https://db.example:2376");
    assert_url("tcp://db.example", false, "http://db.example:2375");
    assert_url("tcp://db.example", true, "https://db.example:2376");
    assert_url("tcp://[::1]", false, "http://[::1]:2375");
    assert_url("tcp://[::1]:77", false, "http://[::1]:77");
    assert_url("https://db.example:1", false, "https://db.example:1");
}

static void no_host_means_the_usual_socket(void **state)
{
    AUTO(endpoint_clear) struct endpoint endpoint;
    struct engine_spec spec = {.host = ""};

    assert_null(endpoint_parse(&spec, &endpoint));
    assert_string_equal(endpoint.socket_path, "/var/run/docker.sock");
}

static void a_host_that_makes_no_sense_is_a_usage_error_with_a_hint(void **state)
{
    char longer[300] = "unix:///";
    const char *const hosts[] = {
        "ssh://host",  "npipe:////./pipe/x",
        "docker.sock", "unix://relative",
        "tcp://",      "tcp:///",
        "tcp://a/b/c", "tcp://user@host:1",
        longer,
    };

    memset(longer + 8, 'a', 250);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        AUTO(endpoint_clear) struct endpoint endpoint;
        struct engine_spec spec = {.host = hosts[i]};
        AUTO(err_freep) struct err *e = endpoint_parse(&spec, &endpoint);

        assert_true(err_is(e, ERR_USAGE));
        assert_non_null(err_hint_of(e));
    }
}

static void a_missing_certificate_authority_is_named(void **state)
{
    AUTO(endpoint_clear) struct endpoint endpoint;
    struct engine_spec spec = {
        .host = "tcp://a:1", .tls_verify = true, .cert_path = "/nonexistent"};
    AUTO(err_freep) struct err *e = endpoint_parse(&spec, &endpoint);

    assert_true(err_is(e, ERR_USAGE));
    assert_non_null(strstr(e->message, "/nonexistent/ca.pem"));
}

static void https_is_checked_whatever_the_environment_says(void **state)
{
    struct engine_spec spec = {.host = "https://db.example:2376", .cert_path = "/nonexistent"};

    for (int tls = 0; tls < 2; tls++) {
        AUTO(endpoint_clear) struct endpoint endpoint;

        spec.tls = tls;
        assert_null(endpoint_parse(&spec, &endpoint));
        assert_true(endpoint.tls);
        assert_true(endpoint.tls_verify);
        assert_null(endpoint.ca); /* the system's authorities */
    }
}

static void tcp_is_checked_where_it_was_asked_for(void **state)
{
    AUTO(endpoint_clear) struct endpoint plain;
    AUTO(endpoint_clear) struct endpoint unchecked;
    struct engine_spec spec = {.host = "tcp://db.example", .cert_path = "/nonexistent"};

    assert_null(endpoint_parse(&spec, &plain));
    assert_false(plain.tls);
    spec.tls = true;
    assert_null(endpoint_parse(&spec, &unchecked));
    assert_true(unchecked.tls);
    assert_false(unchecked.tls_verify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_becomes_the_url_that_docker_means_by_it),
        cmocka_unit_test(no_host_means_the_usual_socket),
        cmocka_unit_test(a_host_that_makes_no_sense_is_a_usage_error_with_a_hint),
        cmocka_unit_test(a_missing_certificate_authority_is_named),
        cmocka_unit_test(https_is_checked_whatever_the_environment_says),
        cmocka_unit_test(tcp_is_checked_where_it_was_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
