#include "base/own.h"
#include "base/units.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void durations_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0", 0},        {"30", 30000},     {"30s", 30000},
        {"500ms", 500},  {"5m", 300000},    {"5 min", 300000},
        {"2h", 7200000}, {"7d", 604800000}, {"1w", 604800000},
    };
    static const char *const bad[] = {"",
                                      "s",
                                      "-1s",
                                      "1.5h",
                                      "1y",
                                      "1s2",
                                      " 1s",
                                      "0x10",
                                      "99999999999999999999",
                                      "9223372036854775807d"};
    int64_t ms;

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(units_parse_duration(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(units_parse_duration(bad[i], &ms));
}

static void sizes_read_in_binary_units(void **state)
{
    uint64_t bytes;

    assert_true(units_parse_size("512", &bytes));
    assert_int_equal(bytes, 512);
    assert_true(units_parse_size("512K", &bytes));
    assert_int_equal(bytes, 524288);
    assert_true(units_parse_size("512 kb", &bytes));
    assert_int_equal(bytes, 524288);
    assert_true(units_parse_size("2GiB", &bytes));
    assert_int_equal(bytes, UINT64_C(2) << 30);
    assert_false(units_parse_size("1.5G", &bytes));
    assert_false(units_parse_size("99999999999T", &bytes));
    assert_false(units_parse_size("1 potato", &bytes));
}

static void whole_numbers_are_digits_only(void **state)
{
    uint64_t n;

    assert_true(units_parse_uint("18446744073709551615", &n));
    assert_true(n == UINT64_MAX);
    assert_false(units_parse_uint("18446744073709551616", &n));
    assert_false(units_parse_uint("", &n));
    assert_false(units_parse_uint("1 ", &n));
    assert_false(units_parse_uint("+1", &n));
    assert_false(units_parse_uint("1k", &n));
}

static void sizes_and_counts_read_easily(void **state)
{
    char out[UNITS_TEXT_SIZE];

    assert_string_equal(units_size(0, out), "0 B");
    assert_string_equal(units_size(1023, out), "1023 B");
    assert_string_equal(units_size(1024, out), "1.0 KiB");
    assert_string_equal(units_size(1048575, out), "1.0 MiB");
    assert_string_equal(units_size(15938355, out), "15.2 MiB");
    assert_string_equal(units_size(UINT64_MAX, out), "16.0 EiB");
    assert_string_equal(units_count(0, out), "0");
    assert_string_equal(units_count(999, out), "999");
    assert_string_equal(units_count(8000100, out), "8,000,100");
    assert_string_equal(units_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

static void times_are_told_in_fitting_units(void **state)
{
    char out[UNITS_TEXT_SIZE];

    assert_string_equal(units_elapsed(400, out), "0.4 s");
    assert_string_equal(units_elapsed(59949, out), "59.9 s");
    assert_string_equal(units_elapsed(59950, out), "1 min 0 s");
    assert_string_equal(units_elapsed(200000, out), "3 min 20 s");
    assert_string_equal(units_elapsed(7500000, out), "2 h 5 min");
    assert_string_equal(units_timer(4999, out), "0:04");
    assert_string_equal(units_timer(751000, out), "12:31");
    assert_string_equal(units_timer(3723000, out), "1:02:03");
    assert_string_equal(units_age(-5, out), "0s");
    assert_string_equal(units_age(-60, out), "0s");
    assert_string_equal(units_age(-259200, out), "3d in the future");
    assert_string_equal(units_age(45, out), "45s");
    assert_string_equal(units_age(720, out), "12m");
    assert_string_equal(units_age(18000, out), "5h");
    assert_string_equal(units_age(259200, out), "3d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_people_write_them),
        cmocka_unit_test(sizes_read_in_binary_units),
        cmocka_unit_test(whole_numbers_are_digits_only),
        cmocka_unit_test(sizes_and_counts_read_easily),
        cmocka_unit_test(times_are_told_in_fitting_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
