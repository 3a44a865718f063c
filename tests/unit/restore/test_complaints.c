#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/restore/complaints.h"
#include <string.h>

/* As pg_restore 13 wrote them. */
static const char THIRTEEN[] =
    "pg_restore: while PROCESSING TOC:\n"
    "pg_restore: from TOC entry 202; 1259 16397 TABLE odd\n"
    "name gone\n"
    "pg_restore: error: could not execute query: ERROR:  role \"gone\" does not exist\n"
    "Command was: ALTER TABLE public.\"odd\n"
    "name\" OWNER TO gone;\n"
    "\n"
    "pg_restore: from TOC entry 3006; 0 0 ACL TABLE t postgres\n"
    "pg_restore: error: could not execute query: ERROR:  role \"gone\" does not exist\n"
    "Command was: GRANT SELECT ON TABLE public.t TO gone;\n"
    "\n"
    "\n"
    "pg_restore: warning: errors ignored on restore: 2\n";

/* As 17 does, where the server has more to say, and for the rows of a table. */
static const char SEVENTEEN[] =
    "pg_restore: error: could not execute query: ERROR:  child column \"b\" specifies "
    "generation "
    "expression\n"
    "HINT:  A child table column cannot be generated unless its parent column is.\n"
    "Command was: CREATE TABLE public.child (\n"
    "    a integer\n"
    ")\n"
    "INHERITS (public.parent);\n"
    "\n"
    "\n"
    "pg_restore: error: COPY failed for table \"checked\": ERROR:  relation \"allowed\" does "
    "not "
    "exist\n"
    "CONTEXT:  COPY checked, line 1: \"1\"\n"
    "pg_restore: warning: errors ignored on restore: 2\n";

struct fixture {
    struct complaints complaints;
    struct strv found;
};

static int setup(void **state)
{
    struct fixture *f = mem_new(1, sizeof(*f));

    complaints_init(&f->complaints);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    complaints_clear(&f->complaints);
    strv_clear(&f->found);
    mem_freep(state);
    return 0;
}

static void say(struct fixture *f, const char *text)
{
    complaints_add(&f->complaints, (const uint8_t *)text, strlen(text));
}

static void each_failed_statement_is_told_with_its_command(void **state)
{
    struct fixture *f = *state;

    for (const char *at = THIRTEEN; *at; at++)
        complaints_add(&f->complaints, (const uint8_t *)at, 1);
    assert_true(complaints_went_on(&f->complaints));
    complaints_read(&f->complaints, &f->found);
    assert_int_equal(f->found.len, 2);
    assert_string_equal(f->found.items[0], "ERROR:  role \"gone\" does not exist (ALTER TABLE "
                                           "public.\"odd)");
    assert_string_equal(f->found.items[1],
                        "ERROR:  role \"gone\" does not exist (GRANT SELECT ON "
                        "TABLE public.t TO gone;)");
}

static void the_server_s_further_words_are_kept(void **state)
{
    struct fixture *f = *state;

    say(f, SEVENTEEN);
    complaints_read(&f->complaints, &f->found);
    assert_int_equal(f->found.len, 2);
    assert_string_equal(f->found.items[0],
                        "ERROR:  child column \"b\" specifies generation expression | HINT:  A "
                        "child table column cannot be generated unless its parent column is. "
                        "(CREATE TABLE public.child ()");
    assert_string_equal(
        f->found.items[1],
        "COPY failed for table \"checked\": ERROR:  relation \"allowed\" does not "
        "exist | CONTEXT:  COPY checked, line 1: \"1\"");
}

static void a_tool_that_gave_up_did_not_go_on(void **state)
{
    struct fixture *f = *state;

    say(f, "pg_restore: error: could not read from input file: end of file\n");
    assert_false(complaints_went_on(&f->complaints));
    say(f, "COMMENT IS 'pg_restore: warning: errors ignored on restore: 1'\n");
    assert_false(complaints_went_on(&f->complaints));
}

static void a_long_command_is_cut_at_a_character(void **state)
{
    struct fixture *f = *state;

    say(f, "pg_restore: error: could not execute query: ERROR:  x\nCommand was: ");
    for (int i = 0; i < 99; i++)
        say(f, "a");
    say(f, "\xc3\xa4\xc3\xa4;\n");
    complaints_read(&f->complaints, &f->found);
    assert_int_equal(f->found.len, 1);
    assert_int_equal(strlen(f->found.items[0]), strlen("ERROR:  x (") + 99 + strlen(" ...)"));
}

static void a_long_line_keeps_its_beginning_its_end_and_the_hint(void **state)
{
    struct fixture *f = *state;
    const char *text;

    say(f, "pg_restore: error: could not execute query: ERROR:  out of shared memory");
    for (int i = 0; i < 5000; i++)
        say(f, " of many");
    say(f, " kinds\nHINT:  You might need more.\nCommand was: LOCK TABLE t;\n");
    complaints_read(&f->complaints, &f->found);
    assert_int_equal(f->found.len, 1);
    text = f->found.items[0];
    assert_memory_equal(text, "ERROR:  out of shared memory of", 31);
    assert_non_null(strstr(text, " kinds | HINT:  You might need more. (LOCK TABLE t;)"));
    assert_true(strlen(text) < 1000);
}

/* A restore of which nothing works says as much as its dump is long. */
static void the_first_ones_and_the_end_are_kept_of_any_number(void **state)
{
    struct fixture *f = *state;

    say(f, "pg_restore: error: could not execute query: ERROR:  the first\nCommand was: a\n\n");
    for (int i = 0; i < 20000; i++)
        say(f, "pg_restore: error: could not execute query: ERROR:  later\nCommand was: b\n\n");
    say(f, "pg_restore: warning: errors ignored on restore: 20001\n");
    assert_true(complaints_went_on(&f->complaints));
    assert_true(f->complaints.head.len <= (size_t)256 << 10);
    complaints_read(&f->complaints, &f->found);
    assert_true(f->found.len > 1000);
    assert_string_equal(f->found.items[0], "ERROR:  the first (a)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_failed_statement_is_told_with_its_command, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_server_s_further_words_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tool_that_gave_up_did_not_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_command_is_cut_at_a_character, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_line_keeps_its_beginning_its_end_and_the_hint,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_ones_and_the_end_are_kept_of_any_number,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
