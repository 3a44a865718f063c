#include "base/mem.h"
#include "orchestrator/postgres/sqlstate.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *text, const char *expected)
{
    const char *found = sqlstate_find(text);
    AUTO(mem_freep) char *state = found ? mem_strndup(found, SQLSTATE_LEN) : mem_strdup("none");

    assert_string_equal(state, expected);
}

static void it_is_found_in_the_words_of_a_session_and_of_a_verbose_tool(void **state)
{
    check("relation \"t\" does not exist (SQLSTATE 42P01)", "42P01");
    check("lock the tables: permission denied (SQLSTATE 42501) | HINT:  ask", "42501");
    check("psql exited with status 3: psql:<stdin>:4: ERROR:  22P02: invalid input | LINE 1",
          "22P02");
    check("FEHLER:  53100: kein Platz", "53100");
}

static void a_name_that_looks_like_one_is_none(void **state)
{
    check("relation \"x (SQLSTATE 55P03)\" does not exist (SQLSTATE 42P01)", "42P01");
    check("relation \"x (SQLSTATE 55P03) | y\" does not exist (SQLSTATE 42P01) | HINT:  no",
          "42P01");
    check("relation \"x (SQLSTATE 55P03)\" does not exist", "none");
    check("ERROR:  22P02: invalid input \":  53100: \"", "22P02");
    check("ERROR:  column \"a\" does not exist", "none");
    check("died (SQLSTATE )", "none");
    check("died (SQLSTATE 4", "none");
    check(":  ", "none");
    check("", "none");
}

static void a_class_is_the_beginning(void **state)
{
    assert_true(sqlstate_is("full (SQLSTATE 53100)", "53100"));
    assert_true(sqlstate_is("full (SQLSTATE 53100)", "53"));
    assert_false(sqlstate_is("full (SQLSTATE 53100)", "53200"));
    assert_false(sqlstate_is("full (SQLSTATE 53100)", "10"));
    assert_false(sqlstate_is("full", "53"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_in_the_words_of_a_session_and_of_a_verbose_tool),
        cmocka_unit_test(a_name_that_looks_like_one_is_none),
        cmocka_unit_test(a_class_is_the_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
