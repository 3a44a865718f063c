/* Tables on stdout: columns line up on a screen, and no name moves the cursor. */
#include "base/mem.h"
#include "orchestrator/cli/table.h"
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What the table prints, caught by pointing stdout at a file for that long. */
static void assert_prints(const struct table *table, const char *wanted)
{
    char got[1024] = {0};
    FILE *file = tmpfile();
    int kept = dup(STDOUT_FILENO);

    assert_non_null(file);
    fflush(stdout);
    dup2(fileno(file), STDOUT_FILENO);
    table_print(table);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(got, wanted);
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    AUTO(table_clear) struct table table;

    table_head(&table, "NAME\tSIZE\tAGE");
    table_cell(&table, "app");
    table_cellf(&table, "%d MiB", 12);
    table_cell(&table, "3d");
    table_cell(&table, "metrics");
    table_cell(&table, NULL);
    table_cell(&table, "5h");
    assert_prints(&table, "NAME     SIZE    AGE\n"
                          "app      12 MiB  3d\n"
                          "metrics          5h\n");
}

static void width_counts_columns_on_the_screen_not_bytes(void **state)
{
    AUTO(table_clear) struct table table;

    table_head(&table, "A\tB");
    table_cell(&table, "z\xc3\xbc");
    table_cell(&table, "1");
    table_cell(&table, "\xe6\x97\xa5\xe6\x9c\xac");
    table_cell(&table, "2");
    table_cell(&table, "e\xcc\x81");
    table_cell(&table, "3");
    assert_prints(&table, "A     B\n"
                          "z\xc3\xbc    1\n"
                          "\xe6\x97\xa5\xe6\x9c\xac  2\n"
                          "e\xcc\x81     3\n");
}

static void what_would_move_the_cursor_shows_as_a_question_mark(void **state)
{
    AUTO(table_clear) struct table table;

    table_head(&table, "A\tB");
    table_cell(&table, "x\n\x1b[2Jy");
    table_cell(&table, "\r\t\x7f");
    table_cell(&table, "\xff\xc3");
    table_cell(&table, "\xc2\x9b"
                       "1m");
    assert_prints(&table, "A        B\n"
                          "x??[2Jy  ???\n"
                          "??       ??1m\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(width_counts_columns_on_the_screen_not_bytes),
        cmocka_unit_test(what_would_move_the_cursor_shows_as_a_question_mark),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
