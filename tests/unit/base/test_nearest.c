#include "base/nearest.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const names[] = {"keep-daily", "keep-weekly", "repository", "retry", "id"};

static const char *near(const char *word)
{
    return nearest_of(word, names, ARRAY_LEN(names));
}

static void a_slip_of_the_finger_finds_its_name(void **state)
{
    assert_string_equal(near("keep-dialy"), "keep-daily"); /* two neighbours swapped */
    assert_string_equal(near("kepdaily"), "keep-daily");
    assert_string_equal(near("keep-weekli"), "keep-weekly");
    assert_string_equal(near("repositories"), "repository");
    assert_string_equal(near("retri"), "retry");
    assert_string_equal(near("retry"), "retry");
}

static void something_else_altogether_finds_nothing(void **state)
{
    assert_null(near("potato"));
    assert_null(near("xy"));
    assert_null(near(""));
    assert_null(nearest_of("x", NULL, 0));
}

static void a_short_word_may_miss_by_one(void **state)
{
    assert_string_equal(near("i"), "id");
    assert_string_equal(near("ix"), "id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_finger_finds_its_name),
        cmocka_unit_test(something_else_altogether_finds_nothing),
        cmocka_unit_test(a_short_word_may_miss_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
