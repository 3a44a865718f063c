#include "base/mem.h"
#include "orchestrator/backup/dump_command.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct dump_tool OLD = {.major = 15};
static const struct dump_tool NEW = {.major = 17, .zstd = true, .lz4 = true};
static const struct dump_tool BARE = {.major = 17}; /* built without zstd and lz4 */

/* Makes the plan for `pgkeep backup WORDS`, words separated by blanks. */
static struct err *plan(const struct dump_tool *tool, const char *words, struct dump_plan *out)
{
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    AUTO(invocation_clear) struct invocation invocation = {0};
    char *environment[] = {NULL};

    strv_push(&argv, "pgkeep");
    strv_push(&argv, "backup");
    strv_push(&argv, "--lock-timeout");
    strv_push(&argv, "0");
    strv_split(&argv, words, ' ');
    assert_null(invocation_parse((int)argv.len, argv.items, environment, &invocation));
    return dump_plan_make(invocation.settings, tool, out);
}

static void check(const struct dump_tool *tool, const char *words, const char *expected,
                  const char *extension)
{
    struct dump_plan made = {0};
    AUTO(mem_freep) char *line = NULL;

    assert_null(plan(tool, words, &made));
    line = strv_join(&made.argv, " ");
    assert_string_equal(line, expected);
    assert_string_equal(made.extension, extension);
    dump_plan_clear(&made);
}

static void check_refused(const struct dump_tool *tool, const char *words, const char *said)
{
    struct dump_plan made = {0};
    AUTO(err_freep) struct err *e = plan(tool, words, &made);
    AUTO(mem_freep) char *text = NULL;

    assert_true(err_is(e, ERR_USAGE));
    text = err_text(e);
    assert_non_null(strstr(text, said));
    dump_plan_clear(&made);
}

static void the_default_is_zstd_1_where_the_tool_supports_it_else_gzip_1(void **state)
{
    check(&NEW, "", "pg_dump --format=custom --no-password --compress=zstd:1", "dump");
    check(&OLD, "", "pg_dump --format=custom --no-password --compress=1", "dump");
    check(&BARE, "", "pg_dump --format=custom --no-password --compress=gzip:1", "dump");
}

static void each_format_compresses_in_its_own_place(void **state)
{
    check(&NEW, "--format plain", "pg_dump --format=plain --no-password", "sql.gz");
    check(&NEW, "--format plain --compress none", "pg_dump --format=plain --no-password",
          "sql");
    check(&NEW, "--format tar", "pg_dump --format=tar --no-password", "tar");
    check(&NEW, "--format directory --jobs 3 --compress lz4",
          "pg_dump --format=directory --no-password --compress=lz4 --jobs=3", "dir");
    check(&NEW, "--compress zstd:19",
          "pg_dump --format=custom --no-password --compress=zstd:19", "dump");
    check(&OLD, "--compress none", "pg_dump --format=custom --no-password --compress=0",
          "dump");
}

static void what_the_tool_cannot_do_is_refused(void **state)
{
    check_refused(&OLD, "--compress zstd", "pg_dump 15 does not support zstd");
    check_refused(&BARE, "--compress lz4", "does not support lz4");
    check_refused(&NEW, "--compress gzip:10", "gzip:10");
    check_refused(&NEW, "--compress zstd:0", "zstd:0");
    check_refused(&NEW, "--compress brotli", "brotli");
    check_refused(&NEW, "--format tar --compress gzip", "tar");
    check_refused(&NEW, "--format plain --compress zstd", "plain");
}

static void a_selection_is_passed_on_and_remembered(void **state)
{
    struct dump_plan made = {0};
    AUTO(mem_freep) char *line = NULL;

    assert_null(plan(&NEW, "--table a --table b.c --exclude-schema x --schema-only", &made));
    line = strv_join(&made.selection, " ");
    assert_string_equal(line, "--table=a --table=b.c --exclude-schema=x --schema-only");
    assert_false(made.whole);
    dump_plan_clear(&made);
}

static void extra_arguments_may_not_redirect_the_dump(void **state)
{
    check_refused(&NEW, "--extra-args=--file=/tmp/x", "--file=/tmp/x");
    check_refused(&NEW, "--extra-args=-f/tmp/x", "-f/tmp/x");
    check_refused(&NEW, "--extra-args=-d --extra-args=other", "-d");
    check(&NEW, "--extra-args=--no-comments",
          "pg_dump --format=custom --no-password --compress=zstd:1 --no-comments", "dump");
}

static void a_lock_is_waited_for_by_pg_dump_as_long_as_by_pgkeep(void **state)
{
    check(&NEW, "--lock-timeout 5m --table a",
          "pg_dump --format=custom --no-password --compress=zstd:1 --lock-wait-timeout=300000"
          " --table=a",
          "dump");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_zstd_1_where_the_tool_supports_it_else_gzip_1),
        cmocka_unit_test(each_format_compresses_in_its_own_place),
        cmocka_unit_test(what_the_tool_cannot_do_is_refused),
        cmocka_unit_test(a_selection_is_passed_on_and_remembered),
        cmocka_unit_test(extra_arguments_may_not_redirect_the_dump),
        cmocka_unit_test(a_lock_is_waited_for_by_pg_dump_as_long_as_by_pgkeep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
