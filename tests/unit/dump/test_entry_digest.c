#include "base/own.h"
#include "orchestrator/dump/entry_digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* Of a tag and a definition, the latter in two pieces. */
static uint64_t digest_split(const char *definition, bool table, size_t at)
{
    struct entry_digest *digest = entry_digest_new();
    const uint8_t *bytes = (const uint8_t *)definition;
    uint64_t number;

    entry_digest_restart(digest);
    entry_digest_add(digest, (const uint8_t *)"tag", 3);
    entry_digest_end_text(digest);
    if (table)
        entry_digest_begin_table(digest);
    entry_digest_add(digest, bytes, at);
    entry_digest_add(digest, bytes + at, strlen(definition) - at);
    entry_digest_end_text(digest);
    number = entry_digest_number(digest);
    entry_digest_free(digest);
    return number;
}

static uint64_t digest_of(const char *definition, bool table)
{
    return digest_split(definition, table, 0);
}

#define CHILD(columns) "CREATE TABLE public.c (\n" columns "\n)\nINHERITS (public.p);\n"
#define PLAIN(columns) "CREATE TABLE public.c (\n" columns "\n);\n"

static void the_columns_of_a_child_by_inheritance_have_no_order(void **state)
{
    (void)state;
    assert_int_equal(digest_of(CHILD("    b integer,\n    a integer"), true),
                     digest_of(CHILD("    a integer,\n    b integer"), true));
}

static void every_other_difference_in_a_child_counts(void **state)
{
    static const char *const others[] = {
        CHILD("    a integer,\n    b bigint"),
        CHILD("    a integer"),
        CHILD("    a integer,\n    b integer,\n    b integer"),
        CHILD("    a integer NOT NULL,\n    b integer"),
        CHILD("    a integer,,\n    b integer"),
        "CREATE TABLE public.c (\n    a integer,\n    b integer\n)\nINHERITS (public.q);\n",
        PLAIN("    a integer,\n    b integer"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_int_not_equal(digest_of(CHILD("    a integer,\n    b integer"), true),
                             digest_of(others[i], true));
}

static void elsewhere_the_order_counts(void **state)
{
    (void)state;
    assert_int_not_equal(digest_of(PLAIN("    b integer,\n    a integer"), true),
                         digest_of(PLAIN("    a integer,\n    b integer"), true));
    assert_int_not_equal(digest_of(CHILD("    b integer,\n    a integer"), false),
                         digest_of(CHILD("    a integer,\n    b integer"), false));
    /* -- the words alone do not make a child: they begin a line */
    assert_int_not_equal(digest_of(PLAIN("    b INHERITS (x),\n    a integer"), true),
                         digest_of(PLAIN("    a integer,\n    b INHERITS (x)"), true));
}

static void the_number_does_not_depend_on_where_the_text_is_cut(void **state)
{
    static const char *const texts[] = {
        CHILD("    b integer,\n    a numeric(3,1) DEFAULT ',',\n,"),
        PLAIN("    b integer,\n    a integer"),
        "",
        "\n,\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        for (size_t at = 0; at <= strlen(texts[i]); at++)
            assert_int_equal(digest_split(texts[i], true, at), digest_of(texts[i], true));
}

static void nothing_can_be_freed(void **state)
{
    (void)state;
    entry_digest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_columns_of_a_child_by_inheritance_have_no_order),
        cmocka_unit_test(every_other_difference_in_a_child_counts),
        cmocka_unit_test(elsewhere_the_order_counts),
        cmocka_unit_test(the_number_does_not_depend_on_where_the_text_is_cut),
        cmocka_unit_test(nothing_can_be_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
