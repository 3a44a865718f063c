#include "base/mem.h"
#include "base/strv.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void the_list_ends_in_null_as_an_argv_does(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;

    strv_push(&list, "pg_dump");
    strv_pushf(&list, "--jobs=%d", 4);
    strv_push_owned(&list, mem_strdup("app"));
    assert_int_equal(list.len, 3);
    assert_string_equal(list.items[1], "--jobs=4");
    assert_null(list.items[3]);
    strv_clear(&list);
    assert_int_equal(list.len, 0);
    assert_null(list.items);
}

static void lists_extend_by_copies_and_know_what_they_hold(void **state)
{
    AUTO(strv_clear) struct strv a = STRV_INIT;
    AUTO(strv_clear) struct strv b = STRV_INIT;

    strv_push(&a, "x");
    strv_push(&b, "y");
    strv_push(&b, "");
    strv_extend(&a, &b);
    strv_clear(&b);
    assert_true(strv_contains(&a, "y"));
    assert_true(strv_contains(&a, ""));
    assert_false(strv_contains(&a, "Y"));
    assert_false(strv_contains(&b, "y"));
}

static void sorting_is_by_byte_value(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;

    strv_sort(&list);
    strv_split(&list, "b,a,\xc3\xa4,B,.c", ',');
    strv_sort(&list);
    AUTO(mem_freep) char *text = strv_join(&list, " ");
    assert_string_equal(text, ".c B a b \xc3\xa4");
}

static void splitting_keeps_empty_parts_and_joining_undoes_it(void **state)
{
    static const char *const texts[] = {"a", ",a,,b,", ",", "a,b"};
    AUTO(strv_clear) struct strv none = STRV_INIT;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(strv_clear) struct strv list = STRV_INIT;

        strv_split(&list, texts[i], ',');
        AUTO(mem_freep) char *back = strv_join(&list, ",");
        assert_string_equal(back, texts[i]);
    }
    strv_split(&none, "", ',');
    assert_int_equal(none.len, 0);
    AUTO(mem_freep) char *empty = strv_join(&none, ",");
    assert_string_equal(empty, "");
}

static void of_many_the_first_are_named_and_the_others_counted(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;
    AUTO(mem_freep) char *some = NULL;
    AUTO(mem_freep) char *all = NULL;
    AUTO(mem_freep) char *none = NULL;

    none = strv_join_some(&list, ", ", 2);
    assert_string_equal(none, "");
    strv_split(&list, "a,b,c,d,e", ',');
    some = strv_join_some(&list, ", ", 2);
    assert_string_equal(some, "a, b and 3 more");
    all = strv_join_some(&list, ", ", 5);
    assert_string_equal(all, "a, b, c, d, e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_ends_in_null_as_an_argv_does),
        cmocka_unit_test(lists_extend_by_copies_and_know_what_they_hold),
        cmocka_unit_test(sorting_is_by_byte_value),
        cmocka_unit_test(splitting_keeps_empty_parts_and_joining_undoes_it),
        cmocka_unit_test(of_many_the_first_are_named_and_the_others_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
