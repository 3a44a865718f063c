#include "orchestrator/dump/listing.h"
#include "tests/unit/dump/dumps.h"

static struct sample samples[] = ALL_SAMPLES;

/* Versions before 16 show a level where later ones show a method. */
static void use_method_name(char **text)
{
    static const struct {
        const char *shown, *meant;
    } levels[] = {{"Compression: -1\n", "Compression: gzip\n"},
                  {"Compression: 0\n", "Compression: none\n"}};

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        char *at = strstr(*text, levels[i].shown);

        if (!at)
            continue;
        char *changed = mem_printf("%.*s%s%s", (int)(at - *text), *text, levels[i].meant,
                                   at + strlen(levels[i].shown));
        free(*text);
        *text = changed;
    }
}

static void a_dump_is_listed_as_its_own_pg_restore_lists_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        AUTO(mem_freep) char *path = mem_printf(DUMPS "%s.list", samples[i].name);
        AUTO(buf_clear) struct buf wanted = BUF_OWN_TEXT;
        AUTO(buf_clear) struct buf listed = BUF_OWN_TEXT;
        AUTO(mem_freep) char *expected = NULL;
        AUTO(dump_reader_freep)
        struct dump_reader *reader = dump_reader_new(samples[i].format, NULL);

        sample_load(&samples[i]);
        must(sample_read(&samples[i], reader, 0));
        must(fs_read_file(path, &wanted));
        expected = buf_take(&wanted);
        use_method_name(&expected);
        listing_header(dump_reader_toc(reader), &listed);
        listing_entries(dump_reader_toc(reader), &listed);
        assert_string_equal(buf_text(&listed), expected);
        sample_clear(&samples[i]);
    }
}

static char *list_one(struct toc_entry entry)
{
    struct toc toc = {.entries = &entry, .count = 1};
    struct buf listed = BUF_OWN_TEXT;

    listing_entries(&toc, &listed);
    return buf_take(&listed);
}

/* Literals become fields that only the test reads. */
static struct toc_entry entry_of(const char *desc, const char *tag, bool no_definition)
{
    static char texts[5][64];
    struct toc_entry entry = {.dump_id = 7, .no_definition = no_definition};

    snprintf(texts[0], sizeof(texts[0]), "%s", desc);
    snprintf(texts[1], sizeof(texts[1]), "%s", tag);
    snprintf(texts[2], sizeof(texts[2]), "me");
    texts[3][0] = '\0';
    entry.desc = texts[0];
    entry.tag = texts[1];
    entry.owner = texts[2];
    entry.schema = texts[3];
    return entry;
}

static void line_ends_in_names_become_spaces(void **state)
{
    AUTO(mem_freep) char *text = list_one(entry_of("TABLE", "a\nb\rc", false));

    (void)state;
    assert_string_equal(text, "7; 0 0 TABLE - a b c me\n");
}

static void a_damaged_dump_cannot_add_lines_of_its_own(void **state)
{
    AUTO(mem_freep) char *text = list_one(entry_of("TABLE\n8; 0 0 TABLE", "t", false));
    struct buf header = BUF_OWN_TEXT;
    char database[] = "app", version[] = "17.0\n;     Forged: yes", format[] = "CUSTOM";
    const struct toc toc = {.format = format,
                            .database = database,
                            .server_version = version,
                            .dump_version = version};

    (void)state;
    assert_string_equal(text, "7; 0 0 TABLE 8; 0 0 TABLE - t me\n");
    listing_header(&toc, &header);
    assert_null(strstr(buf_text(&header), "\n;     Forged"));
    buf_clear(&header);
}

static void what_pg_restore_would_not_do_is_left_out(void **state)
{
    static const struct {
        const char *desc, *tag;
        bool no_definition, listed;
    } cases[] = {
        {"ENCODING", "ENCODING", false, false},
        {"STDSTRINGS", "STDSTRINGS", false, false},
        {"SEARCHPATH", "SEARCHPATH", false, false},
        {"DATABASE", "app", false, false},
        {"DATABASE PROPERTIES", "app", false, false},
        {"COMMENT", "DATABASE app", false, false},
        {"ACL", "DATABASE app", false, false},
        {"SECURITY LABEL", "DATABASE app", false, false},
        {"COMMENT", "TABLE t", false, true},
        {"TABLE", "DATABASE x", false, true},
        {"TABLE", "t", true, false},
        {"BLOB", "1", true, true},
        {"STATISTICS DATA", "t", false, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(mem_freep)
        char *text = list_one(entry_of(cases[i].desc, cases[i].tag, cases[i].no_definition));

        assert_int_equal(*text != '\0', cases[i].listed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_is_listed_as_its_own_pg_restore_lists_it),
        cmocka_unit_test(line_ends_in_names_become_spaces),
        cmocka_unit_test(a_damaged_dump_cannot_add_lines_of_its_own),
        cmocka_unit_test(what_pg_restore_would_not_do_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
