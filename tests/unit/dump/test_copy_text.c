#include "base/own.h"
#include "orchestrator/dump/copy_text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    uint64_t rows;
    bool ended;
} cases[] = {
    {"\\.\n\n\n", 0, true},
    {"1\n\\.\n\n\n", 1, true},
    {"1\t2\n3\t4\n\\.\n\n\n", 2, true},
    {"\n\n\n\\.\n\n\n", 3, true},      /* rows without a column */
    {"\\\\.\n\\.\n\n\n", 1, true},     /* the value \. */
    {"a\\.\n\\.\n\n\n", 1, true},      /* not at the start of a line */
    {"\\.x\n\\N\n\\.\n\n\n", 2, true}, /* not the whole line */
    {"\\\n\\.\n\n\n", 1, true},        /* a lone backslash */
    {"1\n", 1, false},
    {"1\n\\.", 1, false},
    {"1\n\\.\n", 1, false},
    {"1\n\\.\n\n", 1, false},
    {"1\n\\.\n\n\n\n", 1, false},
    {"1\n\\.\n2\n", 1, false},
    {"", 0, false},
};

static void rows_are_counted_to_the_end_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct copy_text copy = {0};

        copy_text_feed(&copy, (const uint8_t *)cases[i].text, strlen(cases[i].text));
        assert_int_equal(copy.rows, cases[i].rows);
        assert_int_equal(copy_text_ended(&copy), cases[i].ended);
    }
}

static void rows_are_the_same_when_split_at_any_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const uint8_t *text = (const uint8_t *)cases[i].text;
        size_t len = strlen(cases[i].text);

        for (size_t at = 0; at <= len; at++) {
            struct copy_text copy = {0};

            copy_text_feed(&copy, text, at);
            copy_text_feed(&copy, text + at, len - at);
            assert_int_equal(copy.rows, cases[i].rows);
            assert_int_equal(copy_text_ended(&copy), cases[i].ended);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_counted_to_the_end_line),
        cmocka_unit_test(rows_are_the_same_when_split_at_any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
