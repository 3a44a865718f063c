/* Through which relays a password may pass: those that end where psql got in. */
#include "orchestrator/session/tunnel_relay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Text that a literal would make constant. */
static struct server server_at(char *host)
{
    static char port[] = "5432";

    return (struct server){.psql_host = host, .psql_port = port};
}

static void a_relay_that_speaks_to_the_socket_ends_where_psql_did(void **state)
{
    char host[] = "/var/run/postgresql";
    struct server server = server_at(host);

    assert_true(tunnel_relay_takes_password(&server, "perl"));
    assert_true(tunnel_relay_takes_password(&server, "python3"));
    assert_true(tunnel_relay_takes_password(&server, "socat"));
    assert_false(tunnel_relay_takes_password(&server, "bash"));
    assert_false(tunnel_relay_takes_password(&server, "nc"));
    assert_false(tunnel_relay_takes_password(&server, "another"));
}

static void over_tcp_a_password_passes_where_psql_needed_it(void **state)
{
    char password[] = "secret";
    char loopback[] = "127.0.0.1";
    char elsewhere[] = "db";
    struct server at_loopback = server_at(loopback);
    struct server at_elsewhere = server_at(elsewhere);

    assert_false(tunnel_relay_takes_password(&at_loopback, "perl"));
    at_loopback.password = password;
    at_elsewhere.password = password;
    assert_true(tunnel_relay_takes_password(&at_loopback, "bash"));
    assert_true(tunnel_relay_takes_password(&at_loopback, "nc"));
    assert_true(tunnel_relay_takes_password(&at_elsewhere, "perl"));
    assert_false(tunnel_relay_takes_password(&at_elsewhere, "bash")); /* knows but one */
}

/* What is said of them above is what their commands do. */
static void the_socket_stands_in_the_command_of_those_that_speak_to_it(void **state)
{
    static const char *const relays[] = {"perl", "python3", "socat", "bash"};
    char host[] = "/run/a socket";
    struct server server = server_at(host);

    for (size_t i = 0; i < ARRAY_LEN(relays); i++) {
        AUTO(strv_clear) struct strv argv = STRV_INIT;
        bool stands = false;

        assert_null(tunnel_relay_command(&server, relays[i], &argv));
        for (size_t k = 0; k < argv.len; k++)
            stands = stands || strstr(argv.items[k], host);
        assert_int_equal(stands, tunnel_relay_takes_password(&server, relays[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_that_speaks_to_the_socket_ends_where_psql_did),
        cmocka_unit_test(over_tcp_a_password_passes_where_psql_needed_it),
        cmocka_unit_test(the_socket_stands_in_the_command_of_those_that_speak_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
