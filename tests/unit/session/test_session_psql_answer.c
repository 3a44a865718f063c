/* What a session's psql may answer, as it should be and as no psql would say it. */
#include "orchestrator/session/session_psql_answer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) literal, sizeof(literal) - 1

/* As session_psql_answer_read, of bytes, with the token TOKEN. */
static struct err *read_answer(const char *text, size_t len, size_t columns, struct rows *out)
{
    AUTO(buf_clear) struct buf answer = BUF_INIT(1 << 20);

    assert_null(buf_append(&answer, text, len));
    return session_psql_answer_read(&answer, "TOKEN", columns, out);
}

static void refused(const char *text, size_t len)
{
    for (size_t columns = 0; columns < 3; columns++) {
        AUTO(rows_clear) struct rows rows = {0};
        AUTO(err_freep) struct err *e = read_answer(text, len, columns, &rows);

        assert_true(err_is(e, ERR_PROTOCOL));
        assert_int_equal(rows.count, 0);
        assert_null(rows.cells);
    }
}

static void cells_come_apart_at_zero_bytes(void **state)
{
    AUTO(rows_clear) struct rows rows = {0};

    assert_null(read_answer(TEXT("a\0b\nc\0\0 \0TOKEN false 00000 \nTOKEN.\n"), 2, &rows));
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows_cell(&rows, 0, 0), "a");
    assert_string_equal(rows_cell(&rows, 0, 1), "b\nc");
    assert_string_equal(rows_cell(&rows, 1, 0), "");
    assert_string_equal(rows_cell(&rows, 1, 1), " ");
}

static void no_rows_are_none(void **state)
{
    AUTO(rows_clear) struct rows rows = {0};

    assert_null(read_answer(TEXT("TOKEN false 00000 \nTOKEN.\n"), 1, &rows));
    assert_int_equal(rows.count, 0);
    assert_null(read_answer(TEXT("whatever\0TOKEN false 00000 \nTOKEN.\n"), 0, &rows));
    assert_int_equal(rows.count, 0);
}

static void an_error_is_told_with_its_sqlstate(void **state)
{
    struct rows rows = {0};
    AUTO(err_freep) struct err *e =
        read_answer(TEXT("TOKEN true 22012 two\nlines\nTOKEN.\n"), 1, &rows);

    assert_true(err_is(e, ERR_TOOL));
    assert_string_equal(e->message, "two\nlines (SQLSTATE 22012)");
}

static void an_answer_of_another_form_is_refused(void **state)
{
    refused(TEXT(""));
    refused(TEXT("TOKEN\nTOKEN.\n"));
    refused(TEXT("\nTOKEN.\n"));
    refused(TEXT("x\nTOKEN.\n"));
    refused(TEXT("TOKENTOKEN\nTOKEN.\n"));
    refused(TEXT("TOKEN \nTOKEN.\n"));
    refused(TEXT("TOKEN false\nTOKEN.\n"));
    refused(TEXT("TOKEN false 00000\nTOKEN.\n"));
    refused(TEXT("TOKEN maybe 00000 x\nTOKEN.\n"));
    refused(TEXT("TOKEN.\n\nTOKEN.\n"));
    refused(TEXT("TOKENfalse 00000 x\nTOKEN.\n"));
    refused(TEXT("\0TOKEN\nTOKEN.\n"));
}

static void cells_that_do_not_fill_rows_are_refused(void **state)
{
    struct rows rows = {0};
    AUTO(err_freep) struct err *odd =
        read_answer(TEXT("a\0b\0c\0TOKEN false 00000 \nTOKEN.\n"), 2, &rows);
    AUTO(err_freep) struct err *open =
        read_answer(TEXT("a\0bTOKEN false 00000 \nTOKEN.\n"), 1, &rows);

    assert_true(err_is(odd, ERR_PROTOCOL));
    assert_true(err_is(open, ERR_PROTOCOL));
}

/* Whatever part of an answer comes, and whichever piece is missing in its middle. */
static void any_part_of_an_answer_is_read_within_its_bounds(void **state)
{
    static const char whole[] = "a\0b\0TOKEN false 00000 TOKEN\nTOKEN\nTOKEN.\n";
    size_t len = sizeof(whole) - 1;

    for (size_t from = 0; from <= len; from++)
        for (size_t to = from; to <= len; to++) {
            AUTO(rows_clear) struct rows rows = {0};
            char part[sizeof(whole)];
            AUTO(err_freep) struct err *e = NULL;

            memcpy(part, whole, from);
            memcpy(part + from, whole + to, len - to);
            e = read_answer(part, from + len - to, 1, &rows);
            assert_true(!e || err_is(e, ERR_PROTOCOL));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_come_apart_at_zero_bytes),
        cmocka_unit_test(no_rows_are_none),
        cmocka_unit_test(an_error_is_told_with_its_sqlstate),
        cmocka_unit_test(an_answer_of_another_form_is_refused),
        cmocka_unit_test(cells_that_do_not_fill_rows_are_refused),
        cmocka_unit_test(any_part_of_an_answer_is_read_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
