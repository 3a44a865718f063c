/* The reason of a tool's failure, however much it says besides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/postgres/tool.h"
#include "orchestrator/postgres/tool_said.h"
#include <string.h>

static void say(struct tool_said *said, const char *text)
{
    tool_said_add(said, (const uint8_t *)text, strlen(text));
}

/* As pg_dump 17 wrote it of a database with 20,000 tables. */
static void a_reason_before_a_long_statement_is_told_with_the_hint(void **state)
{
    AUTO(tool_said_clear) struct tool_said said;
    AUTO(mem_freep) char *text = NULL;

    tool_said_init(&said);
    say(&said, "pg_dump: error: query failed: ERROR:  out of shared memory\n"
               "HINT:  You might need to increase \"max_locks_per_transaction\".\n"
               "pg_dump: detail: Query was: LOCK TABLE public.t00000");
    for (int i = 1; i < 20000; i++)
        say(&said, ", public.t00001");
    say(&said, " IN ACCESS SHARE MODE\n");
    text = tool_said_error(&said, 6);
    assert_memory_equal(text,
                        "pg_dump: error: query failed: ERROR:  out of shared memory | HINT:  "
                        "You might need to increase \"max_locks_per_transaction\". | pg_dump: "
                        "detail: Query was: LOCK TABLE public.t00000, ",
                        150);
    assert_non_null(strstr(text, " bytes ...] "));
    assert_string_equal(text + strlen(text) - 21, " IN ACCESS SHARE MODE");
    assert_true(strlen(text) < 1000);
}

/* A byte a time, with the statement's own lines after it. */
static void the_first_error_counts_and_what_comes_before_it_does_not(void **state)
{
    AUTO(tool_said_clear) struct tool_said said;
    AUTO(mem_freep) char *text = NULL;
    static const char words[] = "psql:<stdin>:7: NOTICE:  all is well\r\n"
                                "psql:<stdin>:9: ERROR:  no such type\n"
                                "LINE 2: a nix,\n"
                                "          ^\n";

    tool_said_init(&said);
    assert_false(tool_said_any(&said));
    for (size_t i = 0; words[i]; i++)
        tool_said_add(&said, (const uint8_t *)words + i, 1);
    assert_true(tool_said_any(&said));
    for (int i = 0; i < 20000; i++)
        say(&said, "    a_column integer,\n");
    text = tool_said_error(&said, 2);
    assert_string_equal(text, "psql:<stdin>:9: ERROR:  no such type | LINE 2: a nix,");
}

static void a_hint_behind_many_lines_is_told(void **state)
{
    AUTO(tool_said_clear) struct tool_said said;
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *hint = NULL;
    AUTO(mem_freep) char *none = NULL;

    tool_said_init(&said);
    say(&said, "ERROR:  cannot drop a\nDETAIL:  view b depends on it\n");
    for (int i = 0; i < 50; i++)
        say(&said, "view c depends on it\n");
    say(&said, "HINT:  Use DROP ... CASCADE.\nERROR:  another\nHINT:  no word on the first\n");
    text = tool_said_error(&said, 2);
    assert_string_equal(text, "ERROR:  cannot drop a | DETAIL:  view b depends on it | HINT:  "
                              "Use DROP ... CASCADE.");
    hint = tool_said_hint(&said);
    assert_string_equal(hint, "HINT:  Use DROP ... CASCADE.");
    tool_said_reset(&said);
    assert_false(tool_said_any(&said));
    say(&said, "ERROR:  a\nERROR:  b\nHINT:  of b\n");
    none = tool_said_hint(&said);
    assert_null(none);
}

static void without_an_error_the_last_lines_are_told(void **state)
{
    AUTO(tool_said_clear) struct tool_said said;
    AUTO(mem_freep) char *text = NULL;

    tool_said_init(&said);
    for (int i = 0; i < 5000; i++)
        say(&said, "tar: a name that is of no account\n");
    say(&said, "tar: short read\nsh: gone");
    text = tool_said_error(&said, 2);
    assert_string_equal(text, "tar: short read | sh: gone");
}

static void each_last_line_is_short(void **state)
{
    AUTO(buf_clear) struct buf log = BUF_OWN_TEXT;
    AUTO(mem_freep) char *text = NULL;

    for (int i = 0; i < 3; i++) {
        buf_printf(&log, "FATAL:  because ");
        for (int k = 0; k < 1000; k++)
            buf_printf(&log, "of this and that ");
        buf_printf(&log, "so\r\n\n");
    }
    text = tool_last_lines(buf_text(&log), 3);
    assert_memory_equal(text, "FATAL:  because of", 18);
    assert_true(strlen(text) < 1400);
    assert_string_equal(text + strlen(text) - 7, "that so");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_before_a_long_statement_is_told_with_the_hint),
        cmocka_unit_test(the_first_error_counts_and_what_comes_before_it_does_not),
        cmocka_unit_test(a_hint_behind_many_lines_is_told),
        cmocka_unit_test(without_an_error_the_last_lines_are_told),
        cmocka_unit_test(each_last_line_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
