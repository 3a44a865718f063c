/* tests/unit/docker-api/test_version.c: API version negotiation. */
#include "docker-api/version.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct version v(int minor)
{
    return (struct version){1, minor};
}

static void versions_are_read_only_when_they_are_exact(void **state)
{
    static const char *const bad[] = {
        "", "1", "1.", ".41", "1.41 ", "v1.41", "1.41.0", "1.-4", "99999.1", "1.99999",
    };
    struct version out;

    assert_true(version_parse("1.41", &out));
    assert_int_equal(out.major, 1);
    assert_int_equal(out.minor, 41);
    assert_false(version_parse(NULL, &out));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(version_parse(bad[i], &out));
}

static void the_newest_version_that_both_speak_is_chosen(void **state)
{
    struct version out;

    assert_null(version_negotiate((struct version){0, 0}, v(41), &out));
    assert_int_equal(out.minor, 41);
    assert_null(version_negotiate(v(24), v(48), &out));
    assert_int_equal(out.minor, 48);
    assert_null(version_negotiate(v(44), v(99), &out));
    assert_int_equal(out.minor, VERSION_CEILING.minor);
    assert_null(version_negotiate((struct version){0, 0}, (struct version){2, 0}, &out));
    assert_int_equal(out.major, 1);
}

static void an_engine_too_old_or_too_new_is_refused_naming_both_versions(void **state)
{
    struct version out;
    AUTO(err_freep) struct err *old = version_negotiate((struct version){0, 0}, v(40), &out);
    AUTO(err_freep) struct err *young = version_negotiate(v(60), v(70), &out);

    assert_true(err_is(old, ERR_UNSUPPORTED));
    assert_non_null(strstr(old->message, "1.40"));
    assert_non_null(strstr(old->message, "1.41"));
    assert_true(err_is(young, ERR_UNSUPPORTED));
    assert_non_null(strstr(young->message, "1.60"));
    assert_non_null(strstr(young->message, "1.51"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_read_only_when_they_are_exact),
        cmocka_unit_test(the_newest_version_that_both_speak_is_chosen),
        cmocka_unit_test(an_engine_too_old_or_too_new_is_refused_naming_both_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
