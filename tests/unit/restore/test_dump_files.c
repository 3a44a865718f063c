/* A dump's files, read for a restore: just those that its format means. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/restore/dump_files.h"
#include <sys/stat.h>

#define STAMP "2026-11-21T013000Z"
#define SAMPLE "tests/data/dumps/17-gzip.dump"
#define SAMPLE_FOLDER "tests/data/dumps/15-gzip.dir"

/* A backup that was never read from a manifest.json, which would not let all of this pass. */
static struct backup *make(const struct temp *temp, const char *format, const char *dump)
{
    struct backup *backup = mem_new(1, sizeof(*backup));

    backup->id = mem_strdup("t/d/" STAMP);
    backup->path = fs_join(temp->path, "t/d/" STAMP);
    must(fs_make_dirs(backup->path));
    backup->manifest = temp_manifest("t", "d", STAMP);
    backup->manifest->dump = mem_strdup(dump);
    backup->manifest->dump_format = mem_strdup(format);
    return backup;
}

static void add_copy(struct backup *backup, const char *name, const char *from)
{
    AUTO(buf_clear) struct buf bytes = BUF_OWN_TEXT;

    must(fs_read_file(from, &bytes));
    temp_add_file(backup->manifest, backup->path, name, bytes.data, bytes.len);
}

static void add_missing(struct backup *backup, const char *name)
{
    static const char hex[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    manifest_add_file(backup->manifest, name, 1, hex);
}

static struct err *read_all(const struct backup *backup, enum dump_format format,
                            enum dump_files_form form, uint64_t *out_bytes)
{
    struct dump_reader *reader = dump_reader_new(format, NULL);
    struct dump_files *files = NULL;
    struct err *e = dump_files_open(backup, form, NULL, reader, &files);
    uint8_t block[4096];
    size_t len = 1;

    *out_bytes = 0;
    while (!e && len > 0) {
        e = dump_files_read(files, block, sizeof(block), &len);
        if (!e)
            *out_bytes += len;
    }
    dump_files_free(files);
    dump_reader_free(reader);
    return e;
}

static uint64_t size_of(const char *path)
{
    uint64_t bytes = 0;

    must(fs_file_size(path, &bytes));
    return bytes;
}

static void a_file_below_the_dumps_name_is_not_the_dumps(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "custom", "x.dump");
    uint64_t bytes = 0;

    add_copy(backup, "x.dump", SAMPLE);
    add_missing(backup, "x.dump/y");
    must(read_all(backup, DUMP_CUSTOM, DUMP_FILES_RAW, &bytes));
    assert_int_equal(bytes, size_of(SAMPLE));
    must(read_all(backup, DUMP_CUSTOM, DUMP_FILES_TAR, &bytes));
}

static void a_file_called_as_the_dumps_folder_is_not_the_dumps(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "directory", "x.dir");
    AUTO(mem_freep) char *folder = fs_join(backup->path, "x.dir");
    AUTO(strv_clear) struct strv names = STRV_INIT;
    uint64_t bytes = 0;

    add_missing(backup, "x.dir");
    must_fail(read_all(backup, DUMP_DIRECTORY, DUMP_FILES_TAR, &bytes), ERR_BAD_BACKUP,
              "names no file of the dump");
    must(fs_make_dir(folder));
    must(fs_list_dir(SAMPLE_FOLDER, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *name = fs_join("x.dir", names.items[i]);
        AUTO(mem_freep) char *from = fs_join(SAMPLE_FOLDER, names.items[i]);
        add_copy(backup, name, from);
    }
    must(read_all(backup, DUMP_DIRECTORY, DUMP_FILES_TAR, &bytes));
    assert_true(bytes > size_of(SAMPLE_FOLDER "/toc.dat"));
}

static void a_dump_that_is_no_ordinary_file_is_a_bad_backup(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "custom", "x.dump");
    AUTO(mem_freep) char *path = fs_join(backup->path, "x.dump");
    uint64_t bytes = 0;

    add_copy(backup, "x.dump", SAMPLE);
    must(fs_remove_tree(path));
    assert_int_equal(mkfifo(path, 0600), 0);
    must_fail(read_all(backup, DUMP_CUSTOM, DUMP_FILES_RAW, &bytes), ERR_BAD_BACKUP,
              "is a FIFO");
    must(fs_remove_tree(path));
    must_fail(read_all(backup, DUMP_CUSTOM, DUMP_FILES_RAW, &bytes), ERR_BAD_BACKUP, path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_below_the_dumps_name_is_not_the_dumps),
        TEST(a_file_called_as_the_dumps_folder_is_not_the_dumps),
        TEST(a_dump_that_is_no_ordinary_file_is_a_bad_backup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
