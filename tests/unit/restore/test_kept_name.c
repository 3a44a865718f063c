#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/restore/kept_name.h"
#include <string.h>

static void a_made_name_is_known_again(void **state)
{
    AUTO(mem_freep) char *name = kept_name_make("app");

    assert_int_equal(strncmp(name, "app_before_2", 12), 0);
    assert_true(kept_name_is(name));
}

static void a_long_name_is_cut_at_a_character(void **state)
{
    char database[64] = "";
    AUTO(mem_freep) char *name = NULL;

    for (int i = 0; i < 31; i++)
        strcat(database, "ä");
    name = kept_name_make(database);
    /* 37 bytes of room hold 18 characters of two bytes */
    assert_int_equal(strlen(name), 36 + strlen("_before_2026-11-21T013000Z"));
    assert_true(kept_name_is(name));
}

static void other_names_are_not_taken_for_one(void **state)
{
    static const char *const names[] = {
        "app",
        "",
        "app_before_2026",
        "app_before_2026-13-21T013000Z",
        "app_before_2026-11-21T013000Zz",
        "app_after__2026-11-21T013000Z",
        "_before_2026-11-21T013000Z", /* of no database */
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_false(kept_name_is(names[i]));
    assert_true(kept_name_is("app_before_2026-11-21T013000Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_name_is_known_again),
        cmocka_unit_test(a_long_name_is_cut_at_a_character),
        cmocka_unit_test(other_names_are_not_taken_for_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
