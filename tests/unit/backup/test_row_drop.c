/* The alarm that a table lost its rows: when it rings, and when it must not. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/backup/row_drop.h"
#include "orchestrator/fingerprint/fingerprint.h"

#define DAY1 "2026-11-20T013000Z"
#define DAY2 "2026-11-21T013000Z"

struct pair {
    struct manifest *before;
    struct manifest *now;
};

static void pair_clear(struct pair *pair)
{
    manifest_free(pair->before);
    manifest_free(pair->now);
}

static struct pair new_pair(void)
{
    return (struct pair){temp_manifest("app", "db", DAY1), temp_manifest("app", "db", DAY2)};
}

/* Rows of -2: the table is not there. */
static void add_table(struct manifest *m, const char *name, int64_t rows)
{
    if (rows > -2)
        manifest_add_table(m, "public", name, rows, 0, 0);
}

static void add(const struct pair *pair, const char *name, int64_t before, int64_t now)
{
    add_table(pair->before, name, before);
    add_table(pair->now, name, now);
}

/* A fingerprint of this table alone. */
static void fingerprint(struct manifest *m, const char *name, int64_t rows)
{
    AUTO(fingerprint_freep) struct fingerprint *f = fingerprint_new();
    struct fingerprint_table *table;

    f->depth = FINGERPRINT_COUNTS;
    table = fingerprint_add_table(f, "public", name);
    table->rows = rows;
    if (rows < 0)
        table->why_not = mem_strdup("permission denied");
    fingerprint_sort(f);
    json_decref(m->fingerprint);
    m->fingerprint = fingerprint_to_json(f);
}

static void it_rings_past_the_share_and_from_a_thousand_rows_on(void **state)
{
    static const struct {
        int64_t before, now;
        int percent;
        bool rings;
    } rows[] = {
        {2000, 999, 50, true},
        {2000, 1000, 50, false}, /* just half: not more than half */
        {2001, 1000, 50, true},
        {1999, 1000, 50, false}, /* 999 rows */
        {1000, 0, 50, true},
        {999, 0, 50, false},
        {0, 0, 50, false},
        {1000, 1000, 50, false},
        {1000, 2000, 50, false},
        {100000, 98999, 1, true},
        {100000, 99000, 1, false},
        {100000, 1000, 99, false},
        {100000, 999, 99, true},
        {100000, 0, 0, false}, /* off */
        {INT64_MAX, INT64_MAX / 2, 50, true},
        {INT64_MAX, INT64_MAX / 2 + 1, 50, false},
        {-1, 0, 50, false}, /* not counted */
        {5000, -1, 50, false},
        {-2, 5000, 50, false}, /* new */
        {5000, -2, 50, true},  /* gone */
        {999, -2, 50, false},
        {-1, -2, 50, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(pair_clear) struct pair pair = new_pair();

        add(&pair, "t", rows[i].before, rows[i].now);
        row_drop_find(pair.before, pair.now, rows[i].percent);
        if (pair.now->alarm_count != rows[i].rings)
            fail_msg("row %zu: %zu alarms", i, pair.now->alarm_count);
    }
}

static void the_alarm_names_the_table_and_both_counts(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "a", 10, 10);
    add(&pair, "b", 8000000, 12);
    add(&pair, "c", 5000, -2);
    add(&pair, "d", -2, 5000);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 2);
    assert_string_equal(pair.now->alarms[0].schema, "public");
    assert_string_equal(pair.now->alarms[0].name, "b");
    assert_int_equal(pair.now->alarms[0].rows_before, 8000000);
    assert_int_equal(pair.now->alarms[0].rows, 12);
    assert_string_equal(pair.now->alarms[1].name, "c");
    assert_int_equal(pair.now->alarms[1].rows, -1);
    assert_string_equal(pair.now->compared_with, DAY1);
}

static void a_table_that_another_selection_leaves_out_is_not_lost(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    strv_push(&pair.now->selection, "--exclude-table-data=log");
    add(&pair, "log", 5000, -2);
    add(&pair, "orders", 5000, 10);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
    assert_string_equal(pair.now->alarms[0].name, "orders");
}

static void the_same_selection_in_another_order_is_the_same(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    strv_push(&pair.before->selection, "--table=a");
    strv_push(&pair.before->selection, "--table=b");
    strv_push(&pair.now->selection, "--table=b");
    strv_push(&pair.now->selection, "--table=a");
    add(&pair, "a", 5000, -2);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
}

static void fingerprints_count_before_what_the_dump_held(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "t", 1, 1);
    fingerprint(pair.before, "t", 5000);
    fingerprint(pair.now, "t", 10);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
    assert_int_equal(pair.now->alarms[0].rows_before, 5000);
}

/* A fingerprint counts partitions where a dump through their root counts the root. */
static void a_fingerprint_is_never_held_against_a_dump(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "root", 5000, 5000);
    fingerprint(pair.before, "root_2026", 5000);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 0);
}

static void a_fingerprint_that_cannot_be_read_is_as_none(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "t", 5000, 10);
    pair.before->fingerprint = json_pack("{s:s}", "depth", "of the future");
    fingerprint(pair.now, "t", 5000);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
}

static void a_table_that_the_fingerprint_could_not_count_has_the_dumps_rows(void **state)
{
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "t", 4000, 10);
    fingerprint(pair.before, "t", 5000);
    fingerprint(pair.now, "t", -1);
    row_drop_find(pair.before, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
    assert_int_equal(pair.now->alarms[0].rows_before, 5000);
    assert_int_equal(pair.now->alarms[0].rows, 10);
}

static void write_manifest(const struct temp *temp, const struct manifest *m)
{
    AUTO(mem_freep) char *id = manifest_id(m);
    AUTO(mem_freep) char *folder = fs_join(temp->path, id);
    AUTO(mem_freep) char *text = manifest_to_text(m);

    must(fs_make_dirs(folder));
    temp_write(folder, MANIFEST_NAME, text, strlen(text));
}

static void the_backup_before_is_found_in_the_repository(void **state)
{
    struct temp *temp = *state;
    AUTO(pair_clear) struct pair pair = new_pair();

    add(&pair, "t", 5000, 10);
    row_drop_check(temp->repository, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 0);
    assert_null(pair.now->compared_with);
    write_manifest(temp, pair.before);
    row_drop_check(temp->repository, pair.now, 0);
    assert_null(pair.now->compared_with);
    row_drop_check(temp->repository, pair.now, 50);
    assert_int_equal(pair.now->alarm_count, 1);
    assert_string_equal(pair.now->compared_with, DAY1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rings_past_the_share_and_from_a_thousand_rows_on),
        cmocka_unit_test(the_alarm_names_the_table_and_both_counts),
        cmocka_unit_test(a_table_that_another_selection_leaves_out_is_not_lost),
        cmocka_unit_test(the_same_selection_in_another_order_is_the_same),
        cmocka_unit_test(fingerprints_count_before_what_the_dump_held),
        cmocka_unit_test(a_fingerprint_is_never_held_against_a_dump),
        cmocka_unit_test(a_fingerprint_that_cannot_be_read_is_as_none),
        cmocka_unit_test(a_table_that_the_fingerprint_could_not_count_has_the_dumps_rows),
        TEST(the_backup_before_is_found_in_the_repository),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
