#include "tests/unit/repository/temp.h"

#include "base/clock.h"
#include "orchestrator/repository/sealed.h"
#include <sys/stat.h>
#include <unistd.h>

static char *final_path(const struct temp *temp, const struct draft *draft)
{
    return mem_printf("%s/app-db/app/%s", temp->path, draft_stamp(draft));
}

static void a_published_draft_is_a_whole_backup(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(mem_freep) char *members = NULL;

    must(draft_new(temp->repository, "app-db", "app", &draft));
    m = temp_manifest("app-db", "app", draft_stamp(draft));
    temp_add_file(m, draft_path(draft), "globals.sql", "--\n", 3);
    members = fs_join(draft_path(draft), "x.dir");
    must(fs_make_dir(members));
    temp_add_file(m, draft_path(draft), "x.dir/toc.dat", "PGDMP", 5);
    must(draft_publish(draft, m));
    assert_false(fs_exists(draft_path(draft)));
    draft_freep(&draft);

    must(catalogue_load(temp->repository, "app-db", "app", &all));
    assert_int_equal(all.count, 1);
    assert_non_null(all.items[0]->manifest);
    assert_int_equal(manifest_stored_bytes(all.items[0]->manifest), 8);
}

static void an_unpublished_draft_leaves_nothing(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(mem_freep) char *database = fs_join(temp->path, "app-db/app");
    AUTO(mem_freep) char *inner = NULL;

    must(draft_new(temp->repository, "app-db", "app", &draft));
    temp_write(draft_path(draft), "half", "x", 1);
    inner = fs_join(draft_path(draft), "x.dir");
    must(fs_make_dir(inner));
    temp_write(inner, "toc.dat", "x", 1);
    draft_freep(&draft);
    assert_false(fs_exists(database));
}

static void files_and_folders_are_closed_to_others(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *path = NULL;
    AUTO(mem_freep) char *manifest = NULL;
    struct stat st;

    must(draft_new(temp->repository, "app-db", "app", &draft));
    m = temp_manifest("app-db", "app", draft_stamp(draft));
    must(draft_publish(draft, m));
    path = final_path(temp, draft);
    manifest = fs_join(path, MANIFEST_NAME);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(manifest, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void drafts_of_one_second_get_stamps_of_their_own(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *first = NULL;
    AUTO(draft_freep) struct draft *second = NULL;
    AUTO(draft_freep) struct draft *third = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;

    must(draft_new(temp->repository, "app-db", "app", &first));
    m = temp_manifest("app-db", "app", draft_stamp(first));
    must(draft_publish(first, m));
    must(draft_new(temp->repository, "app-db", "app", &second));
    must(draft_new(temp->repository, "app-db", "app", &third));
    assert_true(strcmp(draft_stamp(first), draft_stamp(second)) < 0);
    assert_true(strcmp(draft_stamp(second), draft_stamp(third)) < 0);
}

static void a_draft_that_differs_from_its_manifest_is_not_published(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *final = NULL;

    must(draft_new(temp->repository, "app-db", "app", &draft));
    final = final_path(temp, draft);
    m = temp_manifest("app-db", "app", draft_stamp(draft));
    temp_add_file(m, draft_path(draft), "listed", "12", 2);
    temp_write(draft_path(draft), "unlisted", "1", 1);
    must_fail(draft_publish(draft, m), ERR_FAILED, "unlisted is not in the manifest");
    AUTO(mem_freep) char *unlisted = fs_join(draft_path(draft), "unlisted");
    must(fs_remove_tree(unlisted));
    temp_write(draft_path(draft), "listed", "1", 1);
    must_fail(draft_publish(draft, m), ERR_FAILED, "its manifest says 2");
    mem_replace(&m->stamp, "2026-11-21T013000Z");
    must_fail(draft_publish(draft, m), ERR_FAILED, "stamp");
    assert_false(fs_exists(final));
}

static void awkward_databases_never_leave_their_target(void **state)
{
    static const char *const names[] = {"..", ".", "../../x", "/etc", "a/b", "\n", "_globals"};
    struct temp *temp = *state;
    AUTO(mem_freep) char *inside = mem_printf("%s/app-db/", temp->path);
    AUTO(catalogue_clear) struct catalogue all = {0};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(draft_freep) struct draft *draft = NULL;
        AUTO(manifest_freep) struct manifest *m = NULL;
        AUTO(mem_freep) char *dump = NULL;

        must(draft_new(temp->repository, "app-db", names[i], &draft));
        assert_int_equal(strncmp(draft_path(draft), inside, strlen(inside)), 0);
        assert_null(strstr(draft_path(draft), "/../"));
        dump = draft_dump_name(draft, "sql.gz");
        assert_null(strchr(dump, '/'));
        m = temp_manifest("app-db", names[i], draft_stamp(draft));
        temp_add_file(m, draft_path(draft), dump, "x", 1);
        must(draft_publish(draft, m));
    }
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    assert_int_equal(all.count, ARRAY_LEN(names));
    for (size_t i = 0; i < all.count; i++)
        assert_string_not_equal(all.items[i]->database_folder, MANIFEST_GLOBALS_FOLDER);
}

static void globals_alone_have_a_folder_of_their_own(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;

    must(draft_new(temp->repository, "app-db", NULL, &draft));
    assert_non_null(strstr(draft_path(draft), "/app-db/_globals/."));
}

static void a_sweep_clears_what_crashes_left_and_nothing_else(void **state)
{
    static const char *const left[] = {".2026-11-21T013000Z.partial",
                                       ".2026-11-22T013000Z.removed"};
    static const char *const kept[] = {".snapshot", ".2026-11-21T013000Z.partial2",
                                       ".nfs000012", "2026-11-20T013000Z"};
    struct temp *temp = *state;
    AUTO(mem_freep) char *database = fs_join(temp->path, "t/d");
    AUTO(mem_freep) char *backup = fs_join(database, "2026-11-20T013000Z");
    AUTO(mem_freep) char *proof = fs_join(backup, ".proof.json.new");
    AUTO(lock_freep) struct lock *lock = NULL;
    size_t removed = 99;

    must(lock_target(temp->repository, "t", "backup", &lock));
    temp_backup(temp, "t", "d", "2026-11-20T013000Z");
    temp_write(backup, ".proof.json.new", "{", 1);
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        AUTO(mem_freep) char *inner = mem_printf("%s/%s/x.dir", database, left[i]);
        must(fs_make_dirs(inner));
        temp_write(inner, "toc.dat", "x", 1);
    }
    for (size_t i = 0; i + 1 < ARRAY_LEN(kept); i++) {
        AUTO(mem_freep) char *path = fs_join(database, kept[i]);
        must(fs_make_dirs(path));
    }
    must(repository_sweep(temp->repository, "t", &removed));
    assert_int_equal(removed, 3);
    AUTO(strv_clear) struct strv names = STRV_INIT;
    must(fs_list_dir(database, &names));
    assert_int_equal(names.len, ARRAY_LEN(kept));
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        assert_true(strv_contains(&names, kept[i]));
    assert_false(fs_exists(proof));
    must(repository_sweep(temp->repository, "never-seen", &removed));
    assert_int_equal(removed, 0);
}

static void a_removed_backup_is_gone_and_its_neighbour_stays(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(catalogue_clear) struct catalogue left = {0};

    temp_backup(temp, "t", "d", "2026-11-20T013000Z");
    temp_backup(temp, "t", "d", "2026-11-21T013000Z");
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    must(backup_remove(temp->repository, all.items[0]));
    assert_true(backup_is_gone(all.items[0]));
    must(catalogue_load(temp->repository, NULL, NULL, &left));
    assert_int_equal(left.count, 1);
    assert_string_equal(left.items[0]->id, "t/d/2026-11-21T013000Z");
    must_fail(backup_remove(temp->repository, all.items[0]), ERR_NOT_FOUND, all.items[0]->id);
}

static void a_proof_replaces_the_one_before(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = NULL;
    AUTO(backup_freep) struct backup *again = NULL;
    AUTO(jsonx_freep) json_t *different = json_pack("{s:s}", "verdict", "different");
    AUTO(jsonx_freep) json_t *equal =
        json_pack("{s:s,s:s}", "verdict", "equal", "tested_at", "2026-11-21T01:30:00Z");

    temp_backup(temp, "t", "d", "2026-11-20T013000Z");
    must(catalogue_find(temp->repository, "t/d", &backup));
    assert_int_equal(backup_verdict(backup), PROOF_NONE);
    must(backup_write_proof(backup, different));
    must(backup_write_proof(backup, equal));
    must(catalogue_find(temp->repository, "t/d", &again));
    assert_int_equal(backup_verdict(again), PROOF_EQUAL);
    assert_int_equal(backup_tested_unix_s(again), 1795224600);
}

static void an_unreadable_proof_counts_as_unproven(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = fs_join(temp->path, "t/d/2026-11-20T013000Z");
    AUTO(backup_freep) struct backup *backup = NULL;

    temp_backup(temp, "t", "d", "2026-11-20T013000Z");
    temp_write(folder, PROOF_NAME, "{\"verdict\": \"equ", 16);
    must(catalogue_find(temp->repository, "t/d", &backup));
    assert_int_equal(backup_verdict(backup), PROOF_UNPROVEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_published_draft_is_a_whole_backup),
        TEST(an_unpublished_draft_leaves_nothing),
        TEST(files_and_folders_are_closed_to_others),
        TEST(drafts_of_one_second_get_stamps_of_their_own),
        TEST(a_draft_that_differs_from_its_manifest_is_not_published),
        TEST(awkward_databases_never_leave_their_target),
        TEST(globals_alone_have_a_folder_of_their_own),
        TEST(a_sweep_clears_what_crashes_left_and_nothing_else),
        TEST(a_removed_backup_is_gone_and_its_neighbour_stays),
        TEST(a_proof_replaces_the_one_before),
        TEST(an_unreadable_proof_counts_as_unproven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
