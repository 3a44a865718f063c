/* What a tool that succeeded said on stderr: kept, capped, and safe to print. */
#include "base/mem.h"
#include "orchestrator/backup/warnings.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static void feed(struct buf *text, const char *piece)
{
    warnings_feed(text, (const uint8_t *)piece, strlen(piece));
}

static void each_line_is_a_text(void **state)
{
    AUTO(buf_clear) struct buf text = WARNINGS_INIT;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv out = STRV_INIT;

    strv_push(&argv, "pg_dump");
    feed(&text, "pg_dump: warning: subscriptions not dumped because current");
    feed(&text, " user is not a superuser\r\n\npg_dump:   t\x1b[31m\n");
    warnings_add(&text, &argv, &out);
    assert_int_equal(out.len, 2);
    assert_string_equal(
        out.items[0],
        "pg_dump: warning: subscriptions not dumped because current user is not a superuser");
    assert_string_equal(out.items[1], "pg_dump:   t?[31m");
}

static void silence_is_no_warning(void **state)
{
    AUTO(buf_clear) struct buf text = WARNINGS_INIT;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv out = STRV_INIT;

    warnings_add(&text, &argv, &out);
    assert_int_equal(out.len, 0);
}

static void a_verbose_tool_only_warns_where_it_says_so(void **state)
{
    AUTO(buf_clear) struct buf text = WARNINGS_INIT;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv out = STRV_INIT;

    strv_push(&argv, "--verbose");
    feed(&text, "pg_dump: reading schemas\npg_dump: warning: x\npg_dump: detail: y\n");
    warnings_add(&text, &argv, &out);
    assert_int_equal(out.len, 2);
    assert_string_equal(out.items[0], "pg_dump: warning: x");
}

static void a_flood_is_cut(void **state)
{
    AUTO(buf_clear) struct buf text = WARNINGS_INIT;
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(strv_clear) struct strv out = STRV_INIT;
    char line[2000];

    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\0';
    feed(&text, line);
    for (int i = 0; i < 100000; i++)
        feed(&text, "\ny");
    assert_true(text.len <= text.max);
    warnings_add(&text, &argv, &out);
    assert_int_equal(out.len, WARNINGS_MOST + 1);
    assert_int_equal(strlen(out.items[0]), WARNINGS_LINE_BYTES);
    assert_non_null(strstr(out.items[WARNINGS_MOST], "lines more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_a_text),
        cmocka_unit_test(silence_is_no_warning),
        cmocka_unit_test(a_verbose_tool_only_warns_where_it_says_so),
        cmocka_unit_test(a_flood_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
