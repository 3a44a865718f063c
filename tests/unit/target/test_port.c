/* tests/unit/target/test_port.c: the port of a server's command line. */
#include "orchestrator/target/port.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void assert_port(const char *json, int port)
{
    AUTO(jsonx_freep) json_t *args = json_loads(json, JSON_DECODE_ANY, NULL);

    assert_non_null(args);
    assert_int_equal(port_of_args(args), port);
}

static void a_port_is_found_in_each_form_that_postgres_takes(void **state)
{
    assert_port("[\"postgres\", \"-c\", \"port=5433\"]", 5433);
    assert_port("[\"postgres\", \"-cport=5433\"]", 5433);
    assert_port("[\"postgres\", \"--port=5433\"]", 5433);
    assert_port("[\"postgres\", \"-p\", \"5433\"]", 5433);
    assert_port("[\"/usr/lib/postgresql/17/bin/postgres\", \"-p5433\"]", 5433);
    assert_port("[\"-c\", \"fsync=off\", \"-c\", \"PORT=5433\"]", 5433);
    assert_port("[\"docker-entrypoint.sh\", \"postgres\", \"-p\", \"1\", \"-c\", \"port=2\"]",
                2);
}

static void what_is_no_port_of_postgres_is_none(void **state)
{
    assert_port("[]", 0);
    assert_port("[\"postgres\"]", 0);
    assert_port("[\"postgres\", \"-p\"]", 0);
    assert_port("[\"postgres\", \"-c\"]", 0);
    assert_port("[\"postgres\", \"-c\", \"port\"]", 0);
    assert_port("[\"postgres\", \"-c\", \"port=x\"]", 0);
    assert_port("[\"postgres\", \"-c\", \"port=70000\"]", 0);
    assert_port("[\"postgres\", \"-c\", \"superuser_port=3\", \"-c\", \"cluster_name=port=4\"]",
                0);
    assert_port("[\"supervise\", \"-p\", \"8080\"]", 0);
    assert_port("[\"sh\", \"-c\", \"exec postgres -c port=5433\"]", 0);
    assert_port("null", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_is_found_in_each_form_that_postgres_takes),
        cmocka_unit_test(what_is_no_port_of_postgres_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
