#include "base/jsonx.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *text)
{
    json_t *json = NULL;

    assert_null(jsonx_parse(text, strlen(text), &json));
    return json;
}

static void a_syntax_error_names_its_line(void **state)
{
    AUTO(jsonx_freep) json_t *json = NULL;
    AUTO(err_freep) struct err *e = jsonx_parse("{\n\"a\": x}", 9, &json);

    assert_true(err_is(e, ERR_PROTOCOL));
    assert_non_null(strstr(e->message, "line 2"));
    AUTO(err_freep) struct err *twice = jsonx_parse("{\"a\":1,\"a\":2}", 13, &json);
    assert_true(err_is(twice, ERR_PROTOCOL));
    AUTO(err_freep) struct err *empty = jsonx_parse("", 0, &json);
    assert_true(err_is(empty, ERR_PROTOCOL));
}

static void members_come_by_type_or_fall_back(void **state)
{
    AUTO(jsonx_freep) json_t *json =
        parse("{\"s\":\"x\",\"i\":-7,\"r\":2.9,\"huge\":1e300,\"b\":true,\"n\":null}");

    assert_string_equal(jsonx_string(json, "s", "f"), "x");
    assert_string_equal(jsonx_string(json, "i", "f"), "f");
    assert_string_equal(jsonx_string(json, "n", "f"), "f");
    assert_null(jsonx_string(json, "absent", NULL));
    assert_int_equal(jsonx_int(json, "i", 1), -7);
    assert_int_equal(jsonx_int(json, "r", 1), 2);
    assert_int_equal(jsonx_int(json, "huge", 1), 1);
    assert_int_equal(jsonx_int(json, "s", 1), 1);
    assert_true(jsonx_bool(json, "b", false));
    assert_true(jsonx_bool(json, "s", true));
    assert_int_equal(jsonx_int(NULL, "i", 5), 5);
}

static void dotted_paths_reach_inner_members(void **state)
{
    AUTO(jsonx_freep) json_t *json =
        parse("{\"State\":{\"Health\":{\"Status\":\"healthy\"},\"Pid\":1}}");

    assert_string_equal(jsonx_string_at(json, "State.Health.Status", "none"), "healthy");
    assert_string_equal(jsonx_string_at(json, "State.Other.Status", "none"), "none");
    assert_string_equal(jsonx_string_at(json, "State.Pid.Status", "none"), "none");
    assert_true(json_is_integer(jsonx_at(json, "State.Pid")));
    assert_null(jsonx_at(NULL, "State"));
}

static void bytes_that_are_not_utf8_are_escaped_and_nothing_is_lost(void **state)
{
    AUTO(jsonx_freep) json_t *json = json_object();

    jsonx_set_string(json, "good", "z\xc3\xbcrich");
    jsonx_set_string(json, "bad", "a\xff\xc3z");
    jsonx_set_string(json, "none", NULL);
    jsonx_set_int(json, "int", INT64_MIN);
    jsonx_set_bool(json, "bool", true);
    AUTO(mem_freep) char *text = jsonx_compact(json);
    assert_string_equal(text, "{\"good\":\"z\xc3\xbcrich\",\"bad\":\"a\\\\xff\\\\xc3z\","
                              "\"none\":null,\"int\":-9223372036854775808,\"bool\":true}");
    AUTO(mem_freep) char *pretty = jsonx_pretty(json);
    assert_non_null(strstr(pretty, "\n  \"good\": "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syntax_error_names_its_line),
        cmocka_unit_test(members_come_by_type_or_fall_back),
        cmocka_unit_test(dotted_paths_reach_inner_members),
        cmocka_unit_test(bytes_that_are_not_utf8_are_escaped_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
