#include "tests/unit/dump/dumps.h"
#include <malloc.h>

static struct sample samples[] = ALL_SAMPLES;

/* What tests/data/dumps/schema.sql puts into each table. */
static const struct {
    const char *tag;
    uint64_t rows;
} known_rows[] = {
    {"plain", 3},      {"empty", 0},    {"no_columns", 4}, {"a \"b\" / c\nd", 6},
    {"one_column", 3}, {"numbers", 20}, {"parted_1", 2},   {"parted_2", 1},
};

static void check_rows(const struct sample *sample, const struct toc *toc)
{
    bool inserts = strstr(sample->name, "inserts") != NULL;
    size_t tables = 0;

    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        assert_int_equal(entry->data_seen, entry->has_data);
        if (strcmp(entry->desc, "TABLE DATA") != 0)
            continue;
        tables++;
        assert_int_equal(entry->rows_known, !inserts);
        for (size_t k = 0; k < ARRAY_LEN(known_rows); k++)
            if (strcmp(entry->tag, known_rows[k].tag) == 0 && !inserts)
                assert_int_equal(entry->rows, known_rows[k].rows);
    }
    if (toc_count(toc, "TABLE") > 0 && !strstr(sample->name, "schema"))
        assert_int_equal(tables, ARRAY_LEN(known_rows));
}

static void check_objects(const struct toc *toc)
{
    uint64_t objects = 0;
    uint64_t raw = 0;

    if (toc_count(toc, "BLOBS") == 0)
        return;
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "BLOBS") == 0) {
            objects += toc->entries[i].rows;
            raw += toc->entries[i].raw_bytes;
        }
    assert_int_equal(objects, 3);
    assert_int_equal(raw, strlen("first") + 300);
}

static void every_dump_is_read_whole_with_its_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(samples[i].format, NULL);

        must(sample_read(&samples[i], reader, 0));
        check_rows(&samples[i], dump_reader_toc(reader));
        check_objects(dump_reader_toc(reader));
        assert_true(dump_reader_raw_bytes(reader) > 0);
    }
}

static char *read_text(const struct sample *sample, size_t piece)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(sample->format, NULL);

    must(sample_read(sample, reader, piece));
    return toc_text(dump_reader_toc(reader));
}

static void a_dump_gives_the_same_however_it_is_cut_into_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 5, 7, 64, 511, 512, 513, 4096};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        AUTO(mem_freep) char *expected = read_text(&samples[i], 0);

        for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
            AUTO(mem_freep) char *text = read_text(&samples[i], pieces[p]);

            assert_string_equal(text, expected);
        }
    }
}

/* Takes every position of the smallest dump, many of one that has all, and every few of the
 * others; PGKEEP_TEST_ALL=1 takes every one of all (minutes). */
static size_t step_of(const struct sample *sample, size_t step)
{
    if (getenv("PGKEEP_TEST_ALL") || strcmp(sample->name, "17-nothing.dump") == 0)
        return 1;
    return strcmp(sample->name, "17-gzip.dump") == 0 ? step / 10 + 1 : step;
}

static void check_split(const struct sample *sample, size_t at, const char *expected)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(sample->format, NULL);
    AUTO(mem_freep) char *text = NULL;

    must(dump_reader_feed(reader, sample->parts[0].data, at));
    must(dump_reader_feed(reader, sample->parts[0].data + at, sample->parts[0].len - at));
    must(dump_reader_finish(reader));
    text = toc_text(dump_reader_toc(reader));
    assert_string_equal(text, expected);
}

static void a_dump_gives_the_same_when_split_at_any_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        AUTO(mem_freep) char *expected = read_text(&samples[i], 0);

        if (samples[i].format == DUMP_DIRECTORY)
            continue;
        for (size_t at = 0; at <= samples[i].parts[0].len; at += step_of(&samples[i], 31))
            check_split(&samples[i], at, expected);
    }
}

static struct err *read_cut(const struct sample *sample, size_t part, size_t len)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(sample->format, NULL);

    for (size_t i = 0; i < sample->count; i++) {
        if (sample->format == DUMP_DIRECTORY)
            PASS(dump_reader_member_begin(reader, sample->names.items[i]));
        PASS(dump_reader_feed(reader, sample->parts[i].data,
                              i == part ? len : sample->parts[i].len));
        if (sample->format == DUMP_DIRECTORY)
            PASS(dump_reader_member_end(reader));
    }
    return dump_reader_finish(reader);
}

/* Such a file holds nothing that says where it ends. */
static bool has_no_end(const struct sample *sample, size_t part)
{
    const char *name = sample->names.len ? sample->names.items[part] : "";

    return strncmp(name, "blob_", 5) == 0 && strcmp(name + strlen(name) - 4, ".dat") == 0;
}

/* An empty file is how zstd and lz4 store an empty large object. */
static bool may_be_empty(const struct sample *sample, size_t part)
{
    const char *name = sample->names.len ? sample->names.items[part] : "";

    return strncmp(name, "blob_", 5) == 0 && !strstr(name, ".gz");
}

static void a_dump_cut_at_any_length_is_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        for (size_t part = 0; part < samples[i].count; part++) {
            if (has_no_end(&samples[i], part))
                continue;
            for (size_t len = may_be_empty(&samples[i], part); len < samples[i].parts[part].len;
                 len += step_of(&samples[i], 11)) {
                AUTO(err_freep) struct err *e = read_cut(&samples[i], part, len);

                assert_non_null(e);
            }
        }
    }
}

static void bytes_after_the_end_are_an_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(samples[i].format, NULL);

        if (samples[i].format == DUMP_DIRECTORY)
            continue;
        must(dump_reader_feed(reader, samples[i].parts[0].data, samples[i].parts[0].len));
        AUTO(err_freep) struct err *e = dump_reader_feed(reader, "x", 1);
        e = err_first(e, dump_reader_finish(reader));
        assert_non_null(e);
    }
}

struct toc_end {
    struct dump_reader *reader;
    bool known;
};

static void note_toc(void *ctx, const struct toc *toc)
{
    struct toc_end *end = ctx;

    end->known = toc != NULL;
}

/* The length of a custom dump's table of contents. */
static size_t toc_length(const struct sample *sample)
{
    struct toc_end end = {0};
    struct dump_listener listener = {.on_toc = note_toc, .ctx = &end};
    AUTO(dump_reader_freep)
    struct dump_reader *reader = dump_reader_new(sample->format, &listener);
    size_t len = 0;

    while (!end.known)
        must(dump_reader_feed(reader, sample->parts[0].data + len++, 1));
    return len;
}

/* The flip changed nothing that was read: a bit that pads a gzip stream, or an oid. */
static struct err *check_same(const struct toc *toc, const char *expected)
{
    AUTO(mem_freep) char *text = toc ? toc_text(toc) : mem_strdup("");

    return strcmp(text, expected) == 0 ? NULL : err_new(ERR_FAILED, "it reads differently");
}

static struct err *read_flipped(struct sample *sample, size_t part, size_t bit,
                                const char *expected)
{
    char *byte = sample->parts[part].data + bit / 8;
    size_t before = mallinfo2().hblkhd;
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(sample->format, NULL);

    *byte = (char)(*byte ^ 1 << bit % 8);
    struct err *e = sample_read(sample, reader, 0);
    *byte = (char)(*byte ^ 1 << bit % 8);
    /* zstd takes what window a frame asks for, up to 128 MiB. */
    if (!strstr(sample->name, "zstd"))
        assert_true(mallinfo2().hblkhd - before < (size_t)4 << 20);
    return e ? e : check_same(dump_reader_toc(reader), expected);
}

static void one_flipped_bit_does_no_harm_and_is_found_in_gzip_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        bool checked = samples[i].format == DUMP_CUSTOM && strstr(samples[i].name, "gzip");
        size_t toc_len = checked ? toc_length(&samples[i]) : 0;
        AUTO(mem_freep) char *expected = read_text(&samples[i], 0);

        for (size_t part = 0; part < samples[i].count; part++)
            for (size_t bit = part; bit < samples[i].parts[part].len * 8;
                 bit += step_of(&samples[i], 131)) {
                AUTO(err_freep)
                struct err *e = read_flipped(&samples[i], part, bit, expected);

                if (checked && bit / 8 >= toc_len)
                    assert_false(e && e->kind == ERR_FAILED);
            }
    }
}

static struct err *read_without(const struct sample *sample, size_t left_out)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_DIRECTORY, NULL);

    for (size_t i = 0; i < sample->count; i++) {
        if (i == left_out)
            continue;
        PASS(dump_reader_member_begin(reader, sample->names.items[i]));
        PASS(dump_reader_feed(reader, sample->parts[i].data, sample->parts[i].len));
        PASS(dump_reader_member_end(reader));
    }
    return dump_reader_finish(reader);
}

static void a_missing_file_of_a_directory_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        for (size_t part = 0; samples[i].format == DUMP_DIRECTORY && part < samples[i].count;
             part++) {
            AUTO(err_freep) struct err *e = read_without(&samples[i], part);
            AUTO(mem_freep) char *base = mem_strdup(samples[i].names.items[part]);
            AUTO(mem_freep) char *text = NULL;

            assert_true(err_is(e, ERR_CUT));
            text = err_text(e);
            assert_non_null(strstr(text, strtok(base, ".")));
        }
    }
}

static void an_added_file_of_a_directory_is_named(void **state)
{
    static const char *const added[] = {"999.dat", "blob_7.dat", "blobs_999.toc"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(added); i++) {
        const struct sample *sample = &samples[ARRAY_LEN(samples) - 1];
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(DUMP_DIRECTORY, NULL);

        must(dump_reader_member_begin(reader, added[i]));
        must(dump_reader_member_end(reader));
        AUTO(err_freep) struct err *e = sample_read(sample, reader, 0);
        assert_true(err_is(e, ERR_PROTOCOL));
        assert_non_null(strstr(e->message, added[i]));
    }
}

static void a_file_of_a_directory_that_is_there_twice_is_named(void **state)
{
    const struct sample *sample = &samples[ARRAY_LEN(samples) - 1];

    (void)state;
    for (size_t i = 0; i < sample->count; i++) {
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(DUMP_DIRECTORY, NULL);
        AUTO(mem_freep) char *base = mem_strdup(sample->names.items[i]);

        must(dump_reader_member_begin(reader, sample->names.items[i]));
        must(dump_reader_feed(reader, sample->parts[i].data, sample->parts[i].len));
        must(dump_reader_member_end(reader));
        AUTO(err_freep) struct err *e = sample_read(sample, reader, 0);
        assert_true(err_is(e, ERR_PROTOCOL));
        assert_non_null(strstr(e->message, strtok(base, ".")));
    }
}

static void a_file_that_pg_dump_does_not_write_is_named(void **state)
{
    static const char *const strange[] = {
        "notes.txt",     "1.dat.bak",   "01.dat",    ".dat", "4294967296.dat", "-1.dat",
        "toc.dat.gz.gz", "restore.sql", "blob_.dat", "",     "blobs_0.toc"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(strange); i++) {
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(DUMP_DIRECTORY, NULL);
        AUTO(err_freep) struct err *e = dump_reader_member_begin(reader, strange[i]);

        assert_true(err_is(e, ERR_PROTOCOL));
        assert_non_null(strstr(e->message, strange[i]));
    }
}

static void an_error_names_the_byte_and_the_entry(void **state)
{
    struct sample *sample = &samples[6];
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);
    AUTO(mem_freep) char *text = NULL;
    size_t at = toc_length(sample) + 20;

    (void)state;
    assert_string_equal(sample->name, "17-gzip.dump");
    must(dump_reader_feed(reader, sample->parts[0].data, at));
    AUTO(err_freep) struct err *e = dump_reader_finish(reader);
    text = err_text(e);
    assert_non_null(strstr(text, "TABLE DATA Mixed Case.a \"b\" / c"));
    assert_non_null(strstr(text, "at byte "));
    assert_int_equal(e->kind, ERR_CUT);
}

struct heard {
    size_t tocs, entries, last, total;
};

static void hear_toc(void *ctx, const struct toc *toc)
{
    struct heard *heard = ctx;

    assert_true(toc->count > 0);
    heard->tocs++;
}

static void hear_entry(void *ctx, const struct toc_entry *entry, size_t number, size_t total)
{
    struct heard *heard = ctx;

    assert_true(entry->has_data);
    assert_int_equal(number, heard->last + 1);
    heard->last = number;
    heard->total = total;
    heard->entries++;
}

static void the_listener_hears_the_toc_and_then_each_entry(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        struct heard heard = {0};
        struct dump_listener listener = {hear_toc, hear_entry, &heard};
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(samples[i].format, &listener);

        must(sample_read(&samples[i], reader, 0));
        assert_int_equal(heard.tocs, 1);
        if (samples[i].format != DUMP_DIRECTORY)
            assert_int_equal(heard.entries, heard.total);
    }
}

static void format_names_go_both_ways(void **state)
{
    enum dump_format format;

    (void)state;
    for (int i = DUMP_CUSTOM; i <= DUMP_DIRECTORY; i++) {
        assert_true(dump_format_parse(dump_format_name((enum dump_format)i), &format));
        assert_int_equal(format, i);
    }
    assert_false(dump_format_parse("Custom", &format));
    assert_false(dump_format_parse("", &format));
}

static int load(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        sample_load(&samples[i]);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        sample_clear(&samples[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dump_is_read_whole_with_its_rows),
        cmocka_unit_test(a_dump_gives_the_same_however_it_is_cut_into_pieces),
        cmocka_unit_test(a_dump_gives_the_same_when_split_at_any_byte),
        cmocka_unit_test(a_dump_cut_at_any_length_is_an_error),
        cmocka_unit_test(bytes_after_the_end_are_an_error),
        cmocka_unit_test(one_flipped_bit_does_no_harm_and_is_found_in_gzip_data),
        cmocka_unit_test(a_missing_file_of_a_directory_is_named),
        cmocka_unit_test(an_added_file_of_a_directory_is_named),
        cmocka_unit_test(a_file_of_a_directory_that_is_there_twice_is_named),
        cmocka_unit_test(a_file_that_pg_dump_does_not_write_is_named),
        cmocka_unit_test(an_error_names_the_byte_and_the_entry),
        cmocka_unit_test(the_listener_hears_the_toc_and_then_each_entry),
        cmocka_unit_test(format_names_go_both_ways),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
