#include "base/clock.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void stamps_read_back(void **state)
{
    static const int64_t times[] = {0, 951782400, 1795224600, 4102444799, 253402300799};

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        char stamp[CLOCK_STAMP_SIZE], text[CLOCK_TEXT_SIZE];
        int64_t back = -1;

        clock_stamp(times[i], stamp);
        assert_true(clock_parse_stamp(stamp, &back));
        assert_true(back == times[i]);
        clock_rfc3339(times[i], text);
        back = -1;
        assert_true(clock_parse_rfc3339(text, &back));
        assert_true(back == times[i]);
    }
}

static void a_stamp_has_its_one_form(void **state)
{
    char stamp[CLOCK_STAMP_SIZE], text[CLOCK_TEXT_SIZE];

    clock_stamp(1795224600, stamp);
    assert_string_equal(stamp, "2026-11-21T013000Z");
    clock_rfc3339(1795224600, text);
    assert_string_equal(text, "2026-11-21T01:30:00Z");
}

static void other_texts_are_no_stamps(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-21T013000",
        "2026-11-21T013000Zx",
        "2026-02-30T013000Z",
        "2026-13-01T013000Z",
        "2026-11-21T013060Z",
        "2026-11-21T253000Z",
        "2026-11-21 013000Z",
        " 026-11-21T013000Z",
        "2026-11- 1T013000Z",
        ".026-11-21T013000Z",
    };
    int64_t at;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(clock_parse_stamp(bad[i], &at));
    assert_false(clock_parse_rfc3339("2026-02-30T01:30:00Z", &at));
    assert_false(clock_parse_rfc3339("2026-11-21T01:30:00+01:00", &at));
}

static void what_a_person_types_is_local_time_unless_it_says_utc(void **state)
{
    static const struct {
        const char *text;
        int64_t at;
    } good[] = {
        {"2026-11-21", 1795210200},           {"2026-11-21T01:30", 1795215600},
        {"2026-11-21 01:30:05", 1795215605},  {"2026-11-21T01:30Z", 1795224600},
        {"2026-11-21T01:30:05Z", 1795224605}, {"2026-11-21T013000Z", 1795224600},
    };
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11",
                                      "2026-02-30",
                                      "2026-11-1",
                                      "2026-11-21T1:30",
                                      "2026-11-21T",
                                      "2026-11-21T24:00",
                                      "2026-11-21T01:30:60",
                                      "2026-11-21x",
                                      "yesterday"};
    int64_t at = 0;

    setenv("TZ", "<+0230>-2:30", 1);
    tzset();
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(clock_parse_local(good[i].text, &at));
        assert_int_equal(at, good[i].at);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(clock_parse_local(bad[i], &at));
    setenv("TZ", "UTC", 1);
    tzset();
}

static void the_monotonic_clock_does_not_go_back(void **state)
{
    int64_t before = clock_mono_ms();

    clock_sleep_ms(2);
    assert_true(clock_mono_ms() >= before + 2);
    assert_true(clock_unix_s() > 1700000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_read_back),
        cmocka_unit_test(a_stamp_has_its_one_form),
        cmocka_unit_test(other_texts_are_no_stamps),
        cmocka_unit_test(what_a_person_types_is_local_time_unless_it_says_utc),
        cmocka_unit_test(the_monotonic_clock_does_not_go_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
