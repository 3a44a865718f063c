#include "base/mem.h"
#include "orchestrator/proof/command_line.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The image of these tests has one file. */
static bool has_file(void *ctx, const char *path)
{
    return strcmp(path, "/etc/baked/pg_hba.conf") == 0;
}

static char *fitted(const char *words, struct strv *notes)
{
    AUTO(strv_clear) struct strv source = STRV_INIT;
    AUTO(strv_clear) struct strv out = STRV_INIT;

    strv_split(&source, words, '|');
    command_line_for_throwaway(&source, has_file, NULL, &out, notes);
    return strv_join(&out, "|");
}

static void check_starts(const char *words, const char *expected)
{
    AUTO(strv_clear) struct strv notes = STRV_INIT;
    AUTO(mem_freep) char *line = fitted(words, &notes);

    assert_memory_equal(line, expected, strlen(expected));
    assert_int_equal(line[strlen(expected)], '|');
    assert_non_null(strstr(line, "|-c|fsync=off|"));
    assert_non_null(strstr(line, "|-c|archive_mode=off|"));
    /* what would end a restore, whatever the source has */
    assert_non_null(strstr(line, "|-c|default_transaction_read_only=off|"));
    assert_non_null(strstr(line, "|-c|statement_timeout=0|"));
    assert_non_null(strstr(line, "|-c|temp_file_limit=-1"));
}

static void what_shapes_the_server_stays(void **state)
{
    check_starts(
        "postgres|-c|shared_preload_libraries=pg_stat_statements,x|-c|work_mem=1GB",
        "postgres|-c|shared_preload_libraries=pg_stat_statements,x|-c|work_mem=1GB|-c");
    check_starts("-c|max_connections=7|--wal_level=logical",
                 "postgres|-c|max_connections=7|--wal_level=logical|-c");
    check_starts("", "postgres|-c");
}

static void files_that_are_not_in_the_image_are_left_out_with_a_note(void **state)
{
    AUTO(strv_clear) struct strv notes = STRV_INIT;
    AUTO(mem_freep) char *line =
        fitted("postgres|-c|config_file=/etc/mine/postgresql.conf|--hba_file=/etc/baked/pg_hba."
               "conf|-cident_file=/nowhere|--ssl-cert-file=/certs/server.crt",
               &notes);

    assert_null(strstr(line, "config_file"));
    assert_non_null(strstr(line, "--hba_file=/etc/baked/pg_hba.conf"));
    assert_null(strstr(line, "ident_file"));
    assert_null(strstr(line, "cert"));
    assert_int_equal(notes.len, 2); /* without ssl, its files make no difference */
    assert_non_null(strstr(notes.items[0], "/etc/mine/postgresql.conf"));
}

static void what_reaches_the_source_is_left_out_without_a_word(void **state)
{
    AUTO(strv_clear) struct strv notes = STRV_INIT;
    AUTO(mem_freep) char *line = fitted(
        "postgres|-c|archive_command=cp %p /archive/%f|-D|/data|-c|primary_conninfo=host=a"
        "|-h|10.0.0.1|--listen-addresses=",
        &notes);

    assert_null(strstr(line, "archive_command"));
    assert_null(strstr(line, "/data"));
    assert_null(strstr(line, "primary_conninfo"));
    assert_null(strstr(line, "10.0.0.1"));
    assert_null(strstr(line, "listen"));
    assert_int_equal(notes.len, 0);
}

static void a_wrapper_is_kept_as_it_is_with_a_note(void **state)
{
    AUTO(strv_clear) struct strv notes = STRV_INIT;
    AUTO(mem_freep) char *line = fitted("sh|-c|exec postgres -c fsync=on", &notes);

    assert_string_equal(line, "sh|-c|exec postgres -c fsync=on");
    assert_int_equal(notes.len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_shapes_the_server_stays),
        cmocka_unit_test(files_that_are_not_in_the_image_are_left_out_with_a_note),
        cmocka_unit_test(what_reaches_the_source_is_left_out_without_a_word),
        cmocka_unit_test(a_wrapper_is_kept_as_it_is_with_a_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
