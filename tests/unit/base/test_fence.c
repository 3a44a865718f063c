/* Below a fence no link is followed, nothing leads out, and only ordinary files are opened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fence.h"
#include "base/fs.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *root;   /* fenced */
static char *beside; /* not */

static int begin(void **state)
{
    AUTO(mem_freep) char *file = NULL;
    AUTO(mem_freep) char *inner = NULL;
    const char *base = getenv("TMPDIR");

    root = mem_printf("%s/pgkeep-fence-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(root));
    beside = mem_printf("%s-beside", root);
    file = fs_join(beside, "file");
    inner = fs_join(root, "a/b");
    assert_null(fs_make_dirs(beside));
    assert_null(fs_write_file(file, "precious", 8));
    assert_null(fs_make_dirs(inner));
    fence_add(root);
    return 0;
}

static int end(void **state)
{
    fence_remove(root);
    assert_null(fs_remove_tree(root));
    assert_null(fs_remove_tree(beside));
    mem_freep(&root);
    mem_freep(&beside);
    return 0;
}

static void must_refuse(struct err *e, const char *words)
{
    AUTO(err_freep) struct err *owned = e;
    AUTO(mem_freep) char *text = NULL;

    assert_non_null(owned);
    text = err_text(owned);
    assert_int_equal(owned->kind, ERR_PROTOCOL);
    assert_non_null(strstr(text, words));
}

static void must_be_untouched(void)
{
    AUTO(mem_freep) char *file = fs_join(beside, "file");
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    AUTO(strv_clear) struct strv names = STRV_INIT;

    assert_null(fs_read_file(file, &text));
    assert_string_equal(buf_text(&text), "precious");
    assert_null(fs_list_dir(beside, &names));
    assert_int_equal(names.len, 1);
}

/* Every way to open, change or look through `path`. */
static void must_refuse_all(const char *path, const char *words)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    uint64_t bytes = 0;
    int fd = -1;

    must_refuse(fs_open_read(path, &fd), words);
    must_refuse(fs_read_file(path, &text), words);
    must_refuse(fs_open_lock(path, &fd), words);
    must_refuse(fs_file_size(path, &bytes), words);
    assert_int_equal(fd, -1);
}

static void a_link_is_not_followed_whatever_it_leads_to(void **state)
{
    AUTO(mem_freep) char *link = fs_join(root, "a/b/link");
    AUTO(mem_freep) char *file = fs_join(beside, "file");

    assert_int_equal(symlink(file, link), 0);
    must_refuse_all(link, "is a symbolic link, not an ordinary file");
    assert_null(fs_replace_file(link, "new", 3)); /* takes the link's place */
    must_be_untouched();
    assert_null(fs_remove_tree(link));
    assert_int_equal(symlink("/nowhere/at/all", link), 0);
    must_refuse_all(link, "is a symbolic link");
}

static void a_link_on_the_way_is_not_followed(void **state)
{
    AUTO(mem_freep) char *link = fs_join(root, "a/link");
    AUTO(mem_freep) char *file = fs_join(link, "file");
    AUTO(mem_freep) char *fresh = fs_join(link, "fresh");
    AUTO(mem_freep) char *inside = fs_join(root, "a/b/inside");
    AUTO(strv_clear) struct strv names = STRV_INIT;
    struct stat st;
    int fd = -1;
    const char *words = "a/link is a symbolic link, not a folder";

    assert_int_equal(symlink(beside, link), 0);
    assert_null(fs_write_file(inside, "x", 1));
    must_refuse_all(file, words);
    must_refuse(fs_look(file, &st), words);
    must_refuse(fs_create(fresh, &fd), words);
    must_refuse(fs_make_dir(fresh), words);
    must_refuse(fs_make_dirs(fresh), words);
    must_refuse(fs_make_dirs(link), words);
    must_refuse(fs_rename(inside, fresh), words);
    must_refuse(fs_rename_new(inside, fresh), words);
    must_refuse(fs_rename(file, inside), words);
    must_refuse(fs_replace_file(file, "x", 1), words);
    must_refuse(fs_remove_tree(file), words);
    must_refuse(fs_list_dir(link, &names), words);
    must_refuse(fs_sync_dir(link), words);
    assert_false(fs_exists(file));
    assert_true(fs_exists(link));
    assert_false(fs_is_dir(link));
    fs_remove_if_empty(link);
    must_be_untouched();
    assert_null(fs_remove_tree(link));
    must_be_untouched();
}

static void what_is_removed_takes_nothing_behind_its_links_along(void **state)
{
    AUTO(mem_freep) char *tree = fs_join(root, "a");
    AUTO(mem_freep) char *link = fs_join(root, "a/b/link");
    AUTO(mem_freep) char *fifo = fs_join(root, "a/b/fifo");

    assert_int_equal(symlink(beside, link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_null(fs_remove_tree(tree));
    assert_false(fs_exists(tree));
    must_be_untouched();
}

static void nothing_but_an_ordinary_file_is_opened(void **state)
{
    AUTO(mem_freep) char *fifo = fs_join(root, "a/fifo");
    AUTO(mem_freep) char *folder = fs_join(root, "a/b");

    assert_int_equal(mkfifo(fifo, 0600), 0);
    alarm(20); /* instead of a test that never ends */
    must_refuse_all(fifo, "is a FIFO, not an ordinary file");
    must_refuse_all(folder, "is a folder, not an ordinary file");
    alarm(0);
}

static void no_name_leads_out(void **state)
{
    AUTO(mem_freep) char *up = mem_printf("%s/a/../../%s/file", root, strrchr(beside, '/') + 1);
    AUTO(mem_freep) char *last = mem_printf("%s/..", root);
    AUTO(strv_clear) struct strv names = STRV_INIT;

    must_refuse_all(up, "leads out");
    must_refuse(fs_list_dir(last, &names), "leads out");
    must_refuse(fs_remove_tree(last), "leads out");
}

static void the_fenced_folder_itself_may_be_a_link(void **state)
{
    AUTO(mem_freep) char *link = mem_printf("%s-link", root);
    AUTO(mem_freep) char *file = fs_join(link, "a/file");
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    assert_int_equal(symlink(root, link), 0);
    fence_add(link);
    assert_null(fs_write_file(file, "x", 1));
    assert_null(fs_read_file(file, &text));
    assert_true(fs_is_dir(link));
    fence_remove(link);
    assert_int_equal(unlink(link), 0);
}

static void outside_of_the_fence_links_are_followed(void **state)
{
    AUTO(mem_freep) char *link = mem_printf("%s-link", root); /* begins as the fence does */
    AUTO(mem_freep) char *file = fs_join(link, "file");
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    assert_int_equal(symlink(beside, link), 0);
    assert_null(fs_read_file(file, &text));
    assert_true(fs_is_dir(link));
    assert_int_equal(unlink(link), 0);
}

static void a_file_beyond_the_cap_is_refused_before_it_is_read(void **state)
{
    AUTO(mem_freep) char *file = fs_join(root, "a/huge");
    AUTO(buf_clear) struct buf text = BUF_INIT(1000);
    AUTO(err_freep) struct err *e = NULL;

    assert_null(fs_write_file(file, "x", 1));
    assert_int_equal(truncate(file, (off_t)1 << 30), 0);
    e = fs_read_file(file, &text);
    assert_true(err_is(e, ERR_TOO_LARGE));
    assert_int_equal(text.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_is_not_followed_whatever_it_leads_to),
        TEST(a_link_on_the_way_is_not_followed),
        TEST(what_is_removed_takes_nothing_behind_its_links_along),
        TEST(nothing_but_an_ordinary_file_is_opened),
        TEST(no_name_leads_out),
        TEST(the_fenced_folder_itself_may_be_a_link),
        TEST(outside_of_the_fence_links_are_followed),
        TEST(a_file_beyond_the_cap_is_refused_before_it_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
