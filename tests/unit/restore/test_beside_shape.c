/* What is made beside a living table, and what takes its rows over. */
#include "base/mem.h"
#include "orchestrator/restore/beside_shape.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Members are texts that could be changed. */
#define TEXT(text) ((char[]){text})

static struct beside_column columns[] = {
    {.name = TEXT("id"),
     .type = TEXT("bigint"),
     .base_type = TEXT("bigint"),
     .kept_type = TEXT("bigint"),
     .is_always_identity = true},
    {.name = TEXT("a \"b\""),
     .type = TEXT("public.short"),
     .base_type = TEXT("character varying(3)"),
     .kept_type = TEXT("character varying(3)")},
    {.name = TEXT("pair"),
     .type = TEXT("public.pair"),
     .base_type = TEXT("public.pair"),
     .kept_type = TEXT("text")},
    {.name = TEXT("sum"),
     .type = TEXT("integer"),
     .base_type = TEXT("integer"),
     .is_generated = true},
};
static struct beside_leaf leaves[] = {
    {.schema = TEXT("shop"),
     .name = TEXT("t"),
     .text_columns = TEXT("id pg_catalog.text"),
     .is_partitioned = true},
    {.schema = TEXT("shop"), .name = TEXT("t_1"), .text_columns = TEXT("pair pg_catalog.text")},
};
static struct beside_table table = {.schema = TEXT("shop"),
                                    .name = TEXT("t"),
                                    .columns = columns,
                                    .column_count = 4,
                                    .leaves = leaves,
                                    .leaf_count = 2};

static void the_table_has_columns_and_nothing_else(void **state)
{
    AUTO(mem_freep) char *create = beside_sql_create(&table, "restored_X");
    AUTO(mem_freep) char *copy = beside_sql_copy_in(&table, "restored_X", "LATIN1");

    assert_string_equal(create, "CREATE TABLE \"restored_X\".\"t\" (\"id\" bigint,"
                                " \"a \"\"b\"\"\" character varying(3), \"pair\" text);\n");
    assert_string_equal(copy, "COPY \"restored_X\".\"t\" (\"id\", \"a \"\"b\"\"\", \"pair\")"
                              " FROM STDIN WITH (ENCODING 'LATIN1');\n");
}

static void rows_come_from_every_partition_in_one_order_of_columns(void **state)
{
    const struct beside_shapes shapes = {.items = &table, .count = 1};
    AUTO(mem_freep) char *hollow = beside_sql_hollow(&shapes);
    AUTO(strv_clear) struct strv whole = STRV_INIT;
    AUTO(strv_clear) struct strv plain = STRV_INIT;

    beside_sql_copy_out(&table, true, &whole);
    beside_sql_copy_out(&table, false,
                        &plain); /* the server copies from no partitioned table */
    assert_int_equal(whole.len, 2);
    assert_int_equal(plain.len, 1);
    assert_string_equal(plain.items[0], "COPY \"shop\".\"t_1\" (\"id\", \"a \"\"b\"\"\","
                                        " \"pair\") TO STDOUT");
    assert_non_null(strstr(hollow, "CREATE TABLE \"shop\".\"t_1\" (pair pg_catalog.text);\n"));
}

static void what_takes_the_rows_over_fits_the_table_that_is_there(void **state)
{
    struct beside_living living = {.is_there = true, .has_unique_key = true};
    struct restored_list list = {0};
    struct restored_table *out = restored_add(&list, "shop", "t");

    strv_push(&living.columns, "id");
    strv_push(&living.columns, "pair");
    beside_advise(&table, "restored_X", &living, out);
    assert_string_equal(out->insert,
                        "INSERT INTO \"shop\".\"t\" (\"id\", \"pair\") OVERRIDING SYSTEM VALUE"
                        " SELECT \"id\", \"pair\"::public.pair FROM \"restored_X\".\"t\""
                        " ON CONFLICT DO NOTHING;");
    assert_string_equal(out->advice,
                        "column \"a \"\"b\"\"\" is not there any more and left out");
    living.has_unique_key = false;
    out = restored_add(&list, "shop", "t");
    beside_advise(&table, "restored_X", &living, out);
    assert_non_null(strstr(out->advice, "no unique key"));
    beside_living_clear(&living);
    living = (struct beside_living){0};
    out = restored_add(&list, "shop", "t");
    beside_advise(&table, "restored_X", &living, out);
    assert_non_null(strstr(out->advice, "not there any more"));
    assert_non_null(out->insert);
    restored_clear(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_columns_and_nothing_else),
        cmocka_unit_test(rows_come_from_every_partition_in_one_order_of_columns),
        cmocka_unit_test(what_takes_the_rows_over_fits_the_table_that_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
