#include "orchestrator/dump/archive_toc.h"
#include "orchestrator/dump/dump.h"
#include "tests/unit/dump/archive_writer.h"
#include "tests/unit/dump/dumps.h"

#define COPY "COPY public.t (a) FROM stdin;\n"

static const struct written_entry table = {201, "TABLE", "t", NULL, false, 0, 0, NULL};
static const struct written_entry table_data = {202, "TABLE DATA", "t", COPY, true, 0, 0, NULL};
static const struct written_entry blobs = {203, "BLOBS", "BLOBS", NULL, true, 0, 0, NULL};

static struct err *read_all(const struct buf *bytes, struct dump_reader **out)
{
    struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);
    struct err *e = dump_reader_feed(reader, bytes->data, bytes->len);

    if (!e)
        e = dump_reader_finish(reader);
    if (out)
        *out = reader;
    else
        dump_reader_free(reader);
    return e;
}

/* Reads, expects an error of that kind whose text holds `part`, and clears the bytes. */
static void expect_error(struct buf *bytes, enum err_kind kind, const char *part)
{
    AUTO(err_freep) struct err *e = read_all(bytes, NULL);
    AUTO(mem_freep) char *text = NULL;

    assert_non_null(e);
    text = err_text(e);
    if (e->kind != kind || !strstr(text, part))
        print_error("%d: %s\n", (int)e->kind, text);
    assert_int_equal(e->kind, kind);
    assert_non_null(strstr(text, part));
    buf_clear(bytes);
}

static void put_one_table(struct buf *out, int minor)
{
    put_head(out, minor, 0, 2);
    put_entry(out, minor, &table);
    put_entry(out, minor, &table_data);
}

static void all_known_versions_are_read(void **state)
{
    (void)state;
    for (int minor = ARCHIVE_MINOR_MIN; minor <= ARCHIVE_MINOR_MAX; minor++) {
        struct buf bytes = BUF_OWN_TEXT;
        AUTO(dump_reader_freep) struct dump_reader *reader = NULL;

        put_one_table(&bytes, minor);
        put_data(&bytes, 202, "1\n2\n\\.\n\n\n");
        must(read_all(&bytes, &reader));
        const struct toc *toc = dump_reader_toc(reader);
        assert_int_equal(toc->version_minor, minor);
        assert_int_equal(toc->created_unix_s, 1770001445);
        assert_string_equal(toc->database, "a database");
        assert_int_equal(toc->count, 2);
        assert_int_equal(toc_find(toc, 202)->rows, 2);
        assert_string_equal(toc_find(toc, 202)->owner, "owner");
        assert_string_equal(toc_find(toc, 202)->copy_statement, COPY);
        buf_clear(&bytes);
    }
}

static void an_unknown_version_is_refused_by_number(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    put_head(&bytes, 17, 0, 0);
    expect_error(&bytes, ERR_UNSUPPORTED, "1.17-0");
    put_head(&bytes, 12, 0, 0);
    expect_error(&bytes, ERR_UNSUPPORTED, "1.12-0");
}

static void what_is_no_archive_is_said_to_be_none(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    put_bytes(&bytes, "PGDUMP", 6);
    expect_error(&bytes, ERR_PROTOCOL, "not a pg_dump archive");
    put_bytes(&bytes, "", 0);
    expect_error(&bytes, ERR_CUT, "at byte 0");
}

static void two_entries_of_one_dump_id_are_an_error(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    put_head(&bytes, 16, 0, 2);
    put_entry(&bytes, 16, &table);
    put_entry(&bytes, 16, &table);
    expect_error(&bytes, ERR_PROTOCOL, "dump id 201");
}

static void data_must_belong_to_an_entry_and_come_once(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    put_one_table(&bytes, 14);
    put_data(&bytes, 202, "\\.\n\n\n");
    put_data(&bytes, 202, "\\.\n\n\n");
    expect_error(&bytes, ERR_PROTOCOL, "twice");
    put_one_table(&bytes, 14);
    put_data(&bytes, 201, "\\.\n\n\n");
    expect_error(&bytes, ERR_PROTOCOL, "no entry 201 has data");
    put_one_table(&bytes, 14);
    put_data(&bytes, 77, "\\.\n\n\n");
    expect_error(&bytes, ERR_PROTOCOL, "no entry 77 has data");
    put_one_table(&bytes, 14);
    expect_error(&bytes, ERR_CUT, "TABLE DATA public.t is missing");
    put_one_table(&bytes, 14);
    put_byte(&bytes, 2);
    expect_error(&bytes, ERR_PROTOCOL, "block type 2");
    put_one_table(&bytes, 14);
    put_byte(&bytes, 3);
    put_int(&bytes, 202);
    expect_error(&bytes, ERR_PROTOCOL, "does not fit");
}

static void table_data_must_end_as_pg_dump_ends_it(void **state)
{
    static const char *const cut[] = {"", "1\n", "1\n\\.", "\\.\n", "\\.\n\n", "1\\.\n\n\n"};
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cut); i++) {
        put_one_table(&bytes, 16);
        if (*cut[i])
            put_data(&bytes, 202, cut[i]);
        else {
            put_byte(&bytes, 1);
            put_int(&bytes, 202);
            put_int(&bytes, 0);
        }
        expect_error(&bytes, ERR_CUT, "TABLE DATA public.t ends before");
    }
    put_one_table(&bytes, 16);
    put_data(&bytes, 202, "\\.\n\n\n\n");
    expect_error(&bytes, ERR_PROTOCOL, "goes on after its last row");
}

static void a_wrong_place_of_the_data_is_found(void **state)
{
    struct written_entry placed = table_data;
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    placed.flag = 2;
    for (int off = 0; off <= 1; off++) {
        put_head(&bytes, 16, 0, 1);
        placed.place = 0;
        put_entry(&bytes, 16, &placed);
        placed.place = bytes.len + (size_t)off;
        buf_reset(&bytes);
        put_head(&bytes, 16, 0, 1);
        put_entry(&bytes, 16, &placed);
        put_data(&bytes, 202, "\\.\n\n\n");
        if (off)
            expect_error(&bytes, ERR_PROTOCOL, "as listed");
        else
            must(read_all(&bytes, NULL));
        buf_clear(&bytes);
    }
    placed.flag = 3;
    put_head(&bytes, 16, 0, 1);
    put_entry(&bytes, 16, &placed);
    expect_error(&bytes, ERR_PROTOCOL, "contradicts");
}

static void put_object(struct buf *out, uint32_t oid, const char *text)
{
    put_int(out, (int32_t)oid); /* as pg_dump: an int */
    put_text(out, text);
    put_int(out, 0);
}

static void large_objects_are_counted_in_the_order_of_their_oids(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;
    AUTO(dump_reader_freep) struct dump_reader *reader = NULL;

    (void)state;
    put_head(&bytes, 13, 0, 1);
    put_entry(&bytes, 13, &blobs);
    put_byte(&bytes, 3);
    put_int(&bytes, 203);
    put_object(&bytes, 5, "five");
    put_object(&bytes, 2147483648u, "2^31");
    put_object(&bytes, 4294967295u, "last");
    put_int(&bytes, 0);
    must(read_all(&bytes, &reader));
    assert_int_equal(dump_reader_toc(reader)->entries[0].rows, 3);
    assert_int_equal(dump_reader_toc(reader)->entries[0].raw_bytes, 12);
    buf_clear(&bytes);
    put_head(&bytes, 13, 0, 1);
    put_entry(&bytes, 13, &blobs);
    put_byte(&bytes, 3);
    put_int(&bytes, 203);
    put_object(&bytes, 6, "six");
    put_object(&bytes, 5, "five");
    expect_error(&bytes, ERR_PROTOCOL, "large object 5 follows 6");
}

static void a_number_that_makes_no_sense_is_named(void **state)
{
    static const struct {
        size_t at; /* in the header of version 16 */
        int value;
        const char *part;
    } wrong[] = {
        {8, 5, "the size of numbers"},  {8, 200, "the size of numbers"},
        {9, 0, "the size of offsets"},  {10, 3, "format"},
        {11, 4, "compression"},         {12, 2, "sign"},
        {12, 1, "its second"},          {13, 61, "its second"},
        {14, 1, "its second"},          {33, 12, "its month"},
        {50, 1, "the database's name"},
    };
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        put_head(&bytes, 16, 0, 0);
        bytes.data[wrong[i].at] = (char)wrong[i].value;
        expect_error(&bytes, ERR_PROTOCOL, wrong[i].part);
    }
}

static void a_text_longer_than_its_cap_is_refused(void **state)
{
    struct buf bytes = BUF_OWN_TEXT;

    (void)state;
    put_head(&bytes, 16, 0, 1);
    put_int(&bytes, 1);
    put_int(&bytes, 0);
    put_text(&bytes, "1259");
    put_text(&bytes, "1");
    put_int(&bytes, INT32_MAX);
    expect_error(&bytes, ERR_PROTOCOL, "the name");
}

static void a_definition_of_any_length_passes_by(void **state)
{
    enum { PIECE = 1 << 16, PIECES = 1 << 14 }; /* 1 GiB */
    struct buf bytes = BUF_OWN_TEXT;
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);
    static char piece[PIECE];

    (void)state;
    memset(piece, 'x', sizeof(piece));
    put_head(&bytes, 16, 0, 1);
    put_int(&bytes, 1);
    put_int(&bytes, 0);
    put_text(&bytes, "1259");
    put_text(&bytes, "1");
    put_text(&bytes, "twice(integer)");
    put_text(&bytes, "FUNCTION");
    put_int(&bytes, 2);
    put_int(&bytes, (int64_t)PIECE * PIECES);
    must(dump_reader_feed(reader, bytes.data, bytes.len));
    for (int i = 0; i < PIECES; i++)
        must(dump_reader_feed(reader, piece, sizeof(piece)));
    AUTO(err_freep) struct err *e = dump_reader_finish(reader);
    assert_true(err_is(e, ERR_CUT));
    buf_clear(&bytes);
}

static void after_an_error_a_reader_says_so_again(void **state)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);

    (void)state;
    for (int i = 0; i < 2; i++) {
        AUTO(err_freep) struct err *e = dump_reader_feed(reader, "nothing", 7);
        assert_true(err_is(e, ERR_PROTOCOL));
    }
    AUTO(err_freep) struct err *e = dump_reader_finish(reader);
    assert_non_null(e);
    assert_null(dump_reader_toc(reader));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_known_versions_are_read),
        cmocka_unit_test(an_unknown_version_is_refused_by_number),
        cmocka_unit_test(what_is_no_archive_is_said_to_be_none),
        cmocka_unit_test(two_entries_of_one_dump_id_are_an_error),
        cmocka_unit_test(data_must_belong_to_an_entry_and_come_once),
        cmocka_unit_test(table_data_must_end_as_pg_dump_ends_it),
        cmocka_unit_test(a_wrong_place_of_the_data_is_found),
        cmocka_unit_test(large_objects_are_counted_in_the_order_of_their_oids),
        cmocka_unit_test(a_number_that_makes_no_sense_is_named),
        cmocka_unit_test(a_text_longer_than_its_cap_is_refused),
        cmocka_unit_test(a_definition_of_any_length_passes_by),
        cmocka_unit_test(after_an_error_a_reader_says_so_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
