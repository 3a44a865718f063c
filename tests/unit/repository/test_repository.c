#include "tests/unit/repository/temp.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static void creating_makes_the_folder_once_and_keeps_its_id(void **state)
{
    struct temp *temp = *state;
    AUTO(repository_freep) struct repository *again = NULL;
    AUTO(mem_freep) char *slashes = mem_printf("%s//", temp->path);
    struct stat st;

    must(repository_open(slashes, true, &again));
    assert_string_equal(repository_id(again), repository_id(temp->repository));
    assert_int_equal(strlen(repository_id(again)), 32);
    assert_string_equal(repository_path(again), temp->path);
    assert_int_equal(stat(temp->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void reading_never_creates(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *absent = fs_join(temp->folder, "absent");
    AUTO(mem_freep) char *empty = fs_join(temp->folder, "empty");
    struct repository *repository = NULL;

    must(fs_make_dir(empty));
    must_fail(repository_open(absent, false, &repository), ERR_NOT_FOUND, "no such folder");
    must_fail(repository_open(empty, false, &repository), ERR_NOT_FOUND, "empty");
    assert_false(fs_exists(absent));
    must_fail(repository_open("", false, &repository), ERR_USAGE, "empty");
}

static void a_strangers_folder_is_refused_and_left_alone(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *strange = fs_join(temp->folder, "strange");
    AUTO(strv_clear) struct strv names = STRV_INIT;
    struct repository *repository = NULL;

    must(fs_make_dir(strange));
    temp_write(strange, "holiday.jpg", "x", 1);
    must_fail(repository_open(strange, true, &repository), ERR_USAGE, "empty or new folder");
    must_fail(repository_open(strange, false, &repository), ERR_USAGE, strange);
    must(fs_list_dir(strange, &names));
    assert_int_equal(names.len, 1);
}

static void a_file_is_no_repository(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *file = fs_join(temp->folder, "file");
    struct repository *repository = NULL;

    temp_write(temp->folder, "file", "x", 1);
    must_fail(repository_open(file, true, &repository), ERR_USAGE, "not a folder");
}

static void a_fresh_file_systems_root_is_a_place(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *root = fs_join(temp->folder, "volume");
    AUTO(mem_freep) char *lost = fs_join(root, "lost+found");
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue all = {0};

    must(fs_make_dirs(lost));
    temp_write(root, ".pgkeep.json.0123.new", "{", 1); /* a run that died in its first second */
    must(repository_open(root, true, &repository));
    must(catalogue_load(repository, NULL, NULL, &all));
    assert_int_equal(all.count, 0);
}

static void a_newer_or_damaged_format_is_named(void **state)
{
    struct temp *temp = *state;
    struct repository *repository = NULL;

    temp_write(temp->path, "pgkeep.json", "{\"format\": 2}", 13);
    must_fail(repository_open(temp->path, true, &repository), ERR_UNSUPPORTED, "newer");
    temp_write(temp->path, "pgkeep.json", "{\"format\":", 10);
    must_fail(repository_open(temp->path, false, &repository), ERR_PROTOCOL, "pgkeep.json");
    temp_write(temp->path, "pgkeep.json", "{}", 2);
    must_fail(repository_open(temp->path, false, &repository), ERR_PROTOCOL, "key format");
}

static void who_may_not_write_is_told_why(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *path = fs_join(temp->folder, "closed/backups");
    AUTO(mem_freep) char *closed = fs_join(temp->folder, "closed");
    struct repository *repository = NULL;
    struct err *e;

    if (geteuid() != 0)
        skip(); /* only root can become somebody else */
    must(fs_make_dir(closed));
    assert_int_equal(chmod(temp->folder, 0711), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    e = repository_open(path, true, &repository);
    assert_int_equal(seteuid(0), 0);
    must_fail(e, ERR_DENIED, "pgkeep runs as uid 65534");
}

/* -- locks and tokens: the other pgkeep is a process of its own -- */

static void hold_lock(const struct temp *temp, int ready)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    struct lock *lock = NULL;

    must(repository_open(temp->path, false, &repository));
    must(lock_target(repository, "app-db", "backup", &lock));
    if (write(ready, "1", 1) == 1)
        pause();
}

static void hold_token(const struct temp *temp, int ready)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    struct run_token *token = NULL;

    must(repository_open(temp->path, false, &repository));
    must(run_token_new(repository, &token));
    if (write(ready, run_token_text(token), 16) == 16)
        pause();
}

/* Starts a process that does `body` until it is killed; *said is what it wrote first. */
static pid_t start_holder(const struct temp *temp, void (*body)(const struct temp *, int),
                          char *said, size_t size)
{
    int ends[2];
    pid_t child;
    ssize_t len;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        body(temp, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    len = read(ends[0], said, size - 1);
    close(ends[0]);
    assert_true(child > 0 && len > 0);
    said[len] = '\0';
    return child;
}

static void end_holder(pid_t child)
{
    int status;

    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void the_second_learns_who_holds_the_lock(void **state)
{
    struct temp *temp = *state;
    AUTO(lock_freep) struct lock *lock = NULL;
    AUTO(lock_freep) struct lock *other = NULL;
    char said[8];
    pid_t child = start_holder(temp, hold_lock, said, sizeof(said));
    AUTO(mem_freep) char *pid = mem_printf("pid %d on ", child);

    must_fail(lock_target(temp->repository, "app-db", "prune", &lock), ERR_BUSY, pid);
    must_fail(lock_target(temp->repository, "app-db", "prune", &lock), ERR_BUSY,
              "(backup, since");
    must(lock_target(temp->repository, "app-db2", "prune", &other));
    end_holder(child);
    must(lock_target(temp->repository, "app-db", "prune", &lock));
}

static void a_lock_is_free_again_when_it_is_given_back(void **state)
{
    struct temp *temp = *state;
    AUTO(lock_freep) struct lock *first = NULL;
    AUTO(lock_freep) struct lock *second = NULL;

    must(lock_target(temp->repository, "a/b", "backup", &first));
    must_fail(lock_target(temp->repository, "a/b", "backup", &second), ERR_BUSY, "a/b");
    lock_freep(&first);
    must(lock_target(temp->repository, "a/b", "backup", &second));
}

static void words_that_were_not_written_yet_do_not_matter(void **state)
{
    struct temp *temp = *state;
    AUTO(lock_freep) struct lock *first = NULL;
    struct lock *second = NULL;

    must(lock_target(temp->repository, "t", "backup", &first));
    AUTO(mem_freep) char *file = fs_join(temp->path, "t/.lock");
    assert_int_equal(truncate(file, 0), 0);
    must_fail(lock_target(temp->repository, "t", "backup", &second), ERR_BUSY,
              "another pgkeep");
}

static void a_token_lives_as_long_as_its_run(void **state)
{
    struct temp *temp = *state;
    AUTO(run_token_freep) struct run_token *mine = NULL;
    char said[32], own[32];
    pid_t child = start_holder(temp, hold_token, said, sizeof(said));

    must(run_token_new(temp->repository, &mine));
    assert_true(run_token_alive(temp->repository, said));
    assert_true(run_token_alive(temp->repository, run_token_text(mine)));
    end_holder(child);
    assert_false(run_token_alive(temp->repository, said));
    snprintf(own, sizeof(own), "%s", run_token_text(mine));
    run_token_freep(&mine);
    assert_false(run_token_alive(temp->repository, own));
}

static void the_next_run_removes_dead_tokens_only(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *runs = fs_join(temp->path, ".runs");
    AUTO(run_token_freep) struct run_token *mine = NULL;
    AUTO(run_token_freep) struct run_token *next = NULL;
    AUTO(strv_clear) struct strv names = STRV_INIT;
    char said[32];

    must(run_token_new(temp->repository, &mine));
    end_holder(start_holder(temp, hold_token, said, sizeof(said)));
    must(run_token_new(temp->repository, &next));
    must(fs_list_dir(runs, &names));
    assert_int_equal(names.len, 2);
    assert_true(strv_contains(&names, run_token_text(mine)));
    assert_false(strv_contains(&names, said));
}

static void a_token_that_is_none_is_not_alive(void **state)
{
    struct temp *temp = *state;

    assert_false(run_token_alive(temp->repository, "../pgkeep.json"));
    assert_false(run_token_alive(temp->repository, ""));
    assert_false(run_token_alive(temp->repository, "0123456789abcdef"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(creating_makes_the_folder_once_and_keeps_its_id),
        TEST(reading_never_creates),
        TEST(a_strangers_folder_is_refused_and_left_alone),
        TEST(a_file_is_no_repository),
        TEST(a_fresh_file_systems_root_is_a_place),
        TEST(a_newer_or_damaged_format_is_named),
        TEST(who_may_not_write_is_told_why),
        TEST(the_second_learns_who_holds_the_lock),
        TEST(a_lock_is_free_again_when_it_is_given_back),
        TEST(words_that_were_not_written_yet_do_not_matter),
        TEST(a_token_lives_as_long_as_its_run),
        TEST(the_next_run_removes_dead_tokens_only),
        TEST(a_token_that_is_none_is_not_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
