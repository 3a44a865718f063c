/* The folder of a tunnel: private, gone afterwards, and swept only when nobody holds it. */
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/session/tunnel_folder.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/pgkeep-unit-XXXXXX";

static int make_base(void **state)
{
    strcpy(base, "/tmp/pgkeep-unit-XXXXXX");
    assert_non_null(mkdtemp(base));
    unsetenv("XDG_RUNTIME_DIR");
    return setenv("TMPDIR", base, 1);
}

static int remove_base(void **state)
{
    err_free(fs_remove_tree(base));
    return 0;
}

static void it_is_private_and_removed(void **state)
{
    struct tunnel_folder folder;
    struct stat st;

    assert_null(tunnel_folder_open(&folder));
    assert_int_equal(strncmp(folder.path, base, strlen(base)), 0);
    assert_int_equal(stat(folder.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    tunnel_folder_close(&folder);
    assert_null(folder.path);
    assert_int_equal(rmdir(base), 0);
    tunnel_folder_close(&folder);
}

static void one_in_use_is_not_swept_and_a_left_one_is(void **state)
{
    struct tunnel_folder folder;
    AUTO(mem_freep) char *path = NULL;

    assert_null(tunnel_folder_open(&folder));
    tunnel_folder_sweep(base);
    assert_true(fs_is_dir(folder.path));
    /* as a killed process leaves it: nothing holds it, nothing was removed */
    path = TAKE(folder.path);
    tunnel_folder_close(&folder);
    assert_true(fs_is_dir(path));
    tunnel_folder_sweep(base);
    assert_false(fs_exists(path));
}

static void what_is_not_its_own_is_left_alone(void **state)
{
    AUTO(mem_freep) char *young = fs_join(base, "pgkeep-tunnel-young1");
    AUTO(mem_freep) char *open = fs_join(base, "pgkeep-tunnel-open12");
    AUTO(mem_freep) char *other = fs_join(base, "other");

    assert_int_equal(mkdir(young, 0700), 0);
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(mkdir(open, 0700), 0);
    assert_int_equal(chmod(open, 0755), 0);
    tunnel_folder_sweep(base);
    assert_true(fs_is_dir(young));
    assert_true(fs_is_dir(open));
    assert_true(fs_is_dir(other));
}

static void a_name_too_long_for_a_socket_falls_through_to_the_next(void **state)
{
    struct tunnel_folder folder;
    AUTO(mem_freep) char *name = mem_new(101, 1);
    AUTO(mem_freep) char *path = NULL;

    memset(name, 'x', 100);
    path = fs_join(base, name);
    assert_int_equal(mkdir(path, 0700), 0);
    setenv("XDG_RUNTIME_DIR", path, 1);
    assert_null(tunnel_folder_open(&folder));
    assert_int_equal(strncmp(folder.path, path, strlen(path)) == 0, 0);
    tunnel_folder_close(&folder);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_base, remove_base)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_private_and_removed),
        TEST(one_in_use_is_not_swept_and_a_left_one_is),
        TEST(what_is_not_its_own_is_left_alone),
        TEST(a_name_too_long_for_a_socket_falls_through_to_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
