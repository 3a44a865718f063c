#include "base/mem.h"
#include "orchestrator/postgres/psql.h"
#include "orchestrator/postgres/server.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CELLS(literal) literal, (literal) + sizeof(literal) - 1

static void check_argv(struct psql_call call, const char *expected)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(mem_freep) char *line = NULL;

    psql_argv(&call, &argv);
    line = strv_join(&argv, " ");
    assert_string_equal(line, expected);
}

static void the_command_line_says_what_the_call_wants(void **state)
{
    check_argv((struct psql_call){.cells = true},
               "psql -X -q -A -t -w -z -0 -v ON_ERROR_STOP=1 -f -");
    check_argv((struct psql_call){.cells = true, .goes_on = true},
               "psql -X -q -A -t -w -z -0 -v ON_ERROR_STOP=0 -f -");
    check_argv((struct psql_call){.verbose = true},
               "psql -X -q -A -t -w -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -f -");
}

static void check_last_words(const char *said, size_t len, const char *left)
{
    AUTO(buf_clear) struct buf answer = BUF_INIT(1024);

    assert_null(buf_append(&answer, said, len));
    assert_int_equal(psql_cut_last_words(&answer), left != NULL);
    assert_string_equal(buf_text(&answer), left ? left : said);
}

static void an_answer_is_whole_where_its_last_words_are_the_last(void **state)
{
    static const char whole[] = "a\n" PSQL_LAST_WORDS;

    check_last_words(whole, strlen(whole), "a\n");
    check_last_words(PSQL_LAST_WORDS, strlen(PSQL_LAST_WORDS), "");
    check_last_words(PSQL_LAST_WORDS "x", strlen(PSQL_LAST_WORDS "x"), NULL);
    check_last_words("", 0, NULL);
    for (size_t len = 1; len < strlen(whole); len++) {
        AUTO(mem_freep) char *cut = mem_strndup(whole, len);

        check_last_words(cut, len, NULL);
    }
}

static void cells_end_with_zero_bytes_and_rows_with_their_last_cell(void **state)
{
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(rows_clear) struct rows none = {0};

    assert_null(psql_cells(CELLS("a\0b\nc\0\0 \0"), 2, &rows));
    assert_int_equal(rows.columns, 2);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows_cell(&rows, 0, 0), "a");
    assert_string_equal(rows_cell(&rows, 0, 1), "b\nc");
    assert_string_equal(rows_cell(&rows, 1, 0), "");
    assert_string_equal(rows_cell(&rows, 1, 1), " ");
    assert_null(psql_cells(CELLS(""), 3, &none));
    assert_int_equal(none.count, 0);
}

static void check_refused(const char *at, const char *end, size_t columns)
{
    struct rows rows = {0};
    AUTO(err_freep) struct err *e = psql_cells(at, end, columns, &rows);

    assert_true(err_is(e, ERR_PROTOCOL));
    assert_int_equal(rows.count, 0);
    assert_null(rows.cells);
}

static void cells_that_are_no_whole_rows_are_refused(void **state)
{
    check_refused(CELLS("a\0b\0c\0"), 2);
    check_refused(CELLS("a\0b"), 1);
    check_refused(CELLS("a"), 1);
    check_refused(CELLS("a\0"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_line_says_what_the_call_wants),
        cmocka_unit_test(an_answer_is_whole_where_its_last_words_are_the_last),
        cmocka_unit_test(cells_end_with_zero_bytes_and_rows_with_their_last_cell),
        cmocka_unit_test(cells_that_are_no_whole_rows_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
