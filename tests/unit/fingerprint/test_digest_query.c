#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/fingerprint/digest_query.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char schema[] = "a b", name[] = "t\"1", oid[] = "16385", filenode[] = "7", none[] = "",
            condition[] = "WHERE a > 1";

static struct table_item table_with(char *its_condition)
{
    return (struct table_item){.schema = schema,
                               .name = name,
                               .oid = oid,
                               .filenode = filenode,
                               .condition = its_condition};
}

/* `cells`: name, type, the type's name where it is cast, for each column; none is generated,
 * and a superuser owns all. */
static char *query_of(const char *const *cells, size_t count)
{
    AUTO(rows_clear) struct rows rows = {.columns = DIGEST_QUERY_COLUMNS, .count = count};
    const struct table_item table = table_with(none);

    rows.cells = mem_new(count * DIGEST_QUERY_COLUMNS + 1, sizeof(char *));
    for (size_t i = 0; i < count * DIGEST_QUERY_COLUMNS; i++) {
        size_t row = i / DIGEST_QUERY_COLUMNS, cell = i % DIGEST_QUERY_COLUMNS;

        rows.cells[i] = mem_strdup(cell < 3 ? cells[row * 3 + cell] : cell == 3 ? "" : "t");
    }
    return digest_query(&table, &rows);
}

static void sums_wrap_modulo_two_to_the_64(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } sums[] = {
        {"", 0},
        {"0", 0},
        {"-1", UINT64_MAX},
        {"18446744073709551615", UINT64_MAX},
        {"18446744073709551616", 0},
        {"-18446744073709551617", UINT64_MAX},
        {"170141183460469231731687303715884105727", UINT64_MAX},
        {"-9223372036854775808", (uint64_t)1 << 63},
    };
    uint64_t value = 7;

    for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
        assert_true(digest_query_sum(sums[i].text, &value));
        assert_true(value == sums[i].value);
    }
    assert_false(digest_query_sum("-", &value));
    assert_false(digest_query_sum("1.0", &value));
    assert_false(digest_query_sum("NaN", &value));
    assert_false(digest_query_sum("1-", &value));
}

static void columns_are_chained_in_the_order_of_their_names(void **state)
{
    static const char *const one[] = {"b",    "25",       "text", "B",   "23",
                                      "int4", "\xc3\xa9", "20",   "int8"};
    static const char *const other[] = {"\xc3\xa9", "20", "int8", "b",   "25",
                                        "text",     "B",  "23",   "int4"};
    AUTO(mem_freep) char *left = query_of(one, 3);
    AUTO(mem_freep) char *right = query_of(other, 3);

    assert_non_null(strstr(left, "pg_catalog.sum("));
    assert_non_null(strstr(right, "pg_catalog.sum("));
    assert_string_equal(strstr(left, "pg_catalog.sum("), strstr(right, "pg_catalog.sum("));
    assert_string_equal(
        strstr(left, "pg_catalog.sum("),
        "pg_catalog.sum("
        "pg_catalog.hashtextextended(coalesce(\"\xc3\xa9\"::pg_catalog.text, '') COLLATE "
        "pg_catalog.\"C\", "
        "pg_catalog.hashtextextended(coalesce(\"b\"::pg_catalog.text, '') COLLATE "
        "pg_catalog.\"C\", "
        "pg_catalog.hashtextextended(coalesce(\"B\"::pg_catalog.text, '') COLLATE "
        "pg_catalog.\"C\", "
        "'0'::pg_catalog.int8"
        " OPERATOR(pg_catalog.#) CASE WHEN \"B\" IS NULL THEN '1'::pg_catalog.int8 ELSE "
        "'0'::pg_catalog.int8 END)"
        " OPERATOR(pg_catalog.#) CASE WHEN \"b\" IS NULL THEN '1'::pg_catalog.int8 ELSE "
        "'0'::pg_catalog.int8 END)"
        " OPERATOR(pg_catalog.#) CASE WHEN \"\xc3\xa9\" IS NULL THEN '1'::pg_catalog.int8 ELSE "
        "'0'::pg_catalog.int8 END)"
        "), pg_catalog.pg_relation_filenode(16385::pg_catalog.oid),"
        " pg_catalog.to_regclass('\"a b\".\"t\"\"1\"')::pg_catalog.oid"
        " FROM ONLY \"a b\".\"t\"\"1\"");
}

/* A cast is somebody's function unless both types are PostgreSQL's own, and still are when the
 * statement is parsed. */
static void only_types_of_postgresql_are_cast_and_each_such_column_is_guarded(void **state)
{
    static const struct {
        const char *type, *cast_type, *text, *guard;
    } types[] = {
        {"1042", "bpchar", "pg_catalog.textin(pg_catalog.bpcharout(\"c\"))",
         "NULL::pg_catalog.\"bpchar\"[]"},
        {"18", "char", "\"c\"::pg_catalog.int4::pg_catalog.text",
         "NULL::pg_catalog.\"char\"[]"},
        {"3904", "int4range", "\"c\"::pg_catalog.text", "NULL::pg_catalog.\"int4range\"[]"},
        {"142", "xml", "pg_catalog.concat(\"c\")", NULL},
        {"1007", "", "pg_catalog.concat(\"c\")", NULL},
        {"16400", "", "pg_catalog.concat(\"c\")", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const char *const cells[] = {"c", types[i].type, types[i].cast_type};
        AUTO(mem_freep) char *sql = query_of(cells, 1);
        AUTO(mem_freep) char *wanted = mem_printf("coalesce(%s, '')", types[i].text);
        AUTO(mem_freep)
        char *guard = mem_printf("SELECT pg_catalog.count(CASE WHEN false AND"
                                 " (pg_catalog.arrayoverlap(ARRAY[\"c\"], %s))"
                                 " THEN NULL ELSE tableoid END), ",
                                 types[i].guard ? types[i].guard : "");

        if (!types[i].guard) {
            mem_freep(&guard);
            guard = mem_strdup("SELECT pg_catalog.count(tableoid), ");
        }
        if (!strstr(sql, wanted))
            fail_msg("%s is not in %s", wanted, sql);
        if (strncmp(sql, guard, strlen(guard)) != 0)
            fail_msg("%s is not at the head of %s", guard, sql);
    }
}

/* The parser lets it stand after a table, and after nothing that could run a user's code. */
static void only_stored_rows_are_read(void **state)
{
    struct table_item table = table_with(none);
    AUTO(mem_freep) char *other = digest_query(&table, NULL);
    AUTO(mem_freep) char *heap = NULL;
    AUTO(mem_freep) char *part = NULL;

    table.is_heap = true;
    heap = digest_query(&table, NULL);
    table.condition = condition;
    part = digest_query(&table, NULL);
    assert_null(strstr(other, "TABLESAMPLE"));
    assert_non_null(strstr(heap, " FROM ONLY \"a b\".\"t\"\"1\" TABLESAMPLE pg_catalog.system"
                                 " (100::pg_catalog.float4)"));
    assert_non_null(strstr(part, " TABLESAMPLE pg_catalog.system (100::pg_catalog.float4)"
                                 " WHERE a > 1"));
}

static void a_table_without_columns_has_a_digest(void **state)
{
    AUTO(mem_freep) char *sql = query_of(NULL, 0);

    assert_non_null(strstr(sql, "pg_catalog.sum('0'::pg_catalog.int8)"));
}

static void many_columns_make_several_chains(void **state)
{
    AUTO(mem_freep) const char **cells = mem_new((size_t)65 * 3, sizeof(char *));
    char names[65][8];
    AUTO(mem_freep) char *sql = NULL;

    for (int i = 0; i < 65; i++) {
        snprintf(names[i], sizeof(names[i]), "c%02d", i);
        cells[3 * i] = names[i];
        cells[3 * i + 1] = "23";
        cells[3 * i + 2] = "int4";
    }
    sql = query_of(cells, 64);
    assert_null(strstr(sql, "hashtextextended(ARRAY["));
    mem_freep(&sql);
    sql = query_of(cells, 65);
    assert_non_null(strstr(sql, "sum(pg_catalog.hashtextextended(ARRAY["));
    assert_non_null(
        strstr(sql, "\"c63\" IS NULL THEN '1'::pg_catalog.int8 ELSE '0'::pg_catalog.int8 END), "
                    "pg_catalog.hashtextextended(coalesce(\"c64\""));
}

static void counts_alone_ask_for_no_column(void **state)
{
    const struct table_item table = table_with(none);
    AUTO(mem_freep) char *sql = digest_query(&table, NULL);

    assert_string_equal(sql, "SELECT pg_catalog.count(tableoid), NULL, "
                             "pg_catalog.pg_relation_filenode(16385::pg_catalog.oid), "
                             "pg_catalog.to_regclass('\"a b\".\"t\"\"1\"')::pg_catalog.oid"
                             " FROM ONLY \"a b\".\"t\"\"1\"");
}

/* As pg_dump's COPY (SELECT ... FROM table WHERE ...), which has no ONLY. */
static void the_condition_of_an_extension_holds(void **state)
{
    const struct table_item table = table_with(condition);
    AUTO(mem_freep) char *sql = digest_query(&table, NULL);

    assert_non_null(strstr(sql, " FROM \"a b\".\"t\"\"1\" WHERE a > 1"));
}

static void virtual_columns_are_left_out_where_there_are_any(void **state)
{
    const struct table_item table = table_with(none);
    const struct table_item *const tables[] = {&table, &table};
    AUTO(mem_freep) char *new = digest_query_columns(tables, 1, 180000);
    AUTO(mem_freep) char *old = digest_query_columns(tables, 2, 170004);

    assert_non_null(strstr(new, "attgenerated OPERATOR(pg_catalog.<>) 'v'"));
    assert_null(strstr(old, "attgenerated OPERATOR"));
}

/* `owners`: what PLANNING_OWNERS_SQL said. */
static bool is_planned(struct table_item table, const char *owners, size_t count)
{
    char *cells[DIGEST_QUERY_COLUMNS] = {none, none, none, none, mem_strdup(owners), none};
    struct rows rows = {.columns = DIGEST_QUERY_COLUMNS, .count = count, .cells = cells};
    bool planned = digest_query_is_planned(&table, &rows);

    free(cells[4]);
    return planned;
}

static void no_query_is_planned_on_what_a_stranger_owns(void **state)
{
    struct table_item table = table_with(none);

    assert_true(is_planned(table, "t", 1));
    assert_false(is_planned(table, "f", 1));
    assert_false(is_planned(table, "", 1));
    assert_false(is_planned(table, "t", 0));
    table.suspect = true;
    assert_false(is_planned(table, "t", 1));
    assert_true(is_planned(table_with(condition), "f", 1));
}

static void stored_generated_columns_can_be_left_out(void **state)
{
    char *cells[] = {schema, oid, filenode, none,   none, none,
                     name,   oid, filenode, schema, none, none};
    char s[] = "s", type[] = "16400";
    const struct rows rows = {.columns = DIGEST_QUERY_COLUMNS, .count = 2, .cells = cells};
    struct table_item table = table_with(none);
    AUTO(mem_freep) char *with = NULL;
    AUTO(mem_freep) char *without = NULL;

    cells[1] = cells[7] = type;
    cells[2] = cells[8] = none;
    cells[9] = s;
    with = digest_query(&table, &rows);
    table.without_generated = true;
    without = digest_query(&table, &rows);
    assert_true(digest_query_generates(&rows));
    assert_non_null(strstr(with, "concat(\"t\"\"1\")"));
    assert_null(strstr(without, "concat(\"t\"\"1\")"));
    assert_non_null(strstr(without, "concat(\"a b\")"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_wrap_modulo_two_to_the_64),
        cmocka_unit_test(columns_are_chained_in_the_order_of_their_names),
        cmocka_unit_test(only_types_of_postgresql_are_cast_and_each_such_column_is_guarded),
        cmocka_unit_test(only_stored_rows_are_read),
        cmocka_unit_test(a_table_without_columns_has_a_digest),
        cmocka_unit_test(many_columns_make_several_chains),
        cmocka_unit_test(counts_alone_ask_for_no_column),
        cmocka_unit_test(the_condition_of_an_extension_holds),
        cmocka_unit_test(virtual_columns_are_left_out_where_there_are_any),
        cmocka_unit_test(no_query_is_planned_on_what_a_stranger_owns),
        cmocka_unit_test(stored_generated_columns_can_be_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
