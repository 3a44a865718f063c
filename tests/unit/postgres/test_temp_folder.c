/* The shells themselves, run here by sh as in a container, with tools of the test's own. */
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/postgres/temp_folder.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/pgkeep-unit-XXXXXX";

static int make_root(void **state)
{
    return !mkdtemp(root) || chdir(root) != 0 || mkdir("temporary", 0700) != 0 ||
           setenv("TMPDIR", "temporary", 1) != 0;
}

static int remove_root(void **state)
{
    return fs_remove_tree(root) != NULL;
}

/* Starts the words, then `tool` as a script of sh with what the shell adds as its arguments. */
static pid_t start(struct strv *argv, const char *tool, const char *in, const char *out)
{
    pid_t pid;

    strv_push(argv, "sh");
    strv_push(argv, "-c");
    strv_push(argv, tool);
    strv_push(argv, "tool");
    pid = fork();
    if (pid == 0) {
        int from = open(in, O_RDONLY), to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        if (from >= 0 && to >= 0 && dup2(from, 0) == 0 && dup2(to, 1) == 1)
            execvp(argv->items[0], argv->items);
        _exit(99);
    }
    assert_true(pid > 0);
    return pid;
}

static int await(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(struct strv *argv, const char *tool, const char *in, const char *out)
{
    return await(start(argv, tool, in, out));
}

static int shell(const char *script)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;

    return run(&argv, script, "/dev/null", "/dev/null");
}

/* rmdir fails where a folder was left. */
static void check_nothing_left(void)
{
    assert_int_equal(shell("rmdir temporary && mkdir temporary"), 0);
}

static void a_dump_comes_as_a_tar_of_the_tools_folder(void **state)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;

    temp_folder_dump_argv("a name", &argv);
    assert_int_equal(run(&argv,
                         "case $1 in --file=temporary/a\\ name.*/dump) ;; *) exit 3 ;; esac\n"
                         "mkdir \"${1#--file=}\" && cd \"${1#--file=}\" && echo toc >toc.dat",
                         "/dev/null", "dump.tar"),
                     0);
    assert_int_equal(shell("[ \"$(tar -xOf dump.tar ./toc.dat)\" = toc ]"), 0);
    check_nothing_left();
}

static void a_tool_that_fails_leaves_its_status_and_no_folder(void **state)
{
    AUTO(strv_clear) struct strv dump = STRV_INIT;
    AUTO(strv_clear) struct strv stage = STRV_INIT;

    temp_folder_dump_argv("n", &dump);
    assert_int_equal(run(&dump, "mkdir \"${1#--file=}\"; exit 7", "/dev/null", "dump.tar"), 7);
    assert_int_equal(shell("[ ! -s dump.tar ]"), 0);
    assert_int_equal(shell("mkdir s s/dump && tar -C s -cf stage.tar . && rm -r s"), 0);
    temp_folder_stage_argv("n", &stage);
    assert_int_equal(run(&stage, "exit 8", "stage.tar", "/dev/null"), 8);
    check_nothing_left();
}

static void
what_is_staged_is_there_when_the_tool_runs_with_its_list_if_there_is_one(void **state)
{
    static const char tool[] = "echo \"$#\"; cat \"$#\" 2>/dev/null; for last; do :; done\n"
                               "cat \"$last\"; for use; do case $use in\n"
                               "--use-list=*) cat \"${use#--use-list=}\" ;; esac; done";
    AUTO(strv_clear) struct strv plain = STRV_INIT;
    AUTO(strv_clear) struct strv listed = STRV_INIT;

    assert_int_equal(
        shell("mkdir s; cd s; echo dumped >dump; tar -cf ../stage.tar .; echo 1 >list\n"
              "tar -cf ../listed.tar .; rm -r ../s"),
        0);
    temp_folder_stage_argv("n", &plain);
    assert_int_equal(run(&plain, tool, "stage.tar", "said"), 0);
    assert_int_equal(shell("[ \"$(echo $(cat said))\" = '1 dumped' ]"), 0);
    temp_folder_stage_argv("n", &listed);
    assert_int_equal(run(&listed, tool, "listed.tar", "said"), 0);
    assert_int_equal(shell("[ \"$(echo $(cat said))\" = '2 dumped 1' ]"), 0);
    check_nothing_left();
}

static void a_tar_that_is_cut_starts_no_tool(void **state)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;

    assert_int_equal(shell("mkdir s; seq 9999 >s/dump; tar -C s -cf whole.tar .\n"
                           "head -c 9000 whole.tar >cut.tar; rm -r s"),
                     0);
    temp_folder_stage_argv("n", &argv);
    assert_int_equal(run(&argv, "touch started", "cut.tar", "/dev/null"), 1);
    assert_int_equal(shell("[ ! -e started ]"), 0);
    check_nothing_left();
}

/* Where the test can see whether the tool runs: its descriptor 3. */
static pid_t start_seen(struct strv *argv, const char *tool, int *out_fd)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    *out_fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 10);
    assert_true(*out_fd >= 10 && close(fds[0]) == 0);
    assert_true(fds[1] == 3 || dup2(fds[1], 3) == 3);
    pid = start(argv, tool, "/dev/null", "/dev/null");
    close(3);
    if (fds[1] != 3)
        close(fds[1]);
    return pid;
}

static void a_signal_ends_the_tool_and_removes_the_folder(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        AUTO(strv_clear) struct strv argv = STRV_INIT;
        AUTO(fs_closep) int fd = -1;
        char byte;
        pid_t pid;

        temp_folder_dump_argv("n", &argv);
        pid = start_seen(&argv, "echo >&3; exec sleep 60", &fd);
        assert_int_equal(read(fd, &byte, 1), 1);
        assert_int_equal(kill(pid, signals[i]), 0);
        assert_int_equal(await(pid), 143);
        assert_int_equal(read(fd, &byte, 1), 0); /* nobody holds the other end */
        check_nothing_left();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_comes_as_a_tar_of_the_tools_folder),
        cmocka_unit_test(a_tool_that_fails_leaves_its_status_and_no_folder),
        cmocka_unit_test(
            what_is_staged_is_there_when_the_tool_runs_with_its_list_if_there_is_one),
        cmocka_unit_test(a_tar_that_is_cut_starts_no_tool),
        cmocka_unit_test(a_signal_ends_the_tool_and_removes_the_folder),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
