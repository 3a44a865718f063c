#include "orchestrator/proof/verify.h"
#include "tests/unit/repository/temp.h"

#include "orchestrator/restore/dump_feed.h"
#include "orchestrator/stream/sink.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMPS "tests/data/dumps/"
#define STAMP "2026-11-21T013000Z"
#define NOBODY 65534

static const char globals[] = "--\n-- PostgreSQL database cluster dump\n--\n\n"
                              "CREATE ROLE app;\n\n"
                              "--\n-- PostgreSQL database cluster dump complete\n--\n\n";

static const char plain[] = "--\n-- PostgreSQL database dump\n--\n\n"
                            "CREATE TABLE public.t (a integer);\n\n"
                            "--\n-- PostgreSQL database dump complete\n--\n\n";

/* -- making backups -- */

static void add_copy(struct manifest *m, const char *folder, const char *name, const char *from)
{
    AUTO(buf_clear) struct buf bytes = BUF_OWN_TEXT;

    must(fs_read_file(from, &bytes));
    temp_add_file(m, folder, name, bytes.data, bytes.len);
}

static void add_dump(struct manifest *m, const char *folder, const char *sample)
{
    AUTO(mem_freep) char *from = fs_join(DUMPS, sample);
    AUTO(mem_freep) char *inner = fs_join(folder, m->dump);
    AUTO(strv_clear) struct strv members = STRV_INIT;

    if (!fs_is_dir(from)) {
        add_copy(m, folder, m->dump, from);
        return;
    }
    must(fs_make_dir(inner));
    must(fs_list_dir(from, &members));
    for (size_t i = 0; i < members.len; i++) {
        AUTO(mem_freep) char *member = fs_join(from, members.items[i]);
        AUTO(mem_freep) char *name = fs_join(m->dump, members.items[i]);
        add_copy(m, folder, name, member);
    }
}

/* A manifest for t/d/STAMP, whose folder is there; *folder is the caller's. */
static struct manifest *begin_with_globals(const struct temp *temp, const char *format,
                                           const char *dump, size_t globals_len, char **folder)
{
    struct manifest *m = temp_manifest("t", "d", STAMP);

    *folder = fs_join(temp->path, "t/d/" STAMP);
    must(fs_make_dirs(*folder));
    m->dump_format = mem_strdup(format);
    m->dump = mem_strdup(dump);
    m->globals = mem_strdup("globals.sql");
    temp_add_file(m, *folder, "globals.sql", globals, globals_len);
    return m;
}

static struct manifest *begin(const struct temp *temp, const char *format, const char *dump,
                              char **folder)
{
    return begin_with_globals(temp, format, dump, sizeof(globals) - 1, folder);
}

static void end(const char *folder, const struct manifest *m)
{
    AUTO(mem_freep) char *text = manifest_to_text(m);

    temp_write(folder, MANIFEST_NAME, text, strlen(text));
}

static struct backup *make(const struct temp *temp, const char *format, const char *dump,
                           const char *sample)
{
    AUTO(mem_freep) char *folder = NULL;
    AUTO(manifest_freep) struct manifest *m = begin(temp, format, dump, &folder);
    struct backup *backup = NULL;

    if (sample)
        add_dump(m, folder, sample);
    else
        temp_add_file(m, folder, dump, plain, sizeof(plain) - 1);
    end(folder, m);
    must(catalogue_find(temp->repository, "t/d", &backup));
    return backup;
}

/* -- judging them -- */

static void must_be_good(const struct backup *backup)
{
    AUTO(verify_result_clear) struct verify_result result = {0};
    struct err *e = verify_backup(backup, NULL, &result);

    for (size_t i = 0; i < result.finding_count; i++)
        print_error("%s: %s\n", result.findings[i].file, result.findings[i].text);
    must(e);
}

static bool has_finding(const struct verify_result *result, const char *file, const char *text)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (strcmp(result->findings[i].file, file) == 0 &&
            strstr(result->findings[i].text, text))
            return true;
    for (size_t i = 0; i < result->finding_count; i++)
        print_error("%s: %s\n", result->findings[i].file, result->findings[i].text);
    print_error("not found: %s: %s\n", file, text);
    return false;
}

static void must_be_bad(const struct backup *backup, const char *file, const char *text)
{
    AUTO(verify_result_clear) struct verify_result result = {0};

    must_fail(verify_backup(backup, NULL, &result), ERR_BAD_BACKUP, backup->id);
    assert_true(has_finding(&result, file, text));
}

/* -- whole backups -- */

static void every_format_is_read_to_its_end(void **state)
{
    static const struct {
        const char *format, *dump, *sample;
    } cases[] = {
        {"custom", "d.dump", "13-gzip.dump"},
        {"custom", "d.dump", "15-gzip.dump"},
        {"custom", "d.dump", "17-lz4.dump"},
        {"custom", "d.dump", "17-zstd.dump"},
        {"custom", "d.dump", "17-none.dump"},
        {"custom", "d.dump", "17-nothing.dump"},
        {"tar", "d.tar", "13.tar"},
        {"tar", "d.tar", "17.tar"},
        {"directory", "d.dir", "15-gzip.dir"},
        {"directory", "d.dir", "17-zstd.dir"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct temp *temp = *state;
        AUTO(mem_freep) char *folder = fs_join(temp->path, "t");
        AUTO(backup_freep) struct backup *backup = NULL;
        AUTO(verify_result_clear) struct verify_result result = {0};

        must(fs_remove_tree(folder));
        backup = make(temp, cases[i].format, cases[i].dump, cases[i].sample);
        must(verify_backup(backup, NULL, &result));
        assert_int_equal(result.bytes, manifest_stored_bytes(backup->manifest));
        if (!strstr(cases[i].sample, "nothing")) {
            assert_true(result.tables > 0);
            assert_true(result.rows > 0);
        }
    }
}

static void plain_dumps_are_read_with_and_without_gzip(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = NULL;
    AUTO(manifest_freep) struct manifest *m = NULL;
    AUTO(backup_freep) struct backup *bare = make(temp, "plain", "d.sql", NULL);
    AUTO(backup_freep) struct backup *zipped = NULL;
    AUTO(sink_dropp) struct sink *file = NULL;
    AUTO(mem_freep) char *gz = NULL;
    struct sink *gzip = NULL;

    must_be_good(bare);
    must(fs_remove_tree(bare->path));
    m = begin(temp, "plain", "d.sql.gz", &folder);
    gz = fs_join(temp->folder, "d.sql.gz");
    must(file_sink_new(gz, &file));
    must(gzip_sink_new(1, file, &gzip));
    file = gzip;
    must(sink_write(gzip, plain, sizeof(plain) - 1));
    must(sink_finish(gzip));
    add_copy(m, folder, "d.sql.gz", gz);
    end(folder, m);
    must(catalogue_find(temp->repository, "t/d", &zipped));
    must_be_good(zipped);
}

static void globals_alone_are_a_backup(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = NULL;
    AUTO(manifest_freep) struct manifest *m = begin(temp, "plain", "x", &folder);
    AUTO(backup_freep) struct backup *backup = NULL;

    mem_freep(&m->dump);
    mem_freep(&m->dump_format);
    end(folder, m);
    must(catalogue_find(temp->repository, "t/d", &backup));
    must_be_good(backup);
}

/* -- damage -- */

/* Flips each `step`th bit of the file in place and looks whether the file is named. */
static void flip_bits(const struct backup *backup, const char *name, size_t step)
{
    AUTO(mem_freep) char *path = fs_join(backup->path, name);
    AUTO(buf_clear) struct buf bytes = BUF_OWN_TEXT;
    AUTO(fs_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

    must(fs_read_file(path, &bytes));
    for (size_t bit = 0; bit < 8 * bytes.len; bit += step) {
        AUTO(verify_result_clear) struct verify_result result = {0};
        AUTO(err_freep) struct err *e = NULL;
        char good = bytes.data[bit / 8];
        char bad = (char)(good ^ (1 << bit % 8));

        assert_int_equal(pwrite(fd, &bad, 1, (off_t)(bit / 8)), 1);
        e = verify_backup(backup, NULL, &result);
        assert_int_equal(pwrite(fd, &good, 1, (off_t)(bit / 8)), 1);
        if (!err_is(e, ERR_BAD_BACKUP))
            print_error("bit %zu of %s was not noticed\n", bit, name);
        assert_true(err_is(e, ERR_BAD_BACKUP));
        assert_true(has_finding(&result, name, ""));
    }
    must_be_good(backup);
}

static void every_flipped_bit_is_found_in_its_file(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup =
        make(temp, "custom", "d.dump", "17-nothing.dump");
    AUTO(jsonx_freep) json_t *proof = json_pack("{s:s}", "verdict", "equal");

    must(backup_write_proof(backup, proof));
    flip_bits(backup, "d.dump", 1);
    flip_bits(backup, "globals.sql", 3);
    flip_bits(backup, MANIFEST_NAME, 7); /* all of them: test_manifest */
    flip_bits(backup, PROOF_NAME, 1);
}

static void flipped_bits_are_found_in_every_format(void **state)
{
    static const struct {
        const char *format, *dump, *sample, *file;
    } cases[] = {
        {"custom", "d.dump", "17-zstd.dump", "d.dump"},
        {"tar", "d.tar", "17.tar", "d.tar"},
        {"directory", "d.dir", "15-gzip.dir", "d.dir/toc.dat"},
        {"plain", "d.sql", NULL, "d.sql"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct temp *temp = *state;
        AUTO(mem_freep) char *folder = fs_join(temp->path, "t");
        AUTO(backup_freep) struct backup *backup = NULL;

        must(fs_remove_tree(folder));
        backup = make(temp, cases[i].format, cases[i].dump, cases[i].sample);
        flip_bits(backup, cases[i].file, 331);
    }
}

static void a_cut_at_any_length_is_found(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup =
        make(temp, "custom", "d.dump", "17-nothing.dump");
    AUTO(mem_freep) char *path = fs_join(backup->path, "d.dump");
    uint64_t bytes = 0;

    must(fs_file_size(path, &bytes));
    for (uint64_t len = bytes; len-- > 0;) {
        assert_int_equal(truncate(path, (off_t)len), 0);
        must_be_bad(backup, "d.dump", "the manifest says");
    }
}

/* The checksums fit, but what was stored was already cut: the structure tells. */
static void a_dump_that_was_stored_cut_is_found(void **state)
{
    static const struct {
        const char *format, *dump, *sample;
    } cases[] = {{"custom", "d.dump", "17-gzip.dump"},
                 {"custom", "d.dump", "17-none.dump"},
                 {"tar", "d.tar", "17.tar"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct temp *temp = *state;
        AUTO(mem_freep) char *from = fs_join(DUMPS, cases[i].sample);
        AUTO(buf_clear) struct buf bytes = BUF_OWN_TEXT;

        must(fs_read_file(from, &bytes));
        for (size_t part = 1; part < 8; part++) {
            AUTO(mem_freep) char *old = fs_join(temp->path, "t");
            AUTO(mem_freep) char *folder = NULL;
            AUTO(manifest_freep) struct manifest *m = NULL;
            AUTO(backup_freep) struct backup *backup = NULL;

            must(fs_remove_tree(old));
            m = begin(temp, cases[i].format, cases[i].dump, &folder);
            temp_add_file(m, folder, m->dump, bytes.data, bytes.len * part / 8);
            end(folder, m);
            must(catalogue_find(temp->repository, "t/d", &backup));
            must_be_bad(backup, m->dump, "");
        }
    }
}

static void missing_files_are_named(void **state)
{
    static const char *const names[] = {"d.dir/toc.dat", "globals.sql", MANIFEST_NAME};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct temp *temp = *state;
        AUTO(mem_freep) char *old = fs_join(temp->path, "t");
        AUTO(backup_freep) struct backup *backup = NULL;
        AUTO(mem_freep) char *path = NULL;

        must(fs_remove_tree(old));
        backup = make(temp, "directory", "d.dir", "17-zstd.dir");
        path = fs_join(backup->path, names[i]);
        must(fs_remove_tree(path));
        must_be_bad(backup, names[i], "is missing");
    }
}

static void added_files_are_named(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "directory", "d.dir", "17-zstd.dir");
    AUTO(mem_freep) char *folder = fs_join(backup->path, "d.dir/inner");
    AUTO(mem_freep) char *link = fs_join(backup->path, "link");
    AUTO(verify_result_clear) struct verify_result result = {0};

    temp_write(backup->path, ".proof.json.new", "{", 1); /* a crash's, not a stranger's */
    must_be_good(backup);
    temp_write(backup->path, "d.dir/9999.dat", "x", 1);
    temp_write(backup->path, ".hidden", "x", 1);
    must(fs_make_dir(folder));
    assert_int_equal(symlink("/etc/passwd", link), 0);
    must_fail(verify_backup(backup, NULL, &result), ERR_BAD_BACKUP, "and more");
    assert_int_equal(result.finding_count, 4);
    assert_true(has_finding(&result, "d.dir/9999.dat", "not in the manifest"));
    assert_true(has_finding(&result, "d.dir/inner", "not in the manifest"));
    assert_true(has_finding(&result, ".hidden", "not in the manifest"));
    assert_true(has_finding(&result, "link", "not in the manifest"));
}

static void a_link_in_place_of_a_file_is_found(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "plain", "d.sql", NULL);
    AUTO(mem_freep) char *path = fs_join(backup->path, "d.sql");
    AUTO(mem_freep) char *moved = fs_join(temp->folder, "d.sql");

    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink(moved, path), 0);
    must_be_bad(backup, "d.sql", "not an ordinary file");
}

static void all_findings_are_told_not_just_the_first(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "plain", "d.sql", NULL);
    AUTO(verify_result_clear) struct verify_result result = {0};

    temp_write(backup->path, "globals.sql", "", 0);
    temp_write(backup->path, "d.sql", plain, sizeof(plain) / 2);
    temp_write(backup->path, "extra", "x", 1);
    temp_write(backup->path, PROOF_NAME, "{}", 2);
    must_fail(verify_backup(backup, NULL, &result), ERR_BAD_BACKUP, "is bad");
    assert_true(has_finding(&result, "globals.sql", "holds 0 bytes"));
    assert_true(has_finding(&result, "globals.sql", "does not end"));
    assert_true(has_finding(&result, "d.sql", "the manifest says"));
    assert_true(has_finding(&result, "extra", "not in the manifest"));
    assert_true(has_finding(&result, PROOF_NAME, "checksum"));
}

static void globals_that_were_stored_cut_are_found(void **state)
{
    struct temp *temp = *state;

    for (size_t len = 0; len < sizeof(globals) - 8; len += 7) {
        AUTO(mem_freep) char *folder = NULL;
        AUTO(mem_freep) char *old = fs_join(temp->path, "t");
        AUTO(manifest_freep) struct manifest *m = NULL;
        AUTO(backup_freep) struct backup *backup = NULL;

        must(fs_remove_tree(old));
        m = begin_with_globals(temp, "plain", "d.sql", len, &folder);
        temp_add_file(m, folder, "d.sql", plain, sizeof(plain) - 1);
        end(folder, m);
        must(catalogue_find(temp->repository, "t/d", &backup));
        must_be_bad(backup, "globals.sql", "does not end");
    }
}

static void rows_that_differ_from_the_manifest_are_found(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = NULL;
    AUTO(manifest_freep) struct manifest *m = begin(temp, "custom", "d.dump", &folder);
    AUTO(dump_feed_freep) struct dump_feed *feed = NULL;
    AUTO(backup_freep) struct backup *backup = NULL;
    const struct toc *toc;
    size_t first = 0;

    add_dump(m, folder, "17-gzip.dump");
    must(dump_feed_read_toc(folder, m, &feed));
    toc = dump_feed_toc(feed);
    while (strcmp(toc->entries[first].desc, "TABLE DATA") != 0)
        first++;
    manifest_add_table(m, toc->entries[first].schema, toc->entries[first].tag, -1, 0, 0);
    manifest_add_table(m, "nowhere", "else", 12, 0, 0); /* not known on both sides */
    end(folder, m);
    must(catalogue_find(temp->repository, "t/d", &backup));
    must_be_good(backup);

    m->tables[0].rows = 987654;
    end(folder, m);
    must_be_bad(backup, "d.dump", "rows, the manifest says 987654");
}

/* -- what cannot be told -- */

/* Lets everybody read all of the backup but its dump. */
static void close_dump_only(const struct temp *temp, const struct backup *backup)
{
    static const char *const inner[] = {"", "t", "t/d"};
    static const char *const files[] = {MANIFEST_NAME, "globals.sql"};

    assert_int_equal(chmod(temp->folder, 0755), 0);
    for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
        AUTO(mem_freep) char *path = fs_join(temp->path, inner[i]);
        assert_int_equal(chmod(path, 0755), 0);
    }
    assert_int_equal(chmod(backup->path, 0755), 0);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTO(mem_freep) char *path = fs_join(backup->path, files[i]);
        assert_int_equal(chmod(path, 0644), 0);
    }
}

static void an_unreadable_file_is_an_error_not_a_verdict(void **state)
{
    struct temp *temp = *state;
    AUTO(verify_result_clear) struct verify_result result = {0};
    AUTO(backup_freep) struct backup *backup = NULL;
    AUTO(mem_freep) char *dump = NULL;
    struct err *e;

    if (geteuid() != 0)
        skip(); /* only root can become somebody else */
    backup = make(temp, "plain", "d.sql", NULL);
    dump = fs_join(backup->path, "d.sql");
    close_dump_only(temp, backup);
    assert_int_equal(seteuid(NOBODY), 0);
    e = verify_backup(backup, NULL, &result);
    assert_int_equal(seteuid(0), 0);
    must_fail(e, ERR_IO, dump);
    assert_int_equal(result.finding_count, 0);
}

static void a_newer_format_is_not_called_bad(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = NULL;
    AUTO(manifest_freep) struct manifest *m = begin(temp, "parquet", "d.pq", &folder);
    AUTO(backup_freep) struct backup *backup = NULL;
    AUTO(verify_result_clear) struct verify_result result = {0};

    temp_add_file(m, folder, "d.pq", "x", 1);
    end(folder, m);
    must(catalogue_find(temp->repository, "t/d", &backup));
    must_fail(verify_backup(backup, NULL, &result), ERR_UNSUPPORTED, "parquet");
    temp_write(folder, "d.pq", "y", 1);
    verify_result_clear(&result);
    must_fail(verify_backup(backup, NULL, &result), ERR_BAD_BACKUP, "content changed");
}

static void a_backup_removed_meanwhile_is_not_called_bad(void **state)
{
    struct temp *temp = *state;
    AUTO(backup_freep) struct backup *backup = make(temp, "plain", "d.sql", NULL);
    AUTO(verify_result_clear) struct verify_result result = {0};

    must(backup_remove(temp->repository, backup));
    must_fail(verify_backup(backup, NULL, &result), ERR_NOT_FOUND, "was removed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_format_is_read_to_its_end),
        TEST(plain_dumps_are_read_with_and_without_gzip),
        TEST(globals_alone_are_a_backup),
        TEST(every_flipped_bit_is_found_in_its_file),
        TEST(flipped_bits_are_found_in_every_format),
        TEST(a_cut_at_any_length_is_found),
        TEST(a_dump_that_was_stored_cut_is_found),
        TEST(missing_files_are_named),
        TEST(added_files_are_named),
        TEST(a_link_in_place_of_a_file_is_found),
        TEST(all_findings_are_told_not_just_the_first),
        TEST(globals_that_were_stored_cut_are_found),
        TEST(rows_that_differ_from_the_manifest_are_found),
        TEST(an_unreadable_file_is_an_error_not_a_verdict),
        TEST(a_newer_format_is_not_called_bad),
        TEST(a_backup_removed_meanwhile_is_not_called_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
