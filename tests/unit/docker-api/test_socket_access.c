/* tests/unit/docker-api/test_socket_access.c: what helps against a refusal by a socket's mode.
 */
#include "base/mem.h"
#include "docker-api/socket_access.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_hint(struct socket_access access, const char *wanted, const char *unwanted)
{
    AUTO(mem_freep) char *hint = socket_access_hint(&access);

    assert_non_null(strstr(hint, wanted));
    assert_null(strstr(hint, unwanted));
}

static void a_group_that_may_is_named(void **state)
{
    const struct socket_access docker = {.group = 105, .mode = 0660, .self = 10001};

    assert_hint(docker, "group_add: [\"105\"]", "userns");
}

static void where_only_the_owner_may_no_group_is_named(void **state)
{
    const struct socket_access podman = {.mode = 0600, .self = 10001};
    const struct socket_access rootless = {
        .owner = 1000, .group = 1000, .mode = 0700, .self = 0, .in_group = true};

    assert_hint(podman, "user: \"0:0\"", "group_add");
    assert_hint(rootless, "run as user 1000", "group_add");
}

static void a_user_without_a_number_here_asks_for_the_hosts_namespace(void **state)
{
    struct socket_access remapped = {.owner = 65534,
                                     .group = 65534,
                                     .mode = 0660,
                                     .self = 10001,
                                     .owner_unmapped = true,
                                     .group_unmapped = true};

    assert_hint(remapped, "userns_mode: \"host\"", "group_add");
    /* -- root of the namespace is mapped to who is in no such group either */
    remapped.self = 0;
    remapped.in_group = true;
    assert_hint(remapped, "userns_mode: \"host\"", "group_add");
    /* -- nobody's socket on an ordinary host */
    remapped.self = 10001;
    remapped.in_group = remapped.owner_unmapped = remapped.group_unmapped = false;
    assert_hint(remapped, "group_add: [\"65534\"]", "userns");
}

static void where_the_mode_lets_us_in_something_else_forbids_it(void **state)
{
    const struct socket_access member = {
        .group = 105, .mode = 0660, .self = 10001, .in_group = true};
    const struct socket_access owner = {.owner = 10001, .mode = 0600, .self = 10001};

    assert_hint(member, "SELinux", "group_add");
    assert_hint(owner, "SELinux", "group_add");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_that_may_is_named),
        cmocka_unit_test(where_only_the_owner_may_no_group_is_named),
        cmocka_unit_test(a_user_without_a_number_here_asks_for_the_hosts_namespace),
        cmocka_unit_test(where_the_mode_lets_us_in_something_else_forbids_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
