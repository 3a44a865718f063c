/* What changed between two backups, from their fingerprints and without them. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/fingerprint/changes.h"

struct two {
    struct manifest *before, *after;
    struct fingerprint *f_before, *f_after;
    struct changes changes;
};

static struct two new_two(void)
{
    struct two two = {.before = temp_manifest("app", "db", "2026-11-20T013000Z"),
                      .after = temp_manifest("app", "db", "2026-11-21T013000Z"),
                      .f_before = fingerprint_new(),
                      .f_after = fingerprint_new()};

    two.f_before->depth = two.f_after->depth = FINGERPRINT_CONTENT;
    two.f_before->large_objects.has_content = two.f_after->large_objects.has_content = true;
    return two;
}

static void two_clear(struct two *two)
{
    changes_clear(&two->changes);
    manifest_free(two->before);
    manifest_free(two->after);
    fingerprint_free(two->f_before);
    fingerprint_free(two->f_after);
}

static void compare(struct two *two)
{
    fingerprint_sort(two->f_before);
    fingerprint_sort(two->f_after);
    two->before->fingerprint = fingerprint_to_json(two->f_before);
    two->after->fingerprint = fingerprint_to_json(two->f_after);
    changes_between(two->before, two->after, &two->changes);
}

/* A digest of 0 is one that is not known. */
static void add_table(struct fingerprint *f, const char *name, int64_t rows, uint64_t digest)
{
    struct fingerprint_table *table = fingerprint_add_table(f, "public", name);

    table->rows = rows;
    table->has_content = digest != 0;
    table->digest = digest;
    if (rows < 0 || !table->has_content)
        table->why_not = mem_strdup("permission denied");
}

static void add_sequence(struct fingerprint *f, const char *name, int64_t at, bool called)
{
    struct fingerprint_sequence *sequence = fingerprint_add_sequence(f, "public", name);

    sequence->before = sequence->after = at;
    sequence->before_called = sequence->after_called = called;
}

static void hide(struct fingerprint_sequence *sequence)
{
    sequence->why_not = mem_strdup("permission denied");
}

static void assert_table(const struct two *two, size_t i, const char *name, enum change change)
{
    const struct changes_table *table = &two->changes.tables[i];

    assert_true(i < two->changes.table_count);
    assert_string_equal((table->before ? table->before : table->after)->name, name);
    assert_int_equal(table->change, change);
}

static void tables_change_by_rows_by_content_and_by_being_there(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    add_table(two.f_before, "content", 5, 111);
    add_table(two.f_after, "content", 5, 112);
    add_table(two.f_before, "gone", 5, 1);
    add_table(two.f_after, "new", 5, 1);
    add_table(two.f_before, "rows", 5, 1);
    add_table(two.f_after, "rows", 7, 1);
    add_table(two.f_before, "same", 5, 1);
    add_table(two.f_after, "same", 5, 1);
    add_table(two.f_before, "same_count", 5, 0);
    add_table(two.f_after, "same_count", 5, 1);
    add_table(two.f_before, "unreadable", -1, 0);
    add_table(two.f_after, "unreadable", 5, 1);
    compare(&two);
    assert_null(two.changes.rows.why_not);
    assert_int_equal(two.changes.table_count, 5);
    assert_table(&two, 0, "content", CHANGE_CHANGED);
    assert_table(&two, 1, "gone", CHANGE_REMOVED);
    assert_table(&two, 2, "new", CHANGE_ADDED);
    assert_table(&two, 3, "rows", CHANGE_CHANGED);
    assert_table(&two, 4, "unreadable", CHANGE_UNKNOWN);
    assert_int_equal(two.changes.same_tables, 1);
    assert_int_equal(two.changes.same_rows, 1);
}

static void sequences_move_also_by_being_used_first(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    add_sequence(two.f_before, "a_moved", 5, true);
    add_sequence(two.f_after, "a_moved", 9, true);
    add_sequence(two.f_before, "b_used", 1, false);
    add_sequence(two.f_after, "b_used", 1, true);
    add_sequence(two.f_before, "c_same", 1, true);
    add_sequence(two.f_after, "c_same", 1, true);
    add_sequence(two.f_before, "d_gone", 1, true);
    add_sequence(two.f_after, "e_new", 1, true);
    add_sequence(two.f_before, "f_hidden", 1, true);
    add_sequence(two.f_after, "f_hidden", 1, true);
    hide(&two.f_after->sequences[two.f_after->sequence_count - 1]);
    compare(&two);
    assert_int_equal(two.changes.sequence_count, 5);
    assert_int_equal(two.changes.same_sequences, 1);
    assert_int_equal(two.changes.sequences[0].change, CHANGE_CHANGED);
    assert_int_equal(two.changes.sequences[1].change, CHANGE_CHANGED);
    assert_int_equal(two.changes.sequences[2].change, CHANGE_REMOVED);
    assert_int_equal(two.changes.sequences[3].change, CHANGE_ADDED);
    assert_int_equal(two.changes.sequences[4].change, CHANGE_UNKNOWN);
}

static void assert_entry(const struct two *two, size_t i, const char *tag, enum change change)
{
    assert_true(i < two->changes.entry_count);
    assert_string_equal(two->changes.entries[i].entry->tag, tag);
    assert_int_equal(two->changes.entries[i].change, change);
}

static void schema_entries_are_added_removed_and_changed(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    fingerprint_add_entry(two.f_before, "INDEX", "public", "gone", 1);
    fingerprint_add_entry(two.f_after, "INDEX", "public", "new", 1);
    fingerprint_add_entry(two.f_before, "TABLE", "public", "other", 1);
    fingerprint_add_entry(two.f_after, "TABLE", "public", "other", 2);
    fingerprint_add_entry(two.f_before, "TABLE", "public", "same", 1);
    fingerprint_add_entry(two.f_after, "TABLE", "public", "same", 1);
    fingerprint_add_entry(two.f_before, "TABLE", "sales", "same", 1);
    fingerprint_add_entry(two.f_after, "VIEW", "sales", "same", 1);
    compare(&two);
    assert_int_equal(two.changes.entry_count, 5);
    assert_entry(&two, 0, "gone", CHANGE_REMOVED);
    assert_entry(&two, 1, "new", CHANGE_ADDED);
    assert_entry(&two, 2, "other", CHANGE_CHANGED);
    assert_entry(&two, 3, "same", CHANGE_REMOVED);
    assert_entry(&two, 4, "same", CHANGE_ADDED);
    assert_int_equal(two.changes.same_entries, 1);
}

static void entries_of_one_name_are_matched_by_their_digest(void **state)
{
    AUTO(two_clear) struct two two = new_two();
    const uint64_t before[] = {1, 2, 3, 3, 9};
    const uint64_t after[] = {2, 3, 4};

    for (size_t i = 0; i < ARRAY_LEN(before); i++)
        fingerprint_add_entry(two.f_before, "ACL", "public", "TABLE t", before[i]);
    for (size_t i = 0; i < ARRAY_LEN(after); i++)
        fingerprint_add_entry(two.f_after, "ACL", "public", "TABLE t", after[i]);
    compare(&two);
    assert_int_equal(two.changes.same_entries, 2);
    assert_int_equal(two.changes.entry_count, 3);
    assert_entry(&two, 0, "TABLE t", CHANGE_CHANGED);
    assert_entry(&two, 1, "TABLE t", CHANGE_REMOVED);
    assert_entry(&two, 2, "TABLE t", CHANGE_REMOVED);
}

static void a_schema_that_was_not_read_is_not_compared(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    fingerprint_add_entry(two.f_after, "TABLE", "public", "t", 1);
    two.f_before->schema_why_not = mem_strdup("pg_dump failed");
    compare(&two);
    assert_string_equal(two.changes.schema_why_not, "pg_dump failed");
    assert_int_equal(two.changes.entry_count, 0);
}

static void without_both_fingerprints_the_dumps_rows_are_compared_and_nothing_else(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    manifest_add_table(two.before, "public", "b", 10, 0, 0);
    manifest_add_table(two.before, "public", "a", 3, 0, 0);
    manifest_add_table(two.after, "public", "a", 3, 0, 0);
    manifest_add_table(two.after, "public", "b", -1, 0, 0);
    add_table(two.f_before, "c", 1, 1);
    add_sequence(two.f_before, "s", 1, true);
    fingerprint_sort(two.f_before);
    two.before->fingerprint = fingerprint_to_json(two.f_before);
    changes_between(two.before, two.after, &two.changes);
    assert_string_equal(two.changes.rows.why_not,
                        "app/db/2026-11-21T013000Z has no fingerprint");
    assert_int_equal(two.changes.table_count, 1);
    assert_table(&two, 0, "b", CHANGE_UNKNOWN);
    assert_int_equal(two.changes.same_rows, 1);
    assert_int_equal(two.changes.same_tables, 0);
    assert_int_equal(two.changes.sequence_count, 0);
}

static void a_fingerprint_of_depth_none_counts_as_none(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    two.f_after->depth = FINGERPRINT_NONE;
    compare(&two);
    assert_non_null(strstr(two.changes.rows.why_not, "2026-11-21T013000Z has no fingerprint"));
}

static void nothing_at_all_is_no_change(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    compare(&two);
    assert_int_equal(
        two.changes.table_count + two.changes.sequence_count + two.changes.entry_count, 0);
    assert_int_equal(two.changes.large_objects, CHANGE_NONE);
}

static void large_objects_change_by_number_content_and_rights(void **state)
{
    static const struct fingerprint_large_objects rows[] = {
        {.count = 3, .has_content = true, .digest = 1, .rights_digest = 1},
        {.count = 2, .has_content = true, .digest = 2, .rights_digest = 1},
        {.count = 2, .has_content = true, .digest = 1, .rights_digest = 2},
    };
    const struct fingerprint_large_objects two_objects = {
        .count = 2, .has_content = true, .digest = 1, .rights_digest = 1};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(two_clear) struct two two = new_two();

        two.f_before->large_objects = two_objects;
        two.f_after->large_objects = rows[i];
        compare(&two);
        assert_int_equal(two.changes.large_objects, CHANGE_CHANGED);
    }
}

static void large_objects_are_not_known_to_be_the_same_by_their_number(void **state)
{
    AUTO(two_clear) struct two two = new_two();
    AUTO(two_clear) struct two none = new_two();

    two.f_before->depth = two.f_after->depth = FINGERPRINT_COUNTS;
    two.f_before->large_objects = two.f_after->large_objects =
        (struct fingerprint_large_objects){.count = 2};
    compare(&two);
    assert_int_equal(two.changes.large_objects, CHANGE_UNKNOWN);
    none.f_before->depth = none.f_after->depth = FINGERPRINT_COUNTS;
    none.f_before->large_objects.has_content = none.f_after->large_objects.has_content = false;
    compare(&none);
    assert_int_equal(none.changes.large_objects, CHANGE_NONE);
}

static void another_selection_is_noticed(void **state)
{
    AUTO(two_clear) struct two two = new_two();

    strv_push(&two.after->selection, "--table=a");
    compare(&two);
    assert_true(two.changes.selection_differs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_change_by_rows_by_content_and_by_being_there),
        cmocka_unit_test(sequences_move_also_by_being_used_first),
        cmocka_unit_test(schema_entries_are_added_removed_and_changed),
        cmocka_unit_test(entries_of_one_name_are_matched_by_their_digest),
        cmocka_unit_test(a_schema_that_was_not_read_is_not_compared),
        cmocka_unit_test(
            without_both_fingerprints_the_dumps_rows_are_compared_and_nothing_else),
        cmocka_unit_test(a_fingerprint_of_depth_none_counts_as_none),
        cmocka_unit_test(nothing_at_all_is_no_change),
        cmocka_unit_test(large_objects_change_by_number_content_and_rights),
        cmocka_unit_test(large_objects_are_not_known_to_be_the_same_by_their_number),
        cmocka_unit_test(another_selection_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
