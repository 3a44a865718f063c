#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/dump/plain.h"
#include "orchestrator/dump/plain_title.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/data/plain/"

/* Real dumps of one database by pg_dump 13, 15 and 17. */
static const char *const same_database[] = {"pg13.sql", "pg15.sql", "pg17.sql",
                                            "pg17-verbose.sql", "pg17-create-clean.sql"};
/* One of each kind, for the tests that read a dump once for each of its bytes. */
static const char *const each_kind[] = {"pg15-inserts.sql", "pg17-create-clean.sql"};

static void load(const char *name, struct buf *out)
{
    AUTO(mem_freep) char *path = fs_join(FOLDER, name);

    *out = (struct buf)BUF_OWN_TEXT;
    assert_null(fs_read_file(path, out));
}

/* The dump without its \restrict lines, as older pg_dumps wrote it. */
static void load_without_key(const char *name, struct buf *out)
{
    AUTO(buf_clear) struct buf whole = BUF_OWN_TEXT;
    char *rest, *line;

    load(name, &whole);
    *out = (struct buf)BUF_OWN_TEXT;
    for (rest = whole.data; (line = strsep(&rest, "\n")) != NULL && rest;) {
        bool unrestrict = strncmp(line, "\\unrestrict", 11) == 0;

        if (strncmp(line, "\\restrict", 9) == 0 || unrestrict) {
            if (*rest == '\n')
                rest++; /* the empty line after it */
            continue;
        }
        buf_printf(out, "%s\n", line);
    }
}

static struct err *feed(struct plain_reader *reader, const char *data, size_t len)
{
    return plain_reader_feed(reader, (const uint8_t *)data, len);
}

static struct plain_reader *read_all(const struct buf *dump)
{
    struct plain_reader *reader = plain_reader_new(NULL);

    assert_null(feed(reader, dump->data, dump->len));
    assert_null(plain_reader_finish(reader));
    return reader;
}

static const struct toc_entry *find(const struct toc *toc, const char *desc, const char *schema,
                                    const char *tag)
{
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *e = &toc->entries[i];

        if (!strcmp(e->desc, desc) && !strcmp(e->schema, schema) && !strcmp(e->tag, tag))
            return e;
    }
    fail_msg("no %s %s.%s", desc, schema, tag);
    return NULL;
}

static void check_rows(const struct toc *toc, const char *schema, const char *tag,
                       uint64_t rows)
{
    const struct toc_entry *entry = find(toc, "TABLE DATA", schema, tag);

    assert_true(entry->has_data);
    assert_true(entry->data_seen);
    assert_true(entry->rows_known);
    assert_int_equal(entry->rows, rows);
    assert_non_null(entry->copy_statement);
    assert_null(entry->definition);
}

static void the_tables_and_rows_of_real_dumps_are_found(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(same_database); i++) {
        AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

        load(same_database[i], &dump);
        struct plain_reader *reader = read_all(&dump);
        const struct toc *toc = plain_reader_toc(reader);

        assert_string_equal(toc->format, "PLAIN");
        assert_memory_equal(toc->server_version, same_database[i] + 2, 2);
        assert_memory_equal(toc->dump_version, same_database[i] + 2, 2);
        assert_string_equal(toc->database,
                            strstr(same_database[i], "create") ? "postgres" : "");
        assert_int_equal(plain_reader_raw_bytes(reader), dump.len);
        check_rows(toc, "public", "people", 5);
        check_rows(toc, "public", "empty_one", 0);
        check_rows(toc, "public", "nocol", 2);
        check_rows(toc, "public", "z\xc3\xbcrich", 1);
        check_rows(toc, "public", "new\nline", 2);
        check_rows(toc, "public", "parted\n1", 2);
        check_rows(toc, "Weird; Schema: x", "T$1 \"q\"; Type: VIEW; Schema: y", 1);
        assert_int_equal(find(toc, "TABLE DATA", "public", "new\nline")->raw_bytes, 8);
        assert_string_equal(find(toc, "TABLE", "public", "in_ts")->tablespace, "fast one");
        assert_string_equal(find(toc, "TABLE", "public", "people")->owner, "app owner");
        assert_int_equal(toc_count(toc, "TABLE DATA"), 9);
        assert_int_equal(find(toc, "TABLE", "public", "new\nline")->has_data, false);
        for (size_t n = 0; n < toc->count; n++)
            assert_int_equal(toc->entries[n].dump_id, n + 1);
        plain_reader_free(reader);
    }
}

static void sequences_and_large_objects_are_told(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(same_database); i++) {
        AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;
        const struct toc_entry *blobs = NULL;

        load(same_database[i], &dump);
        struct plain_reader *reader = read_all(&dump);
        const struct toc *toc = plain_reader_toc(reader);

        assert_string_equal(find(toc, "SEQUENCE SET", "public", "lonely")->definition,
                            "SELECT pg_catalog.setval('public.lonely', 7, true);\n");
        assert_int_equal(toc_count(toc, "BLOBS"), 1);
        for (size_t n = 0; n < toc->count; n++)
            if (strcmp(toc->entries[n].desc, "BLOBS") == 0)
                blobs = &toc->entries[n];
        assert_true(blobs->has_data && blobs->raw_bytes > 0);
        assert_int_equal(blobs->rows, 2);
        plain_reader_free(reader);
    }
}

static void an_insert_dump_has_tables_without_counts(void **state)
{
    AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

    load("pg15-inserts.sql", &dump);
    struct plain_reader *reader = read_all(&dump);
    const struct toc_entry *entry =
        find(plain_reader_toc(reader), "TABLE DATA", "public", "new\nline");

    assert_true(entry->has_data && entry->data_seen && entry->raw_bytes > 0);
    assert_false(entry->rows_known);
    assert_null(entry->copy_statement);
    assert_int_equal(toc_count(plain_reader_toc(reader), "TABLE DATA"), 9);
    plain_reader_free(reader);
}

static void a_partition_loaded_through_its_root_keeps_its_name(void **state)
{
    AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

    load("pg15-partition-root.sql", &dump);
    struct plain_reader *reader = read_all(&dump);

    check_rows(plain_reader_toc(reader), "public", "parted 1", 2);
    plain_reader_free(reader);
}

/* A text of all that a reader knows. */
static char *describe(const struct toc *toc)
{
    struct buf text = BUF_OWN_TEXT;

    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *e = &toc->entries[i];

        buf_printf(&text, "%d %s|%s|%s|%s|%s|%s|%s|%d %d %d %ju %ju\n", e->dump_id, e->desc,
                   e->schema, e->tag, e->owner, e->tablespace,
                   e->copy_statement ? e->copy_statement : "",
                   e->definition ? e->definition : "", e->has_data, e->data_seen, e->rows_known,
                   (uintmax_t)e->rows, (uintmax_t)e->raw_bytes);
    }
    return buf_take(&text);
}

static void a_dump_reads_the_same_wherever_it_is_split(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(each_kind); i++) {
        AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

        load(each_kind[i], &dump);
        struct plain_reader *whole = read_all(&dump);
        AUTO(mem_freep) char *expected = describe(plain_reader_toc(whole));

        plain_reader_free(whole);
        for (size_t split = 0; split <= dump.len; split++) {
            struct plain_reader *reader = plain_reader_new(NULL);

            assert_null(feed(reader, dump.data, split));
            assert_null(feed(reader, dump.data + split, dump.len - split));
            assert_null(plain_reader_finish(reader));
            AUTO(mem_freep) char *got = describe(plain_reader_toc(reader));
            assert_string_equal(got, expected);
            plain_reader_free(reader);
        }
    }
}

static void expect_cut(const char *data, size_t len)
{
    struct plain_reader *reader = plain_reader_new(NULL);

    assert_null(feed(reader, data, len));
    AUTO(err_freep) struct err *e = plain_reader_finish(reader);
    if (!err_is(e, ERR_CUT))
        fail_msg("a dump cut after %zu bytes passed", len);
    plain_reader_free(reader);
}

static void a_dump_cut_at_any_byte_is_found(void **state)
{
    AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

    load("pg17-create-clean.sql", &dump);
    plain_reader_free(read_all(&dump));
    for (size_t len = 0; len < dump.len; len++)
        expect_cut(dump.data, len);
}

static void an_older_dump_without_a_key_cut_at_any_byte_is_found(void **state)
{
    AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;

    load_without_key("pg15-inserts.sql", &dump);
    assert_null(strstr(dump.data, "restrict"));
    plain_reader_free(read_all(&dump));
    for (size_t len = 0; len < dump.len; len++)
        expect_cut(dump.data, len);
}

#define END_LINES "--\n-- PostgreSQL database dump complete\n--\n\n"

static void end_lines_inside_of_data_do_not_count(void **state)
{
    static const char *const cuts[] = {
        "COPY t (a) FROM stdin;\n" END_LINES,
        "COMMENT ON TABLE t IS 'x\n" END_LINES,
        "CREATE FUNCTION f() AS $$\n" END_LINES,
        "/*\n" END_LINES,
        "CREATE TABLE \"x\n" END_LINES,
        "SELECT 1\n" END_LINES,
        END_LINES "SELECT 1;\n",
        END_LINES "SELECT 1;\n--\n\n",
        END_LINES "\\connect x\n",
        END_LINES "-- more\n",
        "\\restrict abc\n" END_LINES,
        "\\restrict abc\n" END_LINES "\\unrestrict abd\n\n",
        "\\restrict abc\n\\unrestrict abc\n\n" END_LINES,
    };

    for (size_t i = 0; i < ARRAY_LEN(cuts); i++)
        expect_cut(cuts[i], strlen(cuts[i]));
}

static void the_key_proves_the_end_where_the_text_is_not_understood(void **state)
{
    static const char sql[] =
        "\\restrict abc\nSELECT 'an exotic thing;\n" END_LINES "\\unrestrict abc\n\n";
    struct plain_reader *reader = plain_reader_new(NULL);

    assert_null(feed(reader, sql, sizeof(sql) - 1));
    assert_null(plain_reader_finish(reader));
    plain_reader_free(reader);
}

static void a_copy_without_a_title_gets_an_entry(void **state)
{
    static const char sql[] = "COPY s.\"T\" (a) FROM stdin;\n1\n\\.\n" END_LINES;
    struct buf dump = {.data = mem_strdup(sql), .len = sizeof(sql) - 1};
    struct plain_reader *reader = read_all(&dump);

    check_rows(plain_reader_toc(reader), "s", "T", 1);
    plain_reader_free(reader);
    free(dump.data);
}

static void note_entry(void *ctx, const struct toc_entry *entry, size_t number, size_t total)
{
    struct buf *heard = ctx;

    assert_int_equal(total, 0);
    buf_printf(heard, "%zu %s;", number, entry->tag);
}

static void note_toc(void *ctx, const struct toc *toc)
{
    buf_printf(ctx, "toc of %zu", toc->count);
}

static void the_listener_hears_each_table_by_its_exact_name(void **state)
{
    static const char sql[] =
        "--\n-- Name: a; Type: TABLE; Schema: public; Owner: -\n--\n\nCREATE TABLE a ();\n"
        "-- Data for Name: a b; Type: TABLE DATA; Schema: public; Owner: -\n\n"
        "COPY public.\"a\nb\" FROM stdin;\n\\.\n"
        "-- Data for Name: c; Type: TABLE DATA; Schema: public; Owner: -\n\n"
        "INSERT INTO public.c VALUES (1);\nINSERT INTO public.c VALUES (1);\n" END_LINES;
    AUTO(buf_clear) struct buf heard = BUF_OWN_TEXT;
    struct dump_listener listener = {.on_toc = note_toc, .on_entry = note_entry, .ctx = &heard};
    struct plain_reader *reader = plain_reader_new(&listener);

    assert_null(feed(reader, sql, sizeof(sql) - 1));
    assert_null(plain_reader_finish(reader));
    assert_string_equal(buf_text(&heard), "1 a\nb;2 c;toc of 3");
    plain_reader_free(reader);
}

static void free_title(struct toc_entry *title)
{
    free(title->tag);
    free(title->desc);
    free(title->schema);
    free(title->owner);
    free(title->tablespace);
}

static void titles_with_misleading_names_are_told_apart(void **state)
{
    static const char text[] =
        "-- Name: a; Type: TABLE; Schema: s; Owner: o; Type: FK CONSTRAINT; "
        "Schema: b; Schema: -; Owner: -; Tablespace: t; u";
    struct toc_entry title = {0};

    assert_true(plain_title_parse(text, sizeof(text) - 1, &title));
    assert_string_equal(title.tag, "a; Type: TABLE; Schema: s; Owner: o");
    assert_string_equal(title.desc, "FK CONSTRAINT");
    assert_string_equal(title.schema, "b; Schema: -");
    assert_string_equal(title.owner, "");
    assert_string_equal(title.tablespace, "t; u");
    free_title(&title);
}

static void comments_that_are_no_titles_are_refused(void **state)
{
    static const char *const others[] = {
        "--",
        "-- Name: a",
        "-- Name: a; Type: T; Schema: s",
        "-- Name: a; Type: lower; Schema: s; Owner: o",
        "-- Name: a; Type: ; Schema: s; Owner: o",
        "-- load via partition root public.parted",
    };
    struct toc_entry title = {0};

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(plain_title_parse(others[i], strlen(others[i]), &title));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_and_rows_of_real_dumps_are_found),
        cmocka_unit_test(sequences_and_large_objects_are_told),
        cmocka_unit_test(an_insert_dump_has_tables_without_counts),
        cmocka_unit_test(a_partition_loaded_through_its_root_keeps_its_name),
        cmocka_unit_test(a_dump_reads_the_same_wherever_it_is_split),
        cmocka_unit_test(a_dump_cut_at_any_byte_is_found),
        cmocka_unit_test(an_older_dump_without_a_key_cut_at_any_byte_is_found),
        cmocka_unit_test(end_lines_inside_of_data_do_not_count),
        cmocka_unit_test(the_key_proves_the_end_where_the_text_is_not_understood),
        cmocka_unit_test(a_copy_without_a_title_gets_an_entry),
        cmocka_unit_test(the_listener_hears_each_table_by_its_exact_name),
        cmocka_unit_test(titles_with_misleading_names_are_told_apart),
        cmocka_unit_test(comments_that_are_no_titles_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
