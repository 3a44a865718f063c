#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/stream/sink.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

/* A store in memory that can be told to fail. */
struct memory_sink {
    struct sink sink;
    struct buf bytes;
    size_t fail_at; /* the write that would pass this many bytes fails; 0: none does */
    bool fail_finish;
    int finished, dropped;
};

static struct err *memory_write(struct sink *sink, const uint8_t *data, size_t len)
{
    struct memory_sink *self = (struct memory_sink *)sink;

    assert_true(len > 0);
    if (self->fail_at && self->bytes.len + len >= self->fail_at)
        return err_new(ERR_NO_SPACE, "memory is full");
    return buf_append(&self->bytes, data, len);
}

static struct err *memory_finish(struct sink *sink)
{
    struct memory_sink *self = (struct memory_sink *)sink;

    self->finished++;
    return self->fail_finish ? err_new(ERR_IO, "no finish") : NULL;
}

static void memory_drop(struct sink *sink)
{
    ((struct memory_sink *)sink)->dropped++;
}

static const struct sink_ops memory_ops = {"memory", memory_write, memory_finish, memory_drop};

#define MEMORY_SINK                                                                            \
    {                                                                                          \
        .sink = {.ops = &memory_ops}, .bytes = BUF_OWN_TEXT                                    \
    }

static char folder[] = "/tmp/pgkeep-test-sink-XXXXXX";

static int make_folder(void **state)
{
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct err *e = fs_remove_tree(folder);

    err_free(e);
    return e ? -1 : 0;
}

static void check_file(const char *path, const char *expected)
{
    AUTO(buf_clear) struct buf got = BUF_OWN_TEXT;

    assert_null(fs_read_file(path, &got));
    assert_string_equal(buf_text(&got), expected);
}

static void a_finished_file_stays_with_all_its_bytes(void **state)
{
    AUTO(mem_freep) char *path = fs_join(folder, "kept");
    AUTO(sink_dropp) struct sink *sink = NULL;
    struct stat st;

    assert_null(file_sink_new(path, &sink));
    assert_null(sink_write(sink, "abc", 3));
    assert_null(sink_write(sink, "", 0));
    assert_null(sink_write(sink, "def", 3));
    assert_null(sink_finish(sink));
    sink_dropp(&sink);
    check_file(path, "abcdef");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_file_that_was_not_finished_is_removed(void **state)
{
    AUTO(mem_freep) char *path = fs_join(folder, "undone");
    struct sink *sink = NULL;

    assert_null(file_sink_new(path, &sink));
    assert_null(sink_write(sink, "abc", 3));
    assert_true(fs_exists(path));
    sink_drop(sink);
    assert_false(fs_exists(path));
}

static void a_file_that_is_there_is_never_overwritten(void **state)
{
    AUTO(mem_freep) char *path = fs_join(folder, "there");
    struct sink *sink = NULL;

    assert_null(fs_write_file(path, "old", 3));
    AUTO(err_freep) struct err *e = file_sink_new(path, &sink);
    assert_true(err_is(e, ERR_EXISTS));
    assert_non_null(strstr(e->message, path));
    assert_null(sink);
    check_file(path, "old");
}

/* A file size limit stands in for a full disk: the kernel refuses the write in the middle. */
static void a_write_that_fails_names_the_file_and_leaves_nothing(void **state)
{
    AUTO(mem_freep) char *path = fs_join(folder, "full");
    AUTO(mem_freep) uint8_t *data = mem_new(8192, 1);
    struct sink *sink = NULL;
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    assert_null(file_sink_new(path, &sink));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    AUTO(err_freep) struct err *e = sink_write(sink, data, 8192);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(e);
    assert_non_null(strstr(e->message, path));
    sink_drop(sink);
    assert_false(fs_exists(path));
}

static void a_digest_counts_and_hashes_what_passes(void **state)
{
    struct memory_sink store = MEMORY_SINK;
    struct digest_result result = {0};
    struct sink *sink = digest_sink_new(&result, &store.sink);

    assert_null(sink_write(sink, "a", 1));
    assert_null(sink_write(sink, "bc", 2));
    assert_int_equal(result.bytes, 0); /* only finish tells */
    assert_null(sink_finish(sink));
    assert_int_equal(result.bytes, 3);
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(result.sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(buf_text(&store.bytes), "abc");
    sink_drop(sink);
    assert_int_equal(store.finished, 1);
    assert_int_equal(store.dropped, 1);
    buf_clear(&store.bytes);
}

static void a_digest_of_bytes_that_were_not_stored_is_not_told(void **state)
{
    struct memory_sink store = MEMORY_SINK;
    struct digest_result result = {0};
    struct sink *sink = digest_sink_new(&result, &store.sink);

    store.fail_finish = true;
    assert_null(sink_write(sink, "abc", 3));
    AUTO(err_freep) struct err *e = sink_finish(sink);
    assert_true(err_is(e, ERR_IO));
    assert_int_equal(result.bytes, 0);
    assert_string_equal(result.sha256, "");
    sink_drop(sink);
    buf_clear(&store.bytes);
}

static void a_digest_works_without_a_store(void **state)
{
    struct digest_result result = {0};
    struct sink *sink = digest_sink_new(&result, NULL);

    assert_null(sink_write(sink, "abc", 3));
    assert_null(sink_finish(sink));
    assert_int_equal(result.bytes, 3);
    sink_drop(sink);
}

/* Bytes that neither repeat nor compress well; the same in every run. */
static void fill(uint8_t *data, size_t len)
{
    uint32_t x = 1;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        data[i] = (uint8_t)(x >> 24);
    }
}

static void gunzip(const struct buf *from, uint8_t *to, size_t expected)
{
    z_stream z = {0};

    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    z.next_in = (Bytef *)from->data;
    z.avail_in = (uInt)from->len;
    z.next_out = to;
    z.avail_out = (uInt)expected + 1;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, expected);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
}

static void gzip_in_any_pieces_gives_a_gzip_file_without_a_time(void **state)
{
    const size_t len = 300000;
    AUTO(mem_freep) uint8_t *data = mem_new(len, 1);
    AUTO(mem_freep) uint8_t *back = mem_new(len + 1, 1);
    static const size_t pieces[] = {1000, 65536, 299999, 300000};

    fill(data, len);
    for (size_t n = 0; n < ARRAY_LEN(pieces); n++) {
        struct memory_sink store = MEMORY_SINK;
        struct sink *sink = NULL;

        assert_null(gzip_sink_new(n % 2 ? 1 : 9, &store.sink, &sink));
        for (size_t at = 0; at < len; at += pieces[n])
            assert_null(
                sink_write(sink, data + at, len - at < pieces[n] ? len - at : pieces[n]));
        assert_null(sink_finish(sink));
        sink_drop(sink);
        assert_memory_equal(store.bytes.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
        gunzip(&store.bytes, back, len);
        assert_memory_equal(back, data, len);
        buf_clear(&store.bytes);
    }
}

static void gzip_of_nothing_is_a_whole_empty_gzip_file(void **state)
{
    struct memory_sink store = MEMORY_SINK;
    struct sink *sink = NULL;
    uint8_t back[1];

    assert_null(gzip_sink_new(6, &store.sink, &sink));
    assert_null(sink_finish(sink));
    sink_drop(sink);
    gunzip(&store.bytes, back, 0);
    buf_clear(&store.bytes);
}

static void a_store_that_fails_anywhere_fails_the_chain_and_is_dropped_once(void **state)
{
    AUTO(mem_freep) uint8_t *data = mem_new(200000, 1);

    fill(data, 200000);
    for (size_t fail_at = 1; fail_at < 200000; fail_at += 40000) {
        struct memory_sink store = MEMORY_SINK;
        struct digest_result result = {0};
        struct sink *sink = NULL;

        store.fail_at = fail_at;
        assert_null(gzip_sink_new(1, digest_sink_new(&result, &store.sink), &sink));
        AUTO(err_freep) struct err *e = sink_write(sink, data, 200000);
        if (!e)
            e = sink_finish(sink);
        assert_true(err_is(e, ERR_NO_SPACE));
        sink_drop(sink);
        assert_int_equal(store.dropped, 1);
        assert_int_equal(store.finished, 0);
        assert_int_equal(result.bytes, 0);
        buf_clear(&store.bytes);
    }
}

static void a_gzip_level_out_of_range_is_refused(void **state)
{
    static const int levels[] = {-1, 0, 10};
    struct memory_sink store = MEMORY_SINK;

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        struct sink *sink = NULL;
        AUTO(err_freep) struct err *e = gzip_sink_new(levels[i], &store.sink, &sink);

        assert_true(err_is(e, ERR_USAGE));
        assert_null(sink);
    }
    assert_int_equal(store.dropped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_file_stays_with_all_its_bytes),
        cmocka_unit_test(a_file_that_was_not_finished_is_removed),
        cmocka_unit_test(a_file_that_is_there_is_never_overwritten),
        cmocka_unit_test(a_write_that_fails_names_the_file_and_leaves_nothing),
        cmocka_unit_test(a_digest_counts_and_hashes_what_passes),
        cmocka_unit_test(a_digest_of_bytes_that_were_not_stored_is_not_told),
        cmocka_unit_test(a_digest_works_without_a_store),
        cmocka_unit_test(gzip_in_any_pieces_gives_a_gzip_file_without_a_time),
        cmocka_unit_test(gzip_of_nothing_is_a_whole_empty_gzip_file),
        cmocka_unit_test(a_store_that_fails_anywhere_fails_the_chain_and_is_dropped_once),
        cmocka_unit_test(a_gzip_level_out_of_range_is_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
