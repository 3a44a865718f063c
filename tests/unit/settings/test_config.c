/* The config file: its form, its sections, and what is refused with path and line. */
#include "tests/unit/settings/parse.h"

static struct err *parse_config(struct invocation *out, const char *text)
{
    AUTO(remove_temporary) char *path = write_temporary(text);
    AUTO(mem_freep) char *line = mem_printf("backup --config %s", path);

    return parse(out, line, NULL);
}

static void keys_sections_comments_and_continued_lists_are_read(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    AUTO(settings_freep) struct settings *settings = NULL;
    const struct strv *list;

    assert_ok(parse_config(&out,
                           "\xef\xbb\xbf; a comment\n[global]\r\nrepository = /srv/b # no\n"
                           "check = a.sql,\n  b.sql\ncheck = c.sql\ntimeout=\n"
                           "host = tcp://engine:2376 ; a comment\n"
                           "[shop/db]\nin = database"));
    assert_string_equal(settings_text(out.settings, SETTING_REPOSITORY), "/srv/b # no");
    assert_string_equal(settings_text(out.settings, SETTING_HOST), "tcp://engine:2376");
    assert_int_equal(settings_duration_ms(out.settings, SETTING_TIMEOUT), 60000);
    list = settings_list(out.settings, SETTING_CHECK);
    assert_int_equal(list->len, 3);
    assert_string_equal(list->items[2], "c.sql");
    assert_string_equal(settings_text(out.settings, SETTING_IN), "container");
    assert_ok(settings_for_target(out.settings, "shop/db", NULL, &settings));
    assert_string_equal(settings_text(settings, SETTING_IN), "database");
}

static void what_is_wrong_is_named_by_line(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"user = a\n", "line 1: stands before any section"},
        {"[global]\n\nusr = a\n", "line 3: unknown key usr; did you mean user?"},
        {"[global]\nuser\n", "line 2: is neither [SECTION] nor KEY = VALUE"},
        {"[global\nuser = a\n", "line 1: is neither [SECTION] nor KEY = VALUE"},
        {"[global]\nuser = a\n port = 5\n", "line 3: user is set already, at config file"},
        {"[global]\nreplace = yes\n", "line 2: replace cannot be set here"},
        {"[app-db]\nrepository = /x\n", "line 2: repository cannot be set for one target"},
        {"[app-db]\npassword = x\n", "line 2: password cannot be set for one target"},
        {"[global]\nformat = zip\n", "line 2: \"zip\" is not one of"},
        {"[app-db]\nformat = zip\n", "line 2: \"zip\" is not one of"},
        {"[a]\nuser = a\n[b]\nuser = b\n[a]\nuser = c\n", "line 6: user is set already"},
        {"[global]\npassword = x\npassword-file = y\n", "line 3: password is set already"},
        {"[a23456789b123456789c123456789d123456789e123456789]\nuser = a\n",
         "line 2: a name is longer than 48 bytes"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(invocation_clear) struct invocation out = {0};

        assert_err(parse_config(&out, rows[i].text), ERR_USAGE, rows[i].message);
    }
}

static void lines_are_read_whole_or_refused_at_every_length(void **state)
{
    for (int len = 150; len < 450; len++) {
        AUTO(invocation_clear) struct invocation out = {0};
        AUTO(mem_freep) char *text = mem_printf("[global]\nuser = %0*d\njobs = 3\n", len, 7);
        struct err *e = parse_config(&out, text);

        if (e) {
            assert_true(len > 180);
            assert_err(e, ERR_USAGE, "line 2: is longer than");
        } else {
            assert_int_equal(strlen(settings_text(out.settings, SETTING_USER)), len);
            assert_int_equal(settings_int(out.settings, SETTING_JOBS), 3);
        }
    }
}

static void a_file_that_is_asked_for_must_be_there(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};

    assert_usage("list --config /nowhere/pgkeep.conf", "--config: ");
    assert_usage("list --config /nowhere/pgkeep.conf", "/nowhere/pgkeep.conf");
    assert_usage("list --config /", "--config: ");
    assert_err(parse(&out, "list", "PGKEEP_CONFIG=/nowhere", NULL), ERR_USAGE,
               "PGKEEP_CONFIG: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_sections_comments_and_continued_lists_are_read),
        cmocka_unit_test(what_is_wrong_is_named_by_line),
        cmocka_unit_test(lines_are_read_whole_or_refused_at_every_length),
        cmocka_unit_test(a_file_that_is_asked_for_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
