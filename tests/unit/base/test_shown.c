/* What a stranger wrote moves no cursor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/shown.h"
#include <locale.h>

static void must_show(const char *text, const char *wanted)
{
    AUTO(mem_freep) char *line = shown_line(text);

    assert_string_equal(line, wanted);
}

static void what_is_harmless_stays(void **state)
{
    must_show("", "");
    must_show("app-db/app: 12 \xe2\x82\xac, z\xc3\xbc",
              "app-db/app: 12 \xe2\x82\xac, z\xc3\xbc");
    must_show("e\xcc\x81\xe6\x97\xa5", "e\xcc\x81\xe6\x97\xa5");
}

static void control_bytes_become_blanks(void **state)
{
    must_show("a\nb\tc\r\x1b[2J\x7f.", "a b c  [2J .");
}

static void control_characters_of_two_bytes_and_broken_text_are_masked(void **state)
{
    must_show("\xc2\x9b"
              "31m",
              "??31m");
    must_show("\x9b"
              "31m\xff",
              "?31m?");
    must_show("a\xc3", "a?");
}

static void what_turns_the_direction_of_writing_is_masked(void **state)
{
    must_show("a\xe2\x80\xae"
              "b",
              "a???b");
    must_show("\xe2\x81\xa6", "???");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_harmless_stays),
        cmocka_unit_test(control_bytes_become_blanks),
        cmocka_unit_test(control_characters_of_two_bytes_and_broken_text_are_masked),
        cmocka_unit_test(what_turns_the_direction_of_writing_is_masked),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
