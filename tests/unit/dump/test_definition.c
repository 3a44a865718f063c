#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/dump/definition.h"
#include <string.h>

static void settles(const char *text, const char *wanted)
{
    AUTO(buf_clear) struct buf once = BUF_OWN_TEXT;
    AUTO(buf_clear) struct buf twice = BUF_OWN_TEXT;

    definition_settle(text, &once);
    assert_string_equal(buf_text(&once), wanted);
    definition_settle(buf_text(&once), &twice);
    assert_string_equal(buf_text(&twice), wanted);
}

static void stays(const char *text)
{
    settles(text, text);
}

/* Both sides as PostgreSQL 17 printed them, before and after a restore. */
static void a_cast_of_an_array_becomes_casts_of_its_elements(void **state)
{
    settles("CHECK (((a)::text = ANY ((ARRAY['a'::character varying, 'b'::character "
            "varying])::text[])))",
            "CHECK (((a)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character "
            "varying)::text])))");
    settles("x (ARRAY[a])::text[] y (ARRAY[b, c])::public.\"T t\"[];",
            "x ARRAY[(a)::text] y ARRAY[(b)::public.\"T t\", (c)::public.\"T t\"];");
    settles("(ARRAY[f(a, b), (c || ','), 'd,]'')::text[]', \"e]\"])::numeric(10,2)[]",
            "ARRAY[(f(a, b))::numeric(10,2), ((c || ','))::numeric(10,2), "
            "('d,]'')::text[]')::numeric(10,2), (\"e]\")::numeric(10,2)]");
}

static void anything_else_stays(void **state)
{
    stays("");
    stays("(ARRAY[");
    stays("(ARRAY[]");
    stays("(ARRAY[])::text[]");
    stays("(ARRAY[a])");
    stays("(ARRAY[a])::text");
    stays("(ARRAY[a)])::text[]");
    stays("(ARRAY['a])::text[]");
    stays("(ARRAY[a");
    stays("(ARRAY[a[1]])::text[]");
    stays("(ARRAY[ARRAY[a], ARRAY[b]])::text[]");
    stays("ARRAY[('a'::character varying)::text]");
}

static void what_is_within_is_settled(void **state)
{
    settles("(ARRAY[(ARRAY[a])::text[]])::text[]", "(ARRAY[ARRAY[(a)::text]])::text[]");
}

/* Openings without an end must not cost their square. */
static void many_openings_take_no_time(void **state)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;

    for (int i = 0; i < 40000; i++)
        buf_printf(&text, "(ARRAY[");
    definition_settle(buf_text(&text), &out);
    assert_string_equal(buf_text(&out), buf_text(&text));
}

static void rights_have_single_blanks(void **state)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;

    definition_settle_rights(
        "ALTER  DEFAULT PRIVILEGES FOR ROLE \"a  b\" REVOKE ALL ON TYPES   FROM "
        "\"a \"\" c\";\n",
        &out);
    assert_string_equal(buf_text(&out),
                        "ALTER DEFAULT PRIVILEGES FOR ROLE \"a  b\" REVOKE ALL ON TYPES FROM "
                        "\"a \"\" c\";\n");
    buf_reset(&out);
    definition_settle_rights("x  \"a  b", &out);
    assert_string_equal(buf_text(&out), "x \"a  b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cast_of_an_array_becomes_casts_of_its_elements),
        cmocka_unit_test(anything_else_stays),
        cmocka_unit_test(what_is_within_is_settled),
        cmocka_unit_test(many_openings_take_no_time),
        cmocka_unit_test(rights_have_single_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
