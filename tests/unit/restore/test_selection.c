#include "base/mem.h"
#include "orchestrator/restore/selection.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char text[64][32];

static struct toc_entry entry(int id, const char *desc, const char *schema, const char *tag)
{
    struct toc_entry e = {.dump_id = id, .table_oid = 1259, .oid = (uint32_t)(100 + id)};
    static size_t used;

    e.desc = text[used++ % 64];
    e.schema = text[used++ % 64];
    e.tag = text[used++ % 64];
    snprintf(e.desc, 32, "%s", desc);
    snprintf(e.schema, 32, "%s", schema);
    snprintf(e.tag, 32, "%s", tag);
    return e;
}

struct fixture {
    struct toc_entry entries[6];
    struct toc toc;
    struct strv tables;
    struct strv schemas;
    struct buf out;
};

static int setup(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    f->entries[0] = entry(1, "SCHEMA", "", "sales");
    f->entries[1] = entry(2, "TABLE", "public", "a");
    f->entries[2] = entry(3, "TABLE", "sales", "a");
    f->entries[3] = entry(4, "TABLE DATA", "public", "a");
    f->entries[4] = entry(5, "TABLE", "public", "a.b");
    f->entries[5] = entry(6, "INDEX", "public", "a_idx");
    f->toc = (struct toc){.entries = f->entries, .count = 6};
    f->out = (struct buf)BUF_OWN_TEXT;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    strv_clear(&f->tables);
    strv_clear(&f->schemas);
    buf_clear(&f->out);
    mem_freep(state);
    return 0;
}

static void check(struct fixture *f, const char *expected)
{
    AUTO(err_freep) struct err *e = selection_list(&f->toc, &f->tables, &f->schemas, &f->out);

    assert_null(e);
    assert_string_equal(buf_text(&f->out), expected);
}

static void a_bare_name_takes_the_table_in_every_schema_with_its_data(void **state)
{
    struct fixture *f = *state;

    strv_push(&f->tables, "a");
    check(f, "1; 1259 101 SCHEMA\n2; 1259 102 TABLE\n3; 1259 103 TABLE\n"
             "4; 1259 104 TABLE DATA\n");
}

static void a_qualified_name_takes_one_table_and_its_schema(void **state)
{
    struct fixture *f = *state;

    strv_push(&f->tables, "sales.a");
    check(f, "1; 1259 101 SCHEMA\n3; 1259 103 TABLE\n");
}

static void a_name_with_a_dot_in_it_is_found(void **state)
{
    struct fixture *f = *state;

    strv_push(&f->tables, "a.b");
    check(f, "5; 1259 105 TABLE\n");
}

static void a_schema_takes_itself_and_all_that_is_in_it(void **state)
{
    struct fixture *f = *state;

    strv_push(&f->schemas, "sales");
    check(f, "1; 1259 101 SCHEMA\n3; 1259 103 TABLE\n");
}

static void a_name_that_matches_nothing_is_an_error_with_the_nearest_one(void **state)
{
    struct fixture *f = *state;
    AUTO(err_freep) struct err *e = NULL;

    strv_push(&f->tables, "a");
    strv_push(&f->tables, "sale.a");
    e = selection_list(&f->toc, &f->tables, &f->schemas, &f->out);
    assert_true(err_is(e, ERR_NOT_FOUND));
    assert_string_equal(err_hint_of(e), "did you mean sales.a?");
}

static void an_index_is_no_table(void **state)
{
    struct fixture *f = *state;
    AUTO(err_freep) struct err *e = NULL;

    strv_push(&f->tables, "a_idx");
    e = selection_list(&f->toc, &f->tables, &f->schemas, &f->out);
    assert_true(err_is(e, ERR_NOT_FOUND));
}

static void a_schema_that_is_needed_and_no_entry_is_lacking(void **state)
{
    struct fixture *f = *state;
    AUTO(strv_clear) struct strv lacks = STRV_INIT;

    selection_lacks(&f->toc, NULL, NULL, &lacks);
    assert_int_equal(lacks.len, 0);
    f->entries[0] = entry(1, "TABLE", "stock", "b");
    selection_lacks(&f->toc, NULL, NULL, &lacks);
    assert_int_equal(lacks.len, 2);
    assert_string_equal(lacks.items[0], "stock");
    assert_string_equal(lacks.items[1], "sales");
}

static void a_selection_lacks_only_the_schemas_of_what_it_takes(void **state)
{
    struct fixture *f = *state;
    AUTO(strv_clear) struct strv lacks = STRV_INIT;

    f->entries[0] = entry(1, "TABLE", "stock", "b");
    strv_push(&f->tables, "stock.b");
    selection_lacks(&f->toc, &f->tables, &f->schemas, &lacks);
    assert_int_equal(lacks.len, 1);
    assert_string_equal(lacks.items[0], "stock");
    strv_clear(&f->tables);
    strv_push(&f->schemas, "public");
    strv_clear(&lacks);
    selection_lacks(&f->toc, &f->tables, &f->schemas, &lacks);
    assert_int_equal(lacks.len, 0);
}

static void rows_alone_need_rows_of_the_table_itself(void **state)
{
    struct fixture *f = *state;

    strv_push(&f->tables, "public.a");
    assert_null(selection_check_rows(&f->toc, &f->tables));
    strv_push(&f->tables, "sales.a"); /* a partitioned table has a definition and no rows */
    {
        AUTO(err_freep) struct err *e = selection_check_rows(&f->toc, &f->tables);

        assert_non_null(e);
        assert_int_equal(e->kind, ERR_USAGE);
        assert_non_null(err_hint_of(e));
    }
}

static void a_list_is_read_as_pg_restore_reads_it(void **state)
{
    struct selection_ids *ids = selection_ids_read(";\n; 7; comment\n12; 1259 5 TABLE a\n\n"
                                                   "  3; 0 0 TABLE DATA b\nnothing\n40;");

    assert_true(selection_ids_have(ids, 12));
    assert_true(selection_ids_have(ids, 3));
    assert_true(selection_ids_have(ids, 40));
    assert_false(selection_ids_have(ids, 7));
    assert_false(selection_ids_have(ids, 1259));
    selection_ids_free(ids);
    ids = selection_ids_read("");
    assert_false(selection_ids_have(ids, 0));
    selection_ids_free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_bare_name_takes_the_table_in_every_schema_with_its_data, setup, teardown),
        cmocka_unit_test_setup_teardown(a_qualified_name_takes_one_table_and_its_schema, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_with_a_dot_in_it_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_schema_takes_itself_and_all_that_is_in_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_name_that_matches_nothing_is_an_error_with_the_nearest_one, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_is_no_table, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_alone_need_rows_of_the_table_itself, setup,
                                        teardown),
        cmocka_unit_test(a_list_is_read_as_pg_restore_reads_it),
        cmocka_unit_test_setup_teardown(a_schema_that_is_needed_and_no_entry_is_lacking, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_selection_lacks_only_the_schemas_of_what_it_takes,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
