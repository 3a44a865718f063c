#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_lexer.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What the lexer told, a line an event. Copy data is summed up to its end, for how it is cut
 * into calls depends on the feeds. */
struct story {
    struct buf text;
    uint64_t rows, bytes;
};

static struct err *tell_statement(void *ctx, const struct sql_statement *statement)
{
    struct story *story = ctx;

    assert_int_equal(strlen(statement->text), statement->len);
    buf_printf(&story->text, "%s[%s]", statement->copy_in ? "copy" : "sql", statement->text);
    if (statement->bytes > statement->len)
        buf_printf(&story->text, " of %" PRIu64, statement->bytes);
    buf_printf(&story->text, "\n");
    return NULL;
}

static struct err *tell_comment(void *ctx, const char *text, size_t len)
{
    buf_printf(&((struct story *)ctx)->text, "comment[%.*s]\n", (int)len, text);
    return NULL;
}

static struct err *tell_meta(void *ctx, const char *text, size_t len)
{
    buf_printf(&((struct story *)ctx)->text, "meta[%.*s]\n", (int)len, text);
    return NULL;
}

static struct err *tell_copy_data(void *ctx, uint64_t rows, uint64_t bytes)
{
    struct story *story = ctx;

    story->rows += rows;
    story->bytes += bytes;
    return NULL;
}

static struct err *tell_copy_end(void *ctx)
{
    struct story *story = ctx;

    buf_printf(&story->text, "rows %" PRIu64 ", %" PRIu64 " bytes\n", story->rows,
               story->bytes);
    story->rows = story->bytes = 0;
    return NULL;
}

#define KEEP 1000

/* Feeds sql[0..split) and sql[split..len), and in one byte pieces where split is SIZE_MAX. */
static struct err *read_in_two(const char *sql, size_t len, size_t split, size_t keep_bytes,
                               struct story *story)
{
    struct sql_handler handler = {
        .on_statement = tell_statement,
        .on_comment = tell_comment,
        .on_meta = tell_meta,
        .on_copy_data = tell_copy_data,
        .on_copy_end = tell_copy_end,
        .ctx = story,
    };
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, keep_bytes);

    if (split == SIZE_MAX) {
        for (size_t i = 0; i < len; i++)
            PASS(sql_lexer_feed(lexer, sql + i, 1));
    } else {
        PASS(sql_lexer_feed(lexer, sql, split));
        PASS(sql_lexer_feed(lexer, sql + split, len - split));
    }
    return sql_lexer_finish(lexer);
}

static void check_story(const char *sql, size_t split, size_t keep_bytes, const char *expected)
{
    struct story story = {.text = BUF_OWN_TEXT};

    assert_null(read_in_two(sql, strlen(sql), split, keep_bytes, &story));
    assert_string_equal(buf_text(&story.text), expected);
    buf_clear(&story.text);
}

/* The story must be the same wherever the text is split. */
static void expect_story(const char *sql, const char *expected)
{
    for (size_t split = 0; split <= strlen(sql); split++)
        check_story(sql, split, KEEP, expected);
    check_story(sql, SIZE_MAX, KEEP, expected);
}

static void expect_cut(const char *sql, const char *inside)
{
    struct story story = {.text = BUF_OWN_TEXT};
    AUTO(err_freep) struct err *e =
        read_in_two(sql, strlen(sql), strlen(sql) / 2, KEEP, &story);

    buf_clear(&story.text);
    assert_true(err_is(e, ERR_CUT));
    assert_non_null(strstr(e->message, inside));
}

static void statements_end_at_their_semicolon(void **state)
{
    expect_story("", "");
    expect_story(" ;;\n; ", "");
    expect_story("SELECT 1;\n  SELECT 2 ;", "sql[SELECT 1;]\nsql[SELECT 2 ;]\n");
    expect_story("-1;/2;- - 3;", "sql[-1;]\nsql[/2;]\nsql[- - 3;]\n");
}

static void a_semicolon_in_a_string_or_name_ends_nothing(void **state)
{
    expect_story("SELECT 'a;''b;\\';x;", "sql[SELECT 'a;''b;\\';]\nsql[x;]\n");
    expect_story("SELECT E'a\\';''\\\\'; x;", "sql[SELECT E'a\\';''\\\\';]\nsql[x;]\n");
    expect_story("SELECT e'a'\n 'b\\';'; x;", "sql[SELECT e'a'\n 'b\\';';]\nsql[x;]\n");
    expect_story("SELECT date'\\'; x;", "sql[SELECT date'\\';]\nsql[x;]\n");
    expect_story("SELECT U&'\\'; x;", "sql[SELECT U&'\\';]\nsql[x;]\n");
    expect_story("SELECT \"a;\"\"'b\"; x;", "sql[SELECT \"a;\"\"'b\";]\nsql[x;]\n");
    expect_story("SELECT U&\"a;\\\"; x;", "sql[SELECT U&\"a;\\\";]\nsql[x;]\n");
}

static void a_string_after_another_token_is_not_an_escape_string(void **state)
{
    expect_story("SELECT E'a', '\\'; x;", "sql[SELECT E'a', '\\';]\nsql[x;]\n");
    expect_story("SELECT E'a'; SELECT '\\'; x;",
                 "sql[SELECT E'a';]\nsql[SELECT '\\';]\nsql[x;]\n");
    expect_story("SELECT 1e'\\'; x;", "sql[SELECT 1e'\\';]\nsql[x;]\n");
}

static void dollar_quotes_end_at_their_own_tag(void **state)
{
    expect_story("SELECT $$a;'b$$; x;", "sql[SELECT $$a;'b$$;]\nsql[x;]\n");
    expect_story("SELECT $_$;$$;$a$ $_ $$_$; x;", "sql[SELECT $_$;$$;$a$ $_ $$_$;]\nsql[x;]\n");
    expect_story("SELECT $a1$;$a$;$a1;$a1$; x;", "sql[SELECT $a1$;$a$;$a1;$a1$;]\nsql[x;]\n");
}

static void a_dollar_in_a_name_or_parameter_quotes_nothing(void **state)
{
    expect_story("SELECT a$b$; x;", "sql[SELECT a$b$;]\nsql[x;]\n");
    expect_story("SELECT $1, $2; x;", "sql[SELECT $1, $2;]\nsql[x;]\n");
    expect_story("SELECT \xc3\xa4$x$; y;", "sql[SELECT \xc3\xa4$x$;]\nsql[y;]\n");
}

static void comments_between_statements_are_told_and_others_kept(void **state)
{
    expect_story("-- a; 'b\n--\nx -- c; 'd\n ;--e", "comment[-- a; 'b]\ncomment[--]\n"
                                                    "sql[x -- c; 'd\n ;]\ncomment[--e]\n");
    expect_story("/* a; /* ' */ ; **/ x /* ; */;/**/y;", "sql[x /* ; */;]\nsql[y;]\n");
    expect_story("/*/ ; */x;", "sql[x;]\n");
}

static void meta_commands_end_with_their_line(void **state)
{
    expect_story("\\restrict abc\nx;\n\\connect 'a;b'\n\\unrestrict abc",
                 "meta[\\restrict abc]\nsql[x;]\nmeta[\\connect 'a;b']\n"
                 "meta[\\unrestrict abc]\n");
}

static void semicolons_in_parentheses_end_nothing(void **state)
{
    expect_story("CREATE RULE r AS ON INSERT TO t DO ( a; b ); x;",
                 "sql[CREATE RULE r AS ON INSERT TO t DO ( a; b );]\nsql[x;]\n");
}

static void a_routine_body_ends_with_its_own_end(void **state)
{
    const char *body =
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql\n BEGIN ATOMIC\n"
        " SELECT CASE WHEN (a > 1) THEN 1 ELSE 2 END AS \"case\";\n"
        " SELECT 'end;', t.\"end\" FROM t;\nEND;";
    AUTO(mem_freep) char *sql = mem_printf("%s x;", body);
    AUTO(mem_freep) char *expected = mem_printf("sql[%s]\nsql[x;]\n", body);

    expect_story(sql, expected);
    expect_story("create procedure p() begin atomic a; begin; end; end; x;",
                 "sql[create procedure p() begin atomic a; begin; end; end;]\nsql[x;]\n");
    expect_story("BEGIN; x; END;", "sql[BEGIN;]\nsql[x;]\nsql[END;]\n");
    expect_story("CREATE TABLE function (begin int); x;",
                 "sql[CREATE TABLE function (begin int);]\nsql[x;]\n");
}

static void copy_rows_are_lines_up_to_the_end_mark(void **state)
{
    expect_story("COPY t (a) FROM stdin;\n1\n;'\n\\\\.\n\\.x\n\\N\n\n\\.\nx;",
                 "copy[COPY t (a) FROM stdin;]\nrows 6, 17 bytes\nsql[x;]\n");
    expect_story("copy t from STDIN ;\n\\.\n--x\n",
                 "copy[copy t from STDIN ;]\nrows 0, 0 bytes\ncomment[--x]\n");
    expect_story("COPY t FROM stdin;\nab\n\\.\r\nx;",
                 "copy[COPY t FROM stdin;]\nrows 1, 3 bytes\nsql[x;]\n");
    expect_story("COPY t FROM stdin;\n\\.\rab\n\\\n\\.\nx;",
                 "copy[COPY t FROM stdin;]\nrows 2, 8 bytes\nsql[x;]\n");
}

static void only_copy_from_stdin_brings_rows(void **state)
{
    expect_story("COPY \"FROM stdin;\" (\"FROM stdin\") TO stdout;\nx;",
                 "sql[COPY \"FROM stdin;\" (\"FROM stdin\") TO stdout;]\nsql[x;]\n");
    expect_story("COPY (SELECT 1 FROM stdin) TO stdout;\nx;",
                 "sql[COPY (SELECT 1 FROM stdin) TO stdout;]\nsql[x;]\n");
    expect_story("COPY t FROM '/stdin';\nx;", "sql[COPY t FROM '/stdin';]\nsql[x;]\n");
    expect_story("SELECT 1 FROM stdin;\nx;", "sql[SELECT 1 FROM stdin;]\nsql[x;]\n");
}

static void a_long_statement_is_kept_up_to_the_cap(void **state)
{
    const char *sql = "COPY abcdefgh FROM stdin;\nrow\n\\.\n-- abcdefghijkl\n";

    for (size_t split = 0; split <= strlen(sql); split++)
        check_story(sql, split, 7, "copy[COPY ab] of 25\nrows 1, 4 bytes\ncomment[-- abcd]\n");
}

static void an_end_inside_of_something_is_a_cut(void **state)
{
    expect_cut("SELECT 1", "a statement");
    expect_cut("SELECT 'x;", "a string");
    expect_cut("SELECT E'x\\';", "a string");
    expect_cut("SELECT \"x;", "a quoted name");
    expect_cut("SELECT $a$ $$;", "a dollar-quoted string");
    expect_cut("/* /* */ ", "a block comment");
    expect_cut("COPY t FROM stdin;", "the rows of a COPY");
    expect_cut("COPY t FROM stdin;\n1\n", "the rows of a COPY");
    expect_cut("COPY t FROM stdin;\n1\n\\.", "the rows of a COPY");
    expect_cut("x;-", "a statement");
}

static void a_monstrous_dollar_tag_is_refused(void **state)
{
    struct story story = {.text = BUF_OWN_TEXT};
    char sql[600];

    memset(sql, 'a', sizeof(sql));
    sql[0] = '$';
    AUTO(err_freep) struct err *e = read_in_two(sql, sizeof(sql), 300, KEEP, &story);
    assert_true(err_is(e, ERR_TOO_LARGE));
    buf_clear(&story.text);
}

static struct err *refuse(void *ctx, const struct sql_statement *statement)
{
    return err_new(ERR_BUSY, "no");
}

static void an_error_of_the_handler_comes_back(void **state)
{
    struct sql_handler handler = {.on_statement = refuse};
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, KEEP);
    AUTO(err_freep) struct err *e = sql_lexer_feed(lexer, "x;", 2);

    assert_true(err_is(e, ERR_BUSY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_end_at_their_semicolon),
        cmocka_unit_test(a_semicolon_in_a_string_or_name_ends_nothing),
        cmocka_unit_test(a_string_after_another_token_is_not_an_escape_string),
        cmocka_unit_test(dollar_quotes_end_at_their_own_tag),
        cmocka_unit_test(a_dollar_in_a_name_or_parameter_quotes_nothing),
        cmocka_unit_test(comments_between_statements_are_told_and_others_kept),
        cmocka_unit_test(meta_commands_end_with_their_line),
        cmocka_unit_test(semicolons_in_parentheses_end_nothing),
        cmocka_unit_test(a_routine_body_ends_with_its_own_end),
        cmocka_unit_test(copy_rows_are_lines_up_to_the_end_mark),
        cmocka_unit_test(only_copy_from_stdin_brings_rows),
        cmocka_unit_test(a_long_statement_is_kept_up_to_the_cap),
        cmocka_unit_test(an_end_inside_of_something_is_a_cut),
        cmocka_unit_test(a_monstrous_dollar_tag_is_refused),
        cmocka_unit_test(an_error_of_the_handler_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
