#include "docker-api/container_event.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(const char *text, bool expected)
{
    AUTO(jsonx_freep) json_t *event = json_loads(text, 0, NULL);

    assert_non_null(event);
    assert_int_equal(container_event_is_change(event), expected);
}

static void a_change_is_known_in_dockers_words_and_in_podmans(void **state)
{
    check("{\"Type\": \"container\", \"Action\": \"start\"}", true);
    check("{\"Type\": \"container\", \"Action\": \"die\"}", true);
    check("{\"Type\": \"container\", \"Action\": \"health_status: unhealthy\"}", true);
    check("{\"Type\": \"container\", \"Action\": \"died\", \"status\": \"died\"}", true);
    check("{\"Type\": \"container\", \"Action\": \"remove\"}", true);
    check("{\"status\": \"die\"}", true);
}

static void what_a_running_container_does_is_no_change(void **state)
{
    check("{\"Type\": \"container\", \"Action\": \"exec_create: sh -c start\"}", false);
    check("{\"Type\": \"container\", \"Action\": \"exec_died\"}", false);
    check("{\"Type\": \"container\", \"Action\": \"top\"}", false);
    check("{\"Type\": \"volume\", \"Action\": \"destroy\"}", false);
    check("{}", false);
    check("{\"Action\": 7}", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_known_in_dockers_words_and_in_podmans),
        cmocka_unit_test(what_a_running_container_does_is_no_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
