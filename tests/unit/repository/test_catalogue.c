#include "tests/unit/repository/temp.h"

#include "base/clock.h"
#include "orchestrator/repository/name.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DAY1 "2026-11-20T013000Z"
#define DAY2 "2026-11-21T013000Z"
#define DAY3 "2026-12-01T013000Z"

static void must_find(const struct temp *temp, const char *text, const char *id)
{
    AUTO(backup_freep) struct backup *backup = NULL;
    struct err *e = catalogue_find(temp->repository, text, &backup);

    if (e)
        print_error("looking for \"%s\"\n", text);
    must(e);
    assert_string_equal(backup->id, id);
}

static void must_not_find(const struct temp *temp, const char *text, enum err_kind kind,
                          const char *words)
{
    struct backup *backup = NULL;

    must_fail(catalogue_find(temp->repository, text, &backup), kind, words);
}

static void it_is_sorted_oldest_first_and_passes_strangers_over(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(mem_freep) char *strange = fs_join(temp->path, "t/d/2026-11-20T0130");
    AUTO(mem_freep) char *cluster = fs_join(temp->path, "t/_cluster/" DAY1);
    AUTO(mem_freep) char *partial = fs_join(temp->path, "t/d/." DAY1 ".partial");

    temp_backup(temp, "t", "d", DAY3);
    temp_backup(temp, "t", "d", DAY1);
    temp_backup(temp, "t", "_globals", DAY2);
    temp_backup(temp, "s", "x", DAY3);
    must(fs_make_dirs(strange));
    must(fs_make_dirs(cluster));
    must(fs_make_dirs(partial));
    temp_write(temp->path, "notes.txt", "x", 1);
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    assert_int_equal(all.count, 4);
    assert_string_equal(all.items[0]->id, "s/x/" DAY3);
    assert_string_equal(all.items[1]->id, "t/_globals/" DAY2);
    assert_string_equal(all.items[2]->id, "t/d/" DAY1);
    assert_string_equal(all.items[3]->id, "t/d/" DAY3);
    assert_int_equal(all.items[2]->at_unix_s, 1795138200);
}

static void a_bad_manifest_does_not_hide_the_rest(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(mem_freep) char *bad = fs_join(temp->path, "t/d/" DAY2);
    AUTO(mem_freep) char *none = fs_join(temp->path, "t/d/" DAY3);

    temp_backup(temp, "t", "d", DAY1);
    temp_backup(temp, "t", "d", DAY2);
    temp_write(bad, MANIFEST_NAME, "{", 1);
    must(fs_make_dirs(none));
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    assert_int_equal(all.count, 3);
    assert_non_null(all.items[0]->manifest);
    assert_null(all.items[1]->manifest);
    assert_int_equal(all.items[1]->error->kind, ERR_PROTOCOL);
    assert_int_equal(all.items[2]->error->kind, ERR_NOT_FOUND);
}

static void a_filter_means_just_that_database(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue one = {0};
    AUTO(catalogue_clear) struct catalogue escaped = {0};
    AUTO(catalogue_clear) struct catalogue none = {0};

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db2", DAY2);
    temp_backup(temp, "app-staging", "db", DAY3);
    temp_backup(temp, "app", "a%2Fb", DAY1);
    must(catalogue_load(temp->repository, "app", "db", &one));
    assert_int_equal(one.count, 1);
    assert_string_equal(one.items[0]->id, "app/db/" DAY1);
    must(catalogue_load(temp->repository, NULL, "a/b", &escaped));
    assert_int_equal(escaped.count, 1);
    must(catalogue_load(temp->repository, "ap", NULL, &none));
    assert_int_equal(none.count, 0);
    must(catalogue_load(temp->repository, "../backups/app", NULL, &none));
    assert_int_equal(none.count, 0);
    must(catalogue_load(temp->repository, "app", "..", &none));
    assert_int_equal(none.count, 0);
}

static void every_form_of_a_name_finds_it(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *path = mem_printf("%s/app/db/" DAY1 "/", temp->path);

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "db", DAY3);
    must_find(temp, "app/db/" DAY1, "app/db/" DAY1);
    must_find(temp, "app/db", "app/db/" DAY3);
    must_find(temp, "app/db/latest", "app/db/" DAY3);
    must_find(temp, "app/db/2026-12", "app/db/" DAY3);
    must_find(temp, "app/db/2026-11-21", "app/db/" DAY2);
    must_find(temp, "app", "app/db/" DAY3);
    must_find(temp, "app/latest", "app/db/" DAY3);
    must_find(temp, "app/2026-12", "app/db/" DAY3);
    must_find(temp, "db", "app/db/" DAY3);
    must_find(temp, "db/latest", "app/db/" DAY3);
    must_find(temp, "db/" DAY1, "app/db/" DAY1);
    must_find(temp, DAY2, "app/db/" DAY2);
    must_find(temp, "2026-12", "app/db/" DAY3);
    must_find(temp, path, "app/db/" DAY1);
}

/* The tests run in the zone that TZ names. */
static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void prove(const struct temp *temp, const char *id, const char *verdict);

static void the_newest_proven_one_and_the_last_before_a_time_are_found(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "db", DAY3);
    must_not_find(temp, "app/db/proven", ERR_NOT_FOUND, "no backup of app/db was proven");
    must_not_find(temp, "app/db/proven", ERR_NOT_FOUND, "pgkeep test app/db");
    prove(temp, "app/db/" DAY1, "equal");
    prove(temp, "app/db/" DAY2, "equal");
    must_find(temp, "app/db/proven", "app/db/" DAY2);
    must_find(temp, "db/proven", "app/db/" DAY2);
    must_find(temp, "app/db/latest", "app/db/" DAY3);

    set_zone("UTC");
    must_find(temp, "app/db/@2026-11-21T01:30:01", "app/db/" DAY2);
    must_find(temp, "app/db@2026-11-21T01:30:00", "app/db/" DAY1); /* before it, not at it */
    must_find(temp, "db@2026-11-21 01:31", "app/db/" DAY2);
    must_find(temp, "app@2026-11-21", "app/db/" DAY1); /* before that day began */
    must_find(temp, "app/db@2030-01-01", "app/db/" DAY3);
    must_find(temp, "app/db@" DAY3, "app/db/" DAY2);
    must_not_find(temp, "app/db@2026-11-20", ERR_NOT_FOUND,
                  "no backup of app/db was taken before 2026-11-20");
    must_not_find(temp, "app/db@2026-11-31", ERR_USAGE, "is no date and no time");
    must_not_find(temp, "app/db@20", ERR_USAGE, "is no date and no time");
    must_not_find(temp, "app/dc@2026-11-30", ERR_NOT_FOUND, "no backup \"app/dc");
    set_zone("<+05>-5"); /* five hours ahead of UTC */
    must_find(temp, "app/db@2026-11-21T06:30:01", "app/db/" DAY2);
    must_find(temp, "app/db@2026-11-21T06:29", "app/db/" DAY1);
    must_find(temp, "app/db@2026-11-21T01:31Z", "app/db/" DAY2);
    set_zone("UTC");

    /* a database that is called so goes first */
    temp_backup(temp, "app", "proven", DAY1);
    must_find(temp, "app/proven", "app/proven/" DAY1);
    temp_backup(temp, "app", "a%402026-11-20", DAY3);
    must_find(temp, "app/a@2026-11-20", "app/a%402026-11-20/" DAY3);

    assert_true(backup_ref_selects("app/db/latest"));
    assert_true(backup_ref_selects("app/db/" DAY1));
    assert_true(backup_ref_selects("app/db/2026-11"));
    assert_true(backup_ref_selects("app/db/proven"));
    assert_true(backup_ref_selects("app/db@2026-11-20"));
    assert_false(backup_ref_selects("app/db"));
    assert_false(backup_ref_selects("db"));
}

static void the_newest_of_db_is_never_db2s(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db2", DAY3);
    temp_backup(temp, "app-staging", "db", DAY2);
    must_find(temp, "app/db", "app/db/" DAY1);
    must_find(temp, "app/db/latest", "app/db/" DAY1);
    must_find(temp, "db2", "app/db2/" DAY3);
    must_find(temp, "app-staging", "app-staging/db/" DAY2);
    must_not_find(temp, "app/db/2026-12", ERR_NOT_FOUND, "app/db/2026-12");
    must_not_find(temp, "app/d", ERR_NOT_FOUND, "\"pgkeep list\" shows what there is");
}

static void an_ambiguous_name_shows_what_it_may_be(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "metrics", DAY3);
    temp_backup(temp, "other", "db", DAY3);
    must_not_find(temp, "app", ERR_USAGE, "app/db/" DAY2 ", app/metrics/" DAY3);
    must_not_find(temp, "db", ERR_USAGE, "app/db/" DAY2 ", other/db/" DAY3);
    must_not_find(temp, "app/db/2026-11", ERR_USAGE, "app/db/" DAY1);
    must_not_find(temp, "2026", ERR_USAGE, "in full");
    must_find(temp, "other", "other/db/" DAY3);
}

static void a_target_and_a_database_of_one_name_are_told_apart(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "app", DAY1);
    must_find(temp, "app", "app/app/" DAY1);
    temp_backup(temp, "web", "app", DAY2);
    must_not_find(temp, "app", ERR_USAGE, "web/app/" DAY2);
    must_find(temp, "app/app", "app/app/" DAY1);
}

static void globals_never_make_a_short_name_ambiguous(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "_globals", DAY2);
    must_find(temp, "app", "app/db/" DAY1);
    must_find(temp, "app/_globals", "app/_globals/" DAY2);
    must_find(temp, "_globals", "app/_globals/" DAY2);
}

static void databases_with_awkward_names_are_found_raw_and_escaped(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "a%2Fb", DAY1);
    temp_backup(temp, "app", "latest", DAY2);
    temp_backup(temp, "app", "2026", DAY2);
    temp_backup(temp, "app", "%5Fglobals", DAY2);
    temp_backup(temp, "app", "a%252Fb", DAY3); /* the database "a%2Fb" */
    must_find(temp, "app/a/b", "app/a%2Fb/" DAY1);
    must_find(temp, "app/a/b/latest", "app/a%2Fb/" DAY1);
    must_find(temp, "app/a/b/" DAY1, "app/a%2Fb/" DAY1);
    must_find(temp, "app/a%2Fb", "app/a%2Fb/" DAY1);
    must_find(temp, "app/a%252Fb", "app/a%252Fb/" DAY3);
    must_find(temp, "app/latest", "app/latest/" DAY2);
    must_find(temp, "app/2026", "app/2026/" DAY2);
    must_find(temp, "app/_globals", "app/%5Fglobals/" DAY2);
}

static void a_name_that_is_not_there_gets_a_hint(void **state)
{
    struct temp *temp = *state;

    must_not_find(temp, "app/db", ERR_NOT_FOUND, "no backups in");
    temp_backup(temp, "app-db", "metrics", DAY1);
    must_not_find(temp, "app-bd/metrics", ERR_NOT_FOUND, "did you mean \"app-db/metrics\"?");
    must_not_find(temp, "metrisc", ERR_NOT_FOUND, "did you mean \"metrics\"?");
    must_not_find(temp, "app-db/metrics/2026-11-20T013001Z", ERR_NOT_FOUND, DAY1);
    must_not_find(temp, "zzzzzzzzzz", ERR_NOT_FOUND, "pgkeep list");
    must_not_find(temp, "", ERR_USAGE, "TARGET/DATABASE");
}

static void the_newest_counts_even_where_it_is_damaged(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *bad = fs_join(temp->path, "app/db/" DAY2);
    AUTO(backup_freep) struct backup *backup = NULL;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_write(bad, MANIFEST_NAME, "{", 1);
    must(catalogue_find(temp->repository, "app/db", &backup));
    assert_string_equal(backup->id, "app/db/" DAY2);
    assert_non_null(backup->error);
}

static void prove(const struct temp *temp, const char *id, const char *verdict)
{
    AUTO(backup_freep) struct backup *backup = NULL;
    AUTO(jsonx_freep) json_t *proof =
        json_pack("{s:s, s:i}", "verdict", verdict, "restore_ms", 4100);

    must(catalogue_find(temp->repository, id, &backup));
    must(backup_write_proof(backup, proof));
}

static void must_be_newest_proven(const struct temp *temp, const char *stamp)
{
    AUTO(catalogue_clear) struct catalogue all = {0};
    const struct backup *proven;

    must(catalogue_load(temp->repository, NULL, NULL, &all));
    proven = catalogue_newest_proven(&all, "app", "db");
    if (!stamp)
        assert_null(proven);
    else
        assert_string_equal(proven->stamp, stamp);
}

static void the_newest_proven_backup_stays_it_whatever_comes_later(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "db", DAY3);
    temp_backup(temp, "app", "other", DAY3);
    must_be_newest_proven(temp, NULL);
    prove(temp, "app/other/" DAY3, "equal");
    must_be_newest_proven(temp, NULL);
    prove(temp, "app/db/" DAY2, "equal");
    must_be_newest_proven(temp, DAY2);
    prove(temp, "app/db/" DAY1, "equal"); /* tested later, but older */
    must_be_newest_proven(temp, DAY2);
    prove(temp, "app/db/" DAY3, "unproven");
    must_be_newest_proven(temp, DAY2);
    prove(temp, "app/db/" DAY3, "of the future");
    must_be_newest_proven(temp, DAY2);
    prove(temp, "app/db/" DAY2, "different");
    must_be_newest_proven(temp, DAY1);
}

static void a_damaged_backup_is_not_proven_whatever_its_proof_says(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *bad = fs_join(temp->path, "app/db/" DAY2);

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    prove(temp, "app/db/" DAY1, "equal");
    prove(temp, "app/db/" DAY2, "equal");
    temp_write(bad, MANIFEST_NAME, "{", 1);
    must_be_newest_proven(temp, DAY1);
}

static void the_recovery_time_is_known_where_it_was_proven(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "db", DAY3);
    prove(temp, "app/db/" DAY1, "equal");
    prove(temp, "app/db/" DAY2, "different");
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    assert_int_equal(backup_restore_ms(all.items[0]), 4100);
    assert_int_equal(backup_restore_ms(all.items[1]), -1);
    assert_int_equal(backup_restore_ms(all.items[2]), -1);
}

/* The order of a backup that carries none. */
static int64_t seconds_of(const char *stamp)
{
    int64_t at = 0;

    assert_true(clock_parse_stamp(stamp, &at));
    return at;
}

static void must_be_previous(const struct temp *temp, const char *database, const char *stamp,
                             const char *id)
{
    AUTO(backup_freep) struct backup *previous = NULL;

    must(catalogue_previous(temp->repository, "app", database, seconds_of(stamp), &previous));
    if (!id)
        assert_null(previous);
    else
        assert_string_equal(previous->id, id);
}

static void the_previous_backup_is_the_newest_older_one_that_can_be_read(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *bad = fs_join(temp->path, "app/db/" DAY2);

    must_be_previous(temp, "db", DAY1, NULL);
    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    temp_backup(temp, "app", "_globals", DAY1);
    temp_backup(temp, "other", "db", DAY2);
    must_be_previous(temp, "db", DAY1, NULL);
    must_be_previous(temp, "db", DAY2, "app/db/" DAY1);
    must_be_previous(temp, "db", DAY3, "app/db/" DAY2);
    must_be_previous(temp, NULL, DAY3, "app/_globals/" DAY1);
    temp_write(bad, MANIFEST_NAME, "{", 1);
    must_be_previous(temp, "db", DAY3, "app/db/" DAY1);
}

/* "a/b" has the folder a%2Fb, and the database "a%2Fb" the folder a%252Fb. */
static void the_previous_backup_is_never_of_a_database_with_a_similar_name(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "app", "a%252Fb", DAY1);
    temp_backup(temp, "app", "%5Fglobals", DAY1);
    must_be_previous(temp, "a/b", DAY3, NULL);
    must_be_previous(temp, NULL, DAY3, NULL);
    must_be_previous(temp, "a%2Fb", DAY3, "app/a%252Fb/" DAY1);
    must_be_previous(temp, "_globals", DAY3, "app/%5Fglobals/" DAY1);
}

/* Writes the backup's manifest anew, with that number. */
static void set_order(const struct temp *temp, const char *stamp, int64_t order)
{
    AUTO(mem_freep) char *folder = mem_printf("%s/app/db/%s", temp->path, stamp);
    AUTO(mem_freep) char *path = fs_join(folder, MANIFEST_NAME);
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *text = NULL;

    must(manifest_load(path, &m));
    m->order = order;
    text = manifest_to_text(m);
    temp_write(folder, MANIFEST_NAME, text, strlen(text));
}

#define FUTURE "2090-01-01T000000Z"

static void what_was_taken_last_is_the_newest_whatever_its_stamp(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};

    temp_backup(temp, "app", "db", FUTURE);
    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", DAY2);
    must_find(temp, "app/db", "app/db/" FUTURE); /* none says otherwise: by the stamps */
    set_order(temp, DAY2, seconds_of(FUTURE) + 1);
    must_find(temp, "app/db", "app/db/" DAY2);
    must_find(temp, "app/db/latest", "app/db/" DAY2);
    must_find(temp, "app", "app/db/" DAY2);
    set_order(temp, DAY1, seconds_of(FUTURE) + 2);
    must_find(temp, "db", "app/db/" DAY1);
    prove(temp, "app/db/" FUTURE, "equal");
    prove(temp, "app/db/" DAY1, "equal");
    must_be_newest_proven(temp, DAY1);
    must(catalogue_names(temp->repository, NULL, NULL, &all));
    catalogue_sort(&all);
    assert_string_equal(all.items[0]->stamp, FUTURE);
    assert_string_equal(all.items[1]->stamp, DAY2);
    assert_string_equal(all.items[2]->stamp, DAY1);
}

static void an_order_beyond_all_measure_leaves_room_for_the_next(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;

    temp_backup(temp, "app", "db", DAY1);
    set_order(temp, DAY1, INT64_MAX);
    must(draft_new(temp->repository, "app", "db", &draft));
    assert_int_equal(draft_order(draft), BACKUP_ORDER_MAX);
    draft_freep(&draft);
    set_order(temp, DAY1, INT64_MIN);
    must(draft_new(temp->repository, "app", "db", &draft));
    assert_true(draft_order(draft) > seconds_of(DAY1));
    assert_int_equal(draft_clock_behind_s(draft), 0);
}

static void
a_draft_comes_after_all_that_is_there_and_says_how_far_the_clock_is_behind(void **state)
{
    struct temp *temp = *state;
    AUTO(draft_freep) struct draft *draft = NULL;
    int64_t ahead_s = seconds_of(FUTURE) - clock_unix_s();

    temp_backup(temp, "app", "db", DAY1);
    temp_backup(temp, "app", "db", FUTURE);
    temp_backup(temp, "app", "other", DAY1);
    must(draft_new(temp->repository, "app", "db", &draft));
    assert_int_equal(draft_order(draft), seconds_of(FUTURE) + 1);
    assert_in_range(draft_clock_behind_s(draft), ahead_s - 10, ahead_s);
    draft_freep(&draft);
    must(draft_new(temp->repository, "app", "other", &draft));
    assert_int_equal(draft_order(draft), seconds_of(draft_stamp(draft)));
    assert_int_equal(draft_clock_behind_s(draft), 0);
}

static void a_link_in_a_folders_place_is_told_and_not_followed(void **state)
{
    struct temp *temp = *state;
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(mem_freep) char *database = fs_join(temp->path, "app/linked");
    AUTO(mem_freep) char *target = fs_join(temp->path, "linked");
    AUTO(mem_freep) char *backup = fs_join(temp->path, "app/db/" DAY2);

    temp_backup(temp, "app", "db", DAY1);
    assert_int_equal(symlink("db", database), 0);
    assert_int_equal(symlink("app", target), 0);
    assert_int_equal(symlink(DAY1, backup), 0);
    must(catalogue_load(temp->repository, NULL, NULL, &all));
    assert_int_equal(all.count, 2);
    assert_null(all.items[1]->manifest);
    assert_int_equal(all.items[1]->error->kind, ERR_PROTOCOL);
    assert_int_equal(all.links.len, 2);
    assert_string_equal(all.links.items[0], target);
    assert_string_equal(all.links.items[1], database);
    must_not_find(temp, "app/linked", ERR_BAD_BACKUP, "is a symbolic link");
    must_not_find(temp, "linked/db/" DAY1, ERR_BAD_BACKUP, "is a symbolic link");
    must_not_find(temp, "other", ERR_NOT_FOUND, "other");
    must_find(temp, "app/db/" DAY1, "app/db/" DAY1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_sorted_oldest_first_and_passes_strangers_over),
        TEST(a_bad_manifest_does_not_hide_the_rest),
        TEST(a_filter_means_just_that_database),
        TEST(every_form_of_a_name_finds_it),
        TEST(the_newest_proven_one_and_the_last_before_a_time_are_found),
        TEST(the_newest_of_db_is_never_db2s),
        TEST(an_ambiguous_name_shows_what_it_may_be),
        TEST(a_target_and_a_database_of_one_name_are_told_apart),
        TEST(globals_never_make_a_short_name_ambiguous),
        TEST(databases_with_awkward_names_are_found_raw_and_escaped),
        TEST(a_name_that_is_not_there_gets_a_hint),
        TEST(the_newest_counts_even_where_it_is_damaged),
        TEST(the_newest_proven_backup_stays_it_whatever_comes_later),
        TEST(a_damaged_backup_is_not_proven_whatever_its_proof_says),
        TEST(the_recovery_time_is_known_where_it_was_proven),
        TEST(the_previous_backup_is_the_newest_older_one_that_can_be_read),
        TEST(the_previous_backup_is_never_of_a_database_with_a_similar_name),
        TEST(what_was_taken_last_is_the_newest_whatever_its_stamp),
        TEST(an_order_beyond_all_measure_leaves_room_for_the_next),
        TEST(a_draft_comes_after_all_that_is_there_and_says_how_far_the_clock_is_behind),
        TEST(a_link_in_a_folders_place_is_told_and_not_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
