#include "base/buf.h"
#include "base/mem.h"
#include "base/strv.h"
#include "orchestrator/postgres/own_process.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0001"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0002"

/* What the shell in psql writes; NULL: such a process is not there. */
struct scene {
    const char *backend; /* "PID PPID STARTED" */
    const char *shell_started;
    const char *ours, *theirs; /* cgroup lines */
    const char *more;
};

static void add_stat(struct buf *out, const char *word, const char *name, const char *numbers)
{
    long pid, parent, started;

    assert_int_equal(sscanf(numbers, "%ld %ld %ld", &pid, &parent, &started), 3);
    buf_printf(out,
               "%s %ld (%s) S %ld 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %ld 99 88 77\n",
               word, pid, name, parent, started);
}

static void add_groups(struct buf *out, const char *word, const char *lines)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;

    strv_split(&list, lines, '\n');
    for (size_t i = 0; i < list.len; i++)
        buf_printf(out, "%s %s\n", word, list.items[i]);
}

static enum own_process judge_scene(const struct scene *scene, char **out_container)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    AUTO(mem_freep) char *shell =
        mem_printf("81 80 %s", scene->shell_started ? scene->shell_started : "1010");

    add_stat(&text, "first", "tini", "1 0 100");
    add_stat(&text, "client", "psql", "80 0 1000");
    add_stat(&text, "shell", "sh", shell);
    if (scene->backend)
        add_stat(&text, "backend", "a) S (b", scene->backend);
    if (scene->more)
        buf_printf(&text, "%s\n", scene->more);
    add_groups(&text, "ours", scene->ours ? scene->ours : "0::/");
    if (scene->backend)
        add_groups(&text, "theirs", scene->theirs ? scene->theirs : "0::/");
    return own_process_judge(buf_text(&text), out_container);
}

static void check(const struct scene *scene, enum own_process expected, const char *container)
{
    AUTO(mem_freep) char *found = NULL;

    assert_int_equal(judge_scene(scene, &found), expected);
    if (container)
        assert_string_equal(found, container);
    else
        assert_null(found);
}

#define OWN(...) check(&(struct scene){__VA_ARGS__}, OWN_PROCESS_YES, NULL)
#define OTHER(container, ...) check(&(struct scene){__VA_ARGS__}, OWN_PROCESS_NO, container)

static void a_process_that_was_started_for_psql_is_the_containers(void **state)
{
    OWN(.backend = "82 7 1005");
    OWN(.backend = "82 7 1000", .shell_started = "1000");
    OWN(.backend = "82 7 1005", .shell_started = "0"); /* qemu */
}

static void a_number_that_means_another_process_is_no_evidence(void **state)
{
    OTHER(NULL, .backend = NULL);
    OTHER(NULL, .backend = "82 7 999");
    OTHER(NULL, .backend = "82 7 1011");
    OTHER(NULL, .backend = "80 0 1000");  /* psql itself */
    OTHER(NULL, .backend = "81 80 1010"); /* its shell */
    OTHER(NULL, .backend = "82 81 1010"); /* a child of that */
}

static void control_groups_tell_containers_that_share_their_processes(void **state)
{
    /* 1, the engine names the groups, and the last hierarchy is not its own */
    OWN(.backend = "82 7 1005", .ours = "8:pids:/docker/" ID_A "\n0::/",
        .theirs = "8:pids:/docker/" ID_A "\n0::/system.slice/x");
    OTHER(ID_B, .backend = "82 7 1005", .ours = "8:pids:/docker/" ID_A "\n0::/",
          .theirs = "8:pids:/docker/" ID_B "\n0::/");
    OTHER(NULL, .backend = "82 7 1005", .ours = "8:pids:/docker/" ID_A,
          .theirs = "8:pids:/system.slice/postgresql.service");
    /* 2, of systemd */
    OTHER(ID_B, .backend = "82 7 1005", .ours = "0::/system.slice/docker-" ID_A ".scope",
          .theirs = "0::/system.slice/docker-" ID_B ".scope");
    OTHER(ID_B, .backend = "82 7 1005", .ours = "0::/",
          .theirs = "0::/../docker-" ID_B ".scope");
    OTHER(NULL, .backend = "82 7 1005", .ours = "0::/", .theirs = "0::/../../init.scope");
    /* a container in a container, and the outer one's process */
    OTHER(ID_B, .backend = "82 7 1005", .ours = "0::/docker/" ID_B "/docker/" ID_A,
          .theirs = "0::/docker/" ID_B);
    /* Podman, in the payload's own group or beside it */
    OWN(.backend = "82 7 1005", .ours = "0::/machine.slice/libpod-" ID_A ".scope",
        .theirs = "0::/machine.slice/libpod-" ID_A ".scope/container");
}

static void groups_below_the_containers_own_are_its_own(void **state)
{
    OWN(.backend = "82 7 1005", .ours = "0::/init.scope",
        .theirs = "0::/init.scope/postgresql.service");
    OWN(.backend = "82 7 1005", .ours = "0::/",
        .theirs = "0::/system.slice/postgresql.service");
    OWN(.backend = "82 7 1005", .ours = "1:name=systemd:/docker/" ID_A "/init.scope",
        .theirs = "1:name=systemd:/docker/" ID_A "/system.slice/postgresql.service");
    /* the exec itself is elsewhere in a hierarchy: it tells nothing */
    OWN(.backend = "82 7 1005", .ours = "0::/../x\n8:pids:/", .theirs = "0::/\n8:pids:/");
}

static void one_mount_namespace_is_one_container(void **state)
{
    OWN(.backend = "82 7 1005", .ours = "0::/", .theirs = "0::/../x", .more = "mounts same");
}

static void without_a_view_of_its_processes_nothing_is_known(void **state)
{
    char *container = NULL;

    assert_int_equal(own_process_judge("", &container), OWN_PROCESS_UNKNOWN);
    assert_int_equal(own_process_judge("ours 0::/", &container), OWN_PROCESS_UNKNOWN);
    assert_int_equal(own_process_judge("first nonsense\nbackend 7", &container),
                     OWN_PROCESS_UNKNOWN);
    assert_null(container);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_that_was_started_for_psql_is_the_containers),
        cmocka_unit_test(a_number_that_means_another_process_is_no_evidence),
        cmocka_unit_test(control_groups_tell_containers_that_share_their_processes),
        cmocka_unit_test(groups_below_the_containers_own_are_its_own),
        cmocka_unit_test(one_mount_namespace_is_one_container),
        cmocka_unit_test(without_a_view_of_its_processes_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
