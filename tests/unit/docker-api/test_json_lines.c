/* tests/unit/docker-api/test_json_lines.c: events and pull progress. */
#include "docker-api/json_lines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct err *on_value(void *ctx, const json_t *value)
{
    *(int64_t *)ctx = *(int64_t *)ctx * 10 + jsonx_int(value, "n", 0);
    return NULL;
}

static struct err *refuse(void *ctx, const json_t *value)
{
    return err_new(ERR_TIMEOUT, "seen enough");
}

static struct err *feed(struct json_lines *lines, const char *text, size_t len)
{
    return json_lines_feed(lines, (const uint8_t *)text, len);
}

static void lines_split_at_any_byte_give_the_same_values(void **state)
{
    static const char text[] = "{\"n\":1}\r\n\n{\"n\":2}\n{\"n\":3}";

    for (size_t at = 0; at <= strlen(text); at++) {
        int64_t seen = 0;
        AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_value, &seen);

        assert_null(feed(&lines, text, at));
        assert_null(feed(&lines, text + at, strlen(text) - at));
        assert_null(json_lines_finish(&lines));
        assert_int_equal(seen, 123);
    }
}

static void a_last_line_that_is_not_whole_is_a_cut(void **state)
{
    int64_t seen = 0;
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_value, &seen);
    AUTO(err_freep) struct err *e = NULL;

    assert_null(feed(&lines, "{\"n\":1}\n{\"n\":", 13));
    e = json_lines_finish(&lines);
    assert_true(err_is(e, ERR_CUT));
    assert_int_equal(seen, 1);
}

static void a_line_that_is_not_json_is_refused(void **state)
{
    int64_t seen = 0;
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_value, &seen);
    AUTO(err_freep) struct err *e = feed(&lines, "<html>\n", 7);

    assert_true(err_is(e, ERR_PROTOCOL));
}

static void a_line_longer_than_the_cap_is_refused(void **state)
{
    int64_t seen = 0;
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_value, &seen);
    struct err *e = NULL;

    for (size_t i = 0; !e && i <= JSON_LINES_MAX_LINE_BYTES / 8; i++)
        e = feed(&lines, "        ", 8);
    assert_true(err_is(e, ERR_TOO_LARGE));
    err_free(e);
}

static void an_error_of_the_receiver_ends_the_feeding(void **state)
{
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(refuse, NULL);
    AUTO(err_freep) struct err *e = feed(&lines, "{}\nnot json\n", 12);

    assert_true(err_is(e, ERR_TIMEOUT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_split_at_any_byte_give_the_same_values),
        cmocka_unit_test(a_last_line_that_is_not_whole_is_a_cut),
        cmocka_unit_test(a_line_that_is_not_json_is_refused),
        cmocka_unit_test(a_line_longer_than_the_cap_is_refused),
        cmocka_unit_test(an_error_of_the_receiver_ends_the_feeding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
