/* tests/faults/test_draft_faults.c: whatever call fails, there is a whole backup or none.
 *
 * Runs itself as a worker under shim.so (beside this program): the worker opens the repository,
 * locks, sweeps, makes a draft of two files and a folder, and publishes. For every n the n-th
 * call of each kind fails or kills the worker; then the repository is looked at.
 */
#include "tests/unit/repository/temp.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD_STAMP "2020-01-01T000000Z"
#define MOST_CALLS 400
#define WORKER_FAILED 1

/* -- the worker -- */

static struct err *add_file(struct manifest *m, const char *folder, const char *name)
{
    static const char text[] = "some bytes of a dump\n";
    AUTO(mem_freep) char *path = fs_join(folder, name);
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    AUTO(fs_closep) int fd = -1;
    char hex[SHA256_HEX_SIZE];

    PASS(fs_create(path, &fd)); /* its fsync is draft_publish's */
    PASS(fs_write_all(fd, path, text, sizeof(text) - 1));
    sha256_add(sha, text, sizeof(text) - 1);
    sha256_hex(sha, hex);
    manifest_add_file(m, name, sizeof(text) - 1, hex);
    return NULL;
}

static struct err *make_backup(const char *path)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(lock_freep) struct lock *lock = NULL;
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(mem_freep) char *folder = NULL;

    PASS(repository_open(path, true, &repository));
    PASS(lock_target(repository, "t", "backup", &lock));
    PASS(repository_sweep(repository, "t", NULL));
    PASS(draft_new(repository, "t", "new", &draft));
    m = temp_manifest("t", "new", draft_stamp(draft));
    PASS(add_file(m, draft_path(draft), "globals.sql"));
    folder = fs_join(draft_path(draft), "x.dir");
    PASS(fs_make_dir(folder));
    PASS(add_file(m, draft_path(draft), "x.dir/toc.dat"));
    return draft_publish(draft, m);
}

/* Says the error on stdout, for the driver to read. */
static int work(const char *path)
{
    AUTO(err_freep) struct err *e = make_backup(path);
    AUTO(mem_freep) char *text = NULL;

    if (!e)
        return 0;
    text = err_text(e);
    printf("%s\n", text);
    return WORKER_FAILED;
}

/* -- the driver -- */

struct outcome {
    int status; /* as waitpid gives it */
    char said[4096];
};

static char *beside(const char *name)
{
    char self[PATH_MAX] = "";

    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return NULL;
    return fs_join(dirname(self), name);
}

static void become_worker(const struct temp *temp, const char *calls, const char *action,
                          long at, int out)
{
    AUTO(mem_freep) char *shim = beside("shim.so");
    AUTO(mem_freep) char *number = mem_printf("%ld", at);

    dup2(out, STDOUT_FILENO);
    setenv("FAULT_PREFIX", temp->path, 1);
    setenv("FAULT_CALLS", calls, 1);
    setenv("FAULT_ACTION", action, 1);
    setenv("FAULT_AT", number, 1);
    setenv("LD_PRELOAD", shim, 1);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
    execl("/proc/self/exe", "worker", "--work", temp->path, NULL);
    _exit(127);
}

static void run_worker(const struct temp *temp, const char *calls, const char *action, long at,
                       struct outcome *outcome)
{
    int ends[2];
    size_t len = 0;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become_worker(temp, calls, action, at, ends[1]);
    close(ends[1]);
    while (len < sizeof(outcome->said) - 1) {
        ssize_t got = read(ends[0], outcome->said + len, sizeof(outcome->said) - 1 - len);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    outcome->said[len] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &outcome->status, 0), child);
}

static size_t must_all_be_whole(const struct temp *temp, const char *target, const char *name)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(catalogue_clear) struct catalogue all = {0};

    must(repository_open(temp->path, true, &repository));
    must(catalogue_load(repository, target, name, &all));
    for (size_t i = 0; i < all.count; i++) {
        const struct manifest *m = all.items[i]->manifest;

        must(TAKE(all.items[i]->error));
        for (size_t j = 0; j < m->file_count; j++) {
            AUTO(mem_freep) char *path = fs_join(all.items[i]->path, m->files[j].name);
            uint64_t bytes = 0;

            must(fs_file_size(path, &bytes));
            assert_int_equal(bytes, m->files[j].bytes);
        }
    }
    return all.count;
}

static size_t count_leftovers(const struct temp *temp)
{
    AUTO(mem_freep) char *folder = fs_join(temp->path, "t/new");
    AUTO(strv_clear) struct strv names = STRV_INIT;
    size_t count = 0;

    if (fs_is_dir(folder))
        must(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++)
        count += names.items[i][0] == '.';
    return count;
}

static void empty_new(const struct temp *temp)
{
    AUTO(mem_freep) char *folder = fs_join(temp->path, "t/new");

    must(fs_remove_tree(folder));
}

/* True while the n-th call was there to be hit. */
static bool fail_once(const struct temp *temp, const char *calls, const char *action, long n,
                      const char *reason)
{
    struct outcome outcome;
    size_t count;

    empty_new(temp);
    run_worker(temp, calls, action, n, &outcome);
    assert_true(WIFEXITED(outcome.status));
    count = must_all_be_whole(temp, "t", "new");
    assert_int_equal(must_all_be_whole(temp, "t", "old"), 1);
    if (WEXITSTATUS(outcome.status) == 0) {
        assert_int_equal(count, 1);
        return false;
    }
    assert_int_equal(WEXITSTATUS(outcome.status), WORKER_FAILED);
    if (count != 0 || !strstr(outcome.said, temp->path) || !strstr(outcome.said, reason))
        print_error("%s %ld of %s: %zu backups, \"%s\"\n", action, n, calls, count,
                    outcome.said);
    assert_int_equal(count, 0);
    assert_non_null(strstr(outcome.said, temp->path)); /* the file is named */
    assert_non_null(strstr(outcome.said, reason));
    return true;
}

static long calls_made(const char *count_file)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(32);

    must(fs_read_file(count_file, &text));
    must(fs_remove_tree(count_file));
    return atol(buf_text(&text));
}

/* Tries every n until there is no n-th call. Returns how many calls failed without harm: the
 * worker succeeded all the same. */
static long fail_each(const struct temp *temp, const char *calls, const char *action,
                      const char *reason)
{
    AUTO(mem_freep) char *count_file = fs_join(temp->folder, "count");
    long harmless = 0, n = 1;

    setenv("FAULT_COUNT", count_file, 1);
    for (;; n++) {
        bool failed = fail_once(temp, calls, action, n, reason);

        if (calls_made(count_file) < n && !failed)
            break;
        harmless += !failed;
        assert_true(n < MOST_CALLS);
    }
    unsetenv("FAULT_COUNT");
    assert_true(n > 1); /* else nothing was tried */
    return harmless;
}

/* The words in the lock file are the one thing whose loss is no loss. */
static void a_call_that_fails_leaves_no_backup_and_names_the_file(void **state)
{
    static const struct {
        const char *calls;
        long harmless;
    } cases[] = {{"write", 1}, {"fsync", 0}, {"rename", 0}, {"open", 0}, {"mkdir", 0}};
    struct temp *temp = *state;

    temp_backup(temp, "t", "old", OLD_STAMP);
    setenv("FAULT_ERRNO", "EIO", 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(fail_each(temp, cases[i].calls, "fail", strerror(EIO)),
                         cases[i].harmless);
}

static void a_close_that_fails_after_fsync_does_no_harm(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "t", "old", OLD_STAMP);
    setenv("FAULT_ERRNO", "EIO", 1);
    assert_true(fail_each(temp, "close", "fail", "") > 0);
}

static void a_disk_that_stays_full_leaves_no_backup(void **state)
{
    struct temp *temp = *state;

    temp_backup(temp, "t", "old", OLD_STAMP);
    setenv("FAULT_ERRNO", "ENOSPC", 1);
    assert_int_equal(fail_each(temp, "write,mkdir,open", "fail-on", strerror(ENOSPC)), 0);
    assert_int_equal(fail_each(temp, "write", "short", strerror(ENOSPC)), 0);
    empty_new(temp);
}

/* Position of the line "CALL PATH" in the log, or NULL; `end` is the end of the path. */
static const char *find_call(const char *log, const char *call, const char *end)
{
    size_t call_len = strlen(call), end_len = strlen(end);

    for (const char *line = log; *line; line = strchr(line, '\n') + 1) {
        size_t len = strcspn(line, "\n");

        if (strncmp(line, call, call_len) == 0 && line[call_len] == ' ' && len > end_len &&
            strncmp(line + len - end_len, end, end_len) == 0)
            return line;
    }
    return NULL;
}

/* What power loss would do, as far as it can be seen from here: all is on disk before the name
 * shows it, and the name itself after. */
static void everything_is_fsynced_before_the_rename_and_the_name_after(void **state)
{
    static const char *const before[] = {"/globals.sql", "/x.dir/toc.dat", "/manifest.json",
                                         "/x.dir",       ".partial",       "/t",
                                         "/backups"};
    struct temp *temp = *state;
    AUTO(mem_freep) char *log = fs_join(temp->folder, "log");
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    struct outcome outcome;
    const char *renamed;

    setenv("FAULT_LOG", log, 1);
    run_worker(temp, "fsync,rename", "fail", 0, &outcome);
    unsetenv("FAULT_LOG");
    assert_int_equal(outcome.status, 0);
    must(fs_read_file(log, &text));
    renamed = find_call(buf_text(&text), "rename", ".partial");
    assert_non_null(renamed);
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        const char *synced = find_call(buf_text(&text), "fsync", before[i]);

        if (!synced || synced > renamed)
            print_error("%s is not fsynced before the rename\n", before[i]);
        assert_true(synced && synced < renamed);
    }
    assert_non_null(find_call(renamed, "fsync", "/t/new"));
}

/* A killed worker may leave a dot name; the next run sees to it. */
static void a_kill_at_any_call_leaves_whole_backups_and_the_next_run_clears_up(void **state)
{
    static const char *const actions[] = {"kill", "kill-after"};
    struct temp *temp = *state;
    size_t left = 0;

    temp_backup(temp, "t", "old", OLD_STAMP);
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        for (long n = 1; n < MOST_CALLS; n++) {
            struct outcome outcome;

            empty_new(temp);
            run_worker(temp, "", actions[i], n, &outcome);
            assert_true(must_all_be_whole(temp, "t", "new") <= 1);
            assert_int_equal(must_all_be_whole(temp, "t", "old"), 1);
            left += count_leftovers(temp);
            if (WIFEXITED(outcome.status)) {
                assert_int_equal(WEXITSTATUS(outcome.status), 0);
                break;
            }
            assert_int_equal(WTERMSIG(outcome.status), SIGKILL);
            run_worker(temp, "", "fail", 0, &outcome);
            assert_int_equal(outcome.status, 0);
            assert_int_equal(count_leftovers(temp), 0);
            assert_true(must_all_be_whole(temp, "t", "new") >= 1);
        }
    assert_true(left > 0); /* else nothing was tried */
}

/* The repository itself is made by the run that is killed. */
static void a_kill_while_the_repository_is_made_does_not_spoil_the_place(void **state)
{
    struct temp *temp = *state;

    for (long n = 1; n < MOST_CALLS; n++) {
        struct outcome outcome;

        must(fs_remove_tree(temp->path));
        run_worker(temp, "", "kill", n, &outcome);
        if (WIFEXITED(outcome.status))
            return;
        run_worker(temp, "", "fail", 0, &outcome);
        assert_int_equal(outcome.status, 0);
        assert_true(must_all_be_whole(temp, "t", "new") >= 1);
    }
    fail();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_that_fails_leaves_no_backup_and_names_the_file),
        TEST(a_close_that_fails_after_fsync_does_no_harm),
        TEST(a_disk_that_stays_full_leaves_no_backup),
        TEST(everything_is_fsynced_before_the_rename_and_the_name_after),
        TEST(a_kill_at_any_call_leaves_whole_backups_and_the_next_run_clears_up),
        TEST(a_kill_while_the_repository_is_made_does_not_spoil_the_place),
    };

    if (argc == 3 && strcmp(argv[1], "--work") == 0)
        return work(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
