#include "tests/unit/dump/archive_writer.h"
#include "tests/unit/dump/dumps.h"

static struct dump_reader *read_sample(const char *name, enum dump_format format)
{
    struct sample sample = {.name = name, .format = format};
    struct dump_reader *reader = dump_reader_new(format, NULL);

    sample_load(&sample);
    must(sample_read(&sample, reader, 0));
    sample_clear(&sample);
    return reader;
}

static bool is_schema(const struct toc_entry *entry)
{
    static const char *const data[] = {"TABLE DATA",   "MATERIALIZED VIEW DATA",
                                       "SEQUENCE SET", "BLOB",
                                       "BLOBS",        "BLOB METADATA"};

    for (size_t i = 0; i < ARRAY_LEN(data); i++)
        if (strcmp(entry->desc, data[i]) == 0)
            return false;
    return true;
}

/* The digests of what is neither data nor a sequence's value, as sorted text. */
static char *digests(const struct toc *toc)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    for (size_t i = 0; i < toc->count; i++)
        if (is_schema(&toc->entries[i]))
            strv_pushf(&lines, "%s %s %s %llx %llx", toc->entries[i].desc,
                       toc->entries[i].schema, toc->entries[i].tag,
                       (unsigned long long)toc_entry_digest(&toc->entries[i], true),
                       (unsigned long long)toc_entry_digest(&toc->entries[i], false));
    strv_sort(&lines);
    assert_true(lines.len > 20);
    return strv_join(&lines, "\n");
}

static void all_formats_and_compressions_have_the_same_digests(void **state)
{
    static const struct sample others[] = {
        {.name = "17-gzip.dump", .format = DUMP_CUSTOM},
        {.name = "17-zstd.dump", .format = DUMP_CUSTOM},
        {.name = "17-lz4.dump", .format = DUMP_CUSTOM},
        {.name = "17.tar", .format = DUMP_TAR},
        {.name = "17-none.dir", .format = DUMP_DIRECTORY},
    };
    AUTO(dump_reader_freep) struct dump_reader *reader =
        read_sample("17-none.dump", DUMP_CUSTOM);
    AUTO(mem_freep) char *wanted = digests(dump_reader_toc(reader));

    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        AUTO(dump_reader_freep)
        struct dump_reader *other = read_sample(others[i].name, others[i].format);
        AUTO(mem_freep) char *got = digests(dump_reader_toc(other));

        assert_string_equal(got, wanted);
    }
}

static uint64_t digest_of(const struct written_entry *entry, bool with_owner)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);
    AUTO(buf_clear) struct buf bytes = BUF_OWN_TEXT;

    put_head(&bytes, 16, 0, 1);
    put_entry(&bytes, 16, entry);
    must(feed_pieces(reader, bytes.data, bytes.len, 1));
    must(dump_reader_finish(reader));
    return toc_entry_digest(&dump_reader_toc(reader)->entries[0], with_owner);
}

static void what_an_entry_makes_shows_in_its_digest_and_nothing_else(void **state)
{
    const struct written_entry entry = {.dump_id = 5, .desc = "TABLE", .tag = "t"};
    struct written_entry other = entry;
    uint64_t digest = digest_of(&entry, false);

    assert_true(digest != 0);
    assert_true(digest_of(&entry, true) != digest);
    other.dump_id = 77;
    assert_true(digest_of(&other, false) == digest);
    other.tag = "u";
    assert_true(digest_of(&other, false) != digest);
    other.tag = "t";
    other.desc = "VIEW";
    assert_true(digest_of(&other, false) != digest);
    /* where one text ends and the next begins */
    other.desc = "TABL";
    other.tag = "Et";
    assert_true(digest_of(&other, false) != digest);
}

static void a_definition_shows_whatever_its_length(void **state)
{
    uint64_t last = 0;

    for (size_t len = (256 << 10) - 2; len < (256 << 10) + 3; len++) {
        AUTO(mem_freep) char *definition = mem_new(len + 1, 1);
        struct written_entry entry = {.dump_id = 5, .desc = "FUNCTION", .tag = "f"};
        uint64_t digest;

        memset(definition, 'x', len);
        entry.definition = definition;
        digest = digest_of(&entry, false);
        definition[len - 1] = 'y';
        assert_true(digest_of(&entry, false) != digest);
        assert_true(digest != last);
        last = digest;
    }
}

static void the_two_prints_of_an_array_are_one(void **state)
{
    const struct written_entry before = {
        .dump_id = 5, .desc = "INDEX", .tag = "i", .definition = "(ARRAY['a', 'b'])::text[]"};
    const struct written_entry after = {.dump_id = 5,
                                        .desc = "INDEX",
                                        .tag = "i",
                                        .definition = "ARRAY[('a')::text, ('b')::text]"};

    assert_true(digest_of(&before, true) == digest_of(&after, true));
}

static void a_plain_dump_has_none(void **state)
{
    const struct toc_entry entry = {0};

    assert_int_equal(toc_entry_digest(&entry, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_formats_and_compressions_have_the_same_digests),
        cmocka_unit_test(what_an_entry_makes_shows_in_its_digest_and_nothing_else),
        cmocka_unit_test(a_definition_shows_whatever_its_length),
        cmocka_unit_test(the_two_prints_of_an_array_are_one),
        cmocka_unit_test(a_plain_dump_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
