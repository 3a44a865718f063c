#include "base/mem.h"
#include "orchestrator/fingerprint/lock_list.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* "16384 public t|16385 s u" */
static struct lock_list list_of(const char *text)
{
    AUTO(strv_clear) struct strv tables = STRV_INIT;
    struct lock_list list = {0};

    strv_split(&tables, text, '|');
    for (size_t i = 0; i < tables.len; i++)
        strv_split(&list.cells, tables.items[i], ' ');
    return list;
}

static void check_list(const struct lock_list *list, const char *expected)
{
    AUTO(mem_freep) char *text = strv_join(&list->cells, " ");

    assert_string_equal(text, expected);
}

static void the_statement_locks_no_more_than_the_tables_themselves(void **state)
{
    AUTO(lock_list_clear) struct lock_list list = list_of("16384 public t|16385 My \"q\"");
    AUTO(lock_list_clear) struct lock_list empty = {0};
    AUTO(mem_freep) char *sql = lock_list_statement(&list);
    AUTO(mem_freep) char *oids = lock_list_oids(&list);
    AUTO(mem_freep) char *none = lock_list_oids(&empty);

    assert_string_equal(sql, "LOCK TABLE ONLY \"public\".\"t\", ONLY \"My\".\"\"\"q\"\"\""
                             " IN ACCESS SHARE MODE");
    assert_string_equal(oids, "{16384,16385}");
    assert_null(lock_list_statement(&empty));
    assert_string_equal(none, "{}");
}

static void a_table_of_another_oid_or_name_is_another(void **state)
{
    AUTO(lock_list_clear) struct lock_list now =
        list_of("16384 public same|16390 public anew|16386 public renamed|16391 public new");
    AUTO(lock_list_clear) struct lock_list locked =
        list_of("16384 public same|16385 public anew|16386 public before|16387 public gone");
    AUTO(lock_list_clear) struct lock_list others = {0};

    lock_list_minus(&now, &locked, &others);
    check_list(&others, "16390 public anew 16386 public renamed 16391 public new");
    assert_int_equal(lock_list_count(&others), 3);
}

static void names_are_no_others_for_their_full_stops(void **state)
{
    AUTO(lock_list_clear) struct lock_list now = list_of("1 a.b c");
    AUTO(lock_list_clear) struct lock_list locked = list_of("1 a b.c");
    AUTO(lock_list_clear) struct lock_list others = {0};

    lock_list_minus(&now, &locked, &others);
    check_list(&others, "1 a.b c");
}

static void a_selection_keeps_what_the_dump_defines(void **state)
{
    AUTO(lock_list_clear) struct lock_list list =
        list_of("16384 public t|16385 public u|16386 other t");
    AUTO(fingerprint_freep) struct fingerprint *dump = fingerprint_new();

    fingerprint_add_entry(dump, "TABLE", "public", "t", 1);
    fingerprint_add_entry(dump, "VIEW", "public", "u", 1);
    lock_list_narrow(&list, dump);
    check_list(&list, "16384 public t");
}

static void tables_are_left_out_by_their_oids(void **state)
{
    AUTO(lock_list_clear) struct lock_list list =
        list_of("16384 public t|16385 public u|16386 other t");
    AUTO(strv_clear) struct strv oids = STRV_INIT;

    strv_push(&oids, "16385");
    strv_push(&oids, "99");
    lock_list_leave_out(&list, &oids);
    check_list(&list, "16384 public t 16386 other t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statement_locks_no_more_than_the_tables_themselves),
        cmocka_unit_test(a_table_of_another_oid_or_name_is_another),
        cmocka_unit_test(names_are_no_others_for_their_full_stops),
        cmocka_unit_test(a_selection_keeps_what_the_dump_defines),
        cmocka_unit_test(tables_are_left_out_by_their_oids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
