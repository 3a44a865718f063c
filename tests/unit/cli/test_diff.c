/* Two backups side by side, as show --diff prints them. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/cli/diff.h"
#include "orchestrator/fingerprint/fingerprint.h"
#include <locale.h>
#include <unistd.h>

#define DAY1 "2026-11-20T013000Z"
#define DAY2 "2026-11-21T013000Z"

static void backup_clear(struct backup *backup)
{
    free(backup->id);
    manifest_free(backup->manifest);
}

static struct backup new_backup(const char *stamp)
{
    struct backup backup = {.manifest = temp_manifest("app", "db", stamp)};

    mem_replace(&backup.manifest->dump, "db.dump");
    mem_replace(&backup.manifest->dump_format, "custom");
    backup.id = manifest_id(backup.manifest);
    return backup;
}

struct row {
    const char *name;
    int64_t rows;
    uint64_t digest;
};

static void set_fingerprint(struct backup *backup, const struct row *rows, size_t count,
                            int64_t sequence, const char *index)
{
    AUTO(fingerprint_freep) struct fingerprint *f = fingerprint_new();
    struct fingerprint_sequence *s;

    f->depth = FINGERPRINT_CONTENT;
    f->large_objects.has_content = true;
    f->large_objects.count = (uint64_t)sequence;
    for (size_t i = 0; i < count; i++) {
        struct fingerprint_table *table = fingerprint_add_table(f, "public", rows[i].name);

        table->rows = rows[i].rows;
        table->has_content = true;
        table->digest = rows[i].digest;
    }
    s = fingerprint_add_sequence(f, "public", "s");
    s->before = s->after = sequence;
    s->before_called = s->after_called = true;
    fingerprint_add_entry(f, "INDEX", "public", index, 1);
    fingerprint_add_entry(f, "EXTENSION", "", "citext", 1);
    fingerprint_sort(f);
    backup->manifest->fingerprint = fingerprint_to_json(f);
}

static char *printed(const struct backup *a, const struct backup *b, bool json)
{
    char *got = mem_new(8192, 1);
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO);
    struct err *e;

    assert_non_null(file);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    e = diff_print(a, b, json);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    must(e);
    rewind(file);
    got[fread(got, 1, 8191, file)] = '\0';
    fclose(file);
    return got;
}

static void by_fingerprints_all_that_changed_is_told(void **state)
{
    const struct row before[] = {{"content", 5, 1},
                                 {"gone", 3000, 1},
                                 {"rows", 8000100, 1},
                                 {"same", 7, 7},
                                 {"same_too", 7, 7}};
    const struct row after[] = {
        {"content", 5, 2}, {"new", 1, 1}, {"rows", 12, 9}, {"same", 7, 7}, {"same_too", 7, 7}};
    AUTO(backup_clear) struct backup a = new_backup(DAY1);
    AUTO(backup_clear) struct backup b = new_backup(DAY2);
    AUTO(mem_freep) char *text = NULL;

    set_fingerprint(&a, before, ARRAY_LEN(before), 1000, "old");
    set_fingerprint(&b, after, ARRAY_LEN(after), 2500, "new");
    text = printed(&a, &b, false);
    assert_string_equal(text, "A  app/db/" DAY1 "\n"
                              "B  app/db/" DAY2 "\n"
                              "\n"
                              "TABLE           ROWS IN A  ROWS IN B  CHANGE\n"
                              "public.content  5          5          contents\n"
                              "public.gone     3,000      -          only in A\n"
                              "public.new      -          1          only in B\n"
                              "public.rows     8,000,100  12         -8,000,088\n"
                              "2 tables unchanged\n"
                              "\n"
                              "SEQUENCE  IN A  IN B  CHANGE\n"
                              "public.s  1000  2500  +1,500\n"
                              "\n"
                              "SCHEMA   KIND   NAME\n"
                              "added    INDEX  public.new\n"
                              "removed  INDEX  public.old\n"
                              "1 schema entry unchanged\n"
                              "large objects changed: 1,000 in A, 2,500 in B\n");
}

static void as_json_what_was_not_compared_is_null(void **state)
{
    AUTO(backup_clear) struct backup a = new_backup(DAY1);
    AUTO(backup_clear) struct backup b = new_backup(DAY2);
    AUTO(mem_freep) char *text = NULL;
    AUTO(jsonx_freep) json_t *json = NULL;

    manifest_add_table(a.manifest, "public", "t", 5, 0, 0);
    manifest_add_table(b.manifest, "public", "t", -1, 0, 0);
    text = printed(&a, &b, true);
    must(jsonx_parse(text, strlen(text), &json));
    assert_string_equal(jsonx_string(json, "compared", ""), "dumps");
    assert_string_equal(jsonx_string(json, "reason", ""), "app/db/" DAY1 " has no fingerprint");
    assert_string_equal(
        jsonx_string(json_array_get(json_object_get(json, "tables"), 0), "change", ""),
        "unknown");
    assert_true(json_is_null(json_object_get(json, "sequences")));
    assert_true(json_is_null(json_object_get(json, "schema")));
    assert_true(json_is_null(json_object_get(json, "large_objects")));
    assert_int_equal(jsonx_int(json, "tables_unchanged", -1), 0);
}

static void a_backup_is_not_compared_with_itself_nor_with_globals(void **state)
{
    AUTO(backup_clear) struct backup a = new_backup(DAY1);
    AUTO(backup_clear) struct backup b = new_backup(DAY2);

    must_fail(diff_print(&a, &a, false), ERR_USAGE, "both names mean the backup app/db/" DAY1);
    mem_freep(&b.manifest->dump);
    must_fail(diff_print(&a, &b, false), ERR_USAGE, DAY2 " holds globals only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_fingerprints_all_that_changed_is_told),
        cmocka_unit_test(as_json_what_was_not_compared_is_null),
        cmocka_unit_test(a_backup_is_not_compared_with_itself_nor_with_globals),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
