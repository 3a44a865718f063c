#include "base/fs.h"
#include "base/mem.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/pgkeep-test-fs-XXXXXX";

static int make_root(void **state)
{
    umask(022);
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    struct err *e = fs_remove_tree(root);

    err_free(e);
    return e || fs_exists(root) ? -1 : 0;
}

static unsigned int mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static void check_file(const char *path, const char *expected)
{
    AUTO(buf_clear) struct buf got = BUF_OWN_TEXT;

    assert_null(fs_read_file(path, &got));
    assert_string_equal(buf_text(&got), expected);
}

static void paths_join_with_one_slash(void **state)
{
    AUTO(mem_freep) char *plain = fs_join("a", "b");
    AUTO(mem_freep) char *slash = fs_join("a/", "b");
    AUTO(mem_freep) char *top = fs_join("/", "b");

    assert_string_equal(plain, "a/b");
    assert_string_equal(slash, "a/b");
    assert_string_equal(top, "/b");
}

static void a_written_file_is_private_and_never_replaces_another(void **state)
{
    AUTO(mem_freep) char *path = fs_join(root, "file");

    assert_null(fs_write_file(path, "abc", 3));
    assert_int_equal(mode_of(path), 0600);
    check_file(path, "abc");
    AUTO(err_freep) struct err *e = fs_write_file(path, "new", 3);
    assert_true(err_is(e, ERR_EXISTS));
    assert_non_null(strstr(e->message, path));
    check_file(path, "abc");
}

static void replacing_leaves_the_new_text_and_no_other_file(void **state)
{
    AUTO(mem_freep) char *folder = fs_join(root, "replace");
    AUTO(mem_freep) char *path = fs_join(folder, "file");
    AUTO(mem_freep) char *stale = fs_join(folder, ".file.new");
    AUTO(strv_clear) struct strv names = STRV_INIT;

    assert_null(fs_make_dir(folder));
    assert_null(fs_write_file(stale, "of a crash", 10));
    assert_null(fs_replace_file(path, "one", 3));
    assert_null(fs_replace_file(path, "two", 3));
    check_file(path, "two");
    assert_null(fs_list_dir(folder, &names));
    assert_int_equal(names.len, 1);
}

static void a_file_past_the_cap_is_refused(void **state)
{
    AUTO(mem_freep) char *path = fs_join(root, "large");
    AUTO(buf_clear) struct buf got = BUF_INIT(5);

    assert_null(fs_write_file(path, "abcdef", 6));
    AUTO(err_freep) struct err *e = fs_read_file(path, &got);
    assert_true(err_is(e, ERR_TOO_LARGE));
    assert_non_null(strstr(e->message, path));
}

static void folders_are_made_with_their_parents(void **state)
{
    AUTO(mem_freep) char *path = mem_printf("%s/p/q//r/", root);
    AUTO(mem_freep) char *again = mem_printf("%s/p/q", root);
    AUTO(mem_freep) char *file = mem_printf("%s/p/file", root);
    AUTO(mem_freep) char *under_file = mem_printf("%s/p/file/x", root);

    assert_null(fs_make_dirs(path));
    assert_null(fs_make_dirs(path));
    assert_true(fs_is_dir(path));
    assert_int_equal(mode_of(again), 0700);
    AUTO(err_freep) struct err *there = fs_make_dir(again);
    assert_true(err_is(there, ERR_EXISTS));
    assert_null(fs_write_file(file, "", 0));
    AUTO(err_freep) struct err *in_the_way = fs_make_dirs(file);
    assert_non_null(in_the_way);
    AUTO(err_freep) struct err *below = fs_make_dirs(under_file);
    assert_non_null(below);
    AUTO(err_freep) struct err *nothing = fs_make_dirs("");
    assert_non_null(nothing);
}

static void a_rename_never_replaces(void **state)
{
    AUTO(mem_freep) char *a = fs_join(root, "rename-a");
    AUTO(mem_freep) char *b = fs_join(root, "rename-b");
    AUTO(mem_freep) char *c = fs_join(root, "rename-c");

    assert_null(fs_write_file(a, "a", 1));
    assert_null(fs_write_file(b, "b", 1));
    AUTO(err_freep) struct err *e = fs_rename_new(a, b);
    assert_true(err_is(e, ERR_EXISTS));
    check_file(b, "b");
    assert_null(fs_rename_new(a, c));
    check_file(c, "a");
    assert_false(fs_exists(a));
}

static void a_listing_is_sorted_and_without_dots(void **state)
{
    AUTO(mem_freep) char *folder = fs_join(root, "list");
    AUTO(strv_clear) struct strv names = STRV_INIT;
    static const char *const made[] = {"b", ".hidden", "a"};

    assert_null(fs_make_dir(folder));
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        AUTO(mem_freep) char *path = fs_join(folder, made[i]);
        assert_null(fs_write_file(path, "", 0));
    }
    assert_null(fs_list_dir(folder, &names));
    AUTO(mem_freep) char *all = strv_join(&names, " ");
    assert_string_equal(all, ".hidden a b");
    AUTO(mem_freep) char *gone = fs_join(root, "gone");
    AUTO(err_freep) struct err *e = fs_list_dir(gone, &names);
    assert_true(err_is(e, ERR_NOT_FOUND));
}

static void removing_a_tree_spares_what_its_links_point_to(void **state)
{
    AUTO(mem_freep) char *kept = fs_join(root, "kept");
    AUTO(mem_freep) char *inner = fs_join(kept, "file");
    AUTO(mem_freep) char *tree = fs_join(root, "tree");
    AUTO(mem_freep) char *deep = fs_join(tree, "x/y/z");
    AUTO(mem_freep) char *link = fs_join(tree, "link");

    assert_null(fs_make_dir(kept));
    assert_null(fs_write_file(inner, "a", 1));
    assert_null(fs_make_dirs(deep));
    assert_int_equal(symlink(kept, link), 0);
    assert_null(fs_remove_tree(tree));
    assert_false(fs_exists(tree));
    check_file(inner, "a");
    assert_null(fs_remove_tree(tree)); /* nothing there is fine */
}

static void sizes_are_told(void **state)
{
    AUTO(mem_freep) char *path = fs_join(root, "sized");
    uint64_t bytes = 0;

    assert_null(fs_write_file(path, "abcdef", 6));
    assert_null(fs_file_size(path, &bytes));
    assert_int_equal(bytes, 6);
    assert_null(fs_free_bytes(root, &bytes));
    assert_true(bytes > 0);
    AUTO(err_freep) struct err *e = fs_file_size("/nonexistent/x", &bytes);
    assert_true(err_is(e, ERR_NOT_FOUND));
}

static void a_full_device_is_told_as_no_space(void **state)
{
    AUTO(fs_closep) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        skip();
    AUTO(err_freep) struct err *e = fs_write_all(fd, "/dev/full", "x", 1);
    assert_true(err_is(e, ERR_NO_SPACE));
    assert_non_null(strstr(e->message, "/dev/full"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_join_with_one_slash),
        cmocka_unit_test(a_written_file_is_private_and_never_replaces_another),
        cmocka_unit_test(replacing_leaves_the_new_text_and_no_other_file),
        cmocka_unit_test(a_file_past_the_cap_is_refused),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(a_rename_never_replaces),
        cmocka_unit_test(a_listing_is_sorted_and_without_dots),
        cmocka_unit_test(removing_a_tree_spares_what_its_links_point_to),
        cmocka_unit_test(sizes_are_told),
        cmocka_unit_test(a_full_device_is_told_as_no_space),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
