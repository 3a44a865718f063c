#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/dump/globals.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What a run gave. */
struct result {
    struct buf out;
    struct strv made;
    struct strv skipped;
};

#define RESULT_INIT                                                                            \
    {                                                                                          \
        BUF_OWN_TEXT, STRV_INIT, STRV_INIT                                                     \
    }

static void result_clear(struct result *result)
{
    buf_clear(&result->out);
    strv_clear(&result->made);
    strv_clear(&result->skipped);
}

/* `existing` is a list of names separated by '|'. */
static struct err *filter(const char *sql, size_t len, const char *existing, bool tablespaces,
                          struct result *result)
{
    AUTO(strv_clear) struct strv roles = STRV_INIT;
    struct globals_plan plan = {.existing_roles = &roles, .tablespaces = tablespaces};

    strv_split(&roles, existing, '|');
    return globals_filter(sql, len, &plan, &result->out, &result->made, &result->skipped);
}

static void expect(const char *sql, const char *existing, const char *out, const char *skipped)
{
    AUTO(result_clear) struct result result = RESULT_INIT;
    AUTO(mem_freep) char *list = NULL;

    assert_null(filter(sql, strlen(sql), existing, false, &result));
    list = strv_join(&result.skipped, "|");
    assert_string_equal(buf_text(&result.out), out);
    assert_string_equal(list, skipped);
}

static const char *const versions[] = {"13", "15", "17"};

static void load(const char *version, struct buf *out)
{
    AUTO(mem_freep) char *path = mem_printf("tests/data/globals/pg%s.sql", version);

    assert_null(fs_read_file(path, out));
}

static void an_empty_server_gets_all_roles_and_memberships(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
        AUTO(result_clear) struct result result = RESULT_INIT;
        AUTO(mem_freep) char *made = NULL;

        load(versions[i], &sql);
        assert_null(filter(sql.data, sql.len, "postgres|pg_monitor", true, &result));
        made = strv_join(&result.made, "|");
        assert_string_equal(made, "GROUP|app owner|new\nline role|plain_group|q\"uo'te; x|"
                                  "z\xc3\xbcrich");
        assert_int_equal(result.skipped.len, 2); /* CREATE and ALTER ROLE postgres */
        const char *text = buf_text(&result.out);
        assert_non_null(strstr(text, "SET client_encoding = 'UTF8';\n"));
        assert_non_null(strstr(text, "CREATE ROLE \"new\nline role\";\n"));
        assert_non_null(
            strstr(text, "ALTER ROLE plain_group SET search_path TO 'a', 'b;c';\n"));
        assert_non_null(
            strstr(text, "COMMENT ON ROLE \"q\"\"uo'te; x\" IS 'it''s; a role';\n"));
        assert_non_null(strstr(text, "GRANT pg_monitor TO \"z\xc3\xbcrich\""));
        assert_non_null(strstr(text, "GRANTED BY postgres;\n"));
        assert_non_null(strstr(text, "CREATE TABLESPACE \"fast one\" OWNER \"app owner\""));
        assert_null(strstr(text, "\\restrict"));
        assert_null(strstr(text, "\\unrestrict"));
        assert_null(strstr(text, "--"));
        assert_null(strstr(text, "ROLE postgres "));
    }
}

static void a_server_that_has_all_roles_is_left_alone(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
        AUTO(result_clear) struct result result = RESULT_INIT;

        load(versions[i], &sql);
        assert_null(filter(sql.data, sql.len,
                           "postgres|pg_monitor|GROUP|app owner|new\nline role|plain_group|"
                           "q\"uo'te; x|z\xc3\xbcrich",
                           false, &result));
        assert_int_equal(result.made.len, 0);
        assert_string_equal(buf_text(&result.out), "SET default_transaction_read_only = off;\n"
                                                   "SET client_encoding = 'UTF8';\n"
                                                   "SET standard_conforming_strings = on;\n");
        assert_true(strv_contains(&result.skipped, "tablespace fast one"));
        for (size_t n = 0; n < result.skipped.len; n++)
            assert_null(strstr(result.skipped.items[n], "SCRAM"));
    }
}

static void globals_cut_inside_of_a_statement_are_refused(void **state)
{
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    size_t cut = 0;

    load("17", &sql);
    for (size_t len = 0; len < sql.len; len++) {
        AUTO(result_clear) struct result result = RESULT_INIT;
        AUTO(err_freep) struct err *e = filter(sql.data, len, "postgres", true, &result);

        if (e) {
            assert_true(err_is(e, ERR_CUT));
            assert_int_equal(result.out.len, 0);
            cut++;
        } else if (result.out.len > 0) {
            assert_memory_equal(result.out.data + result.out.len - 2, ";\n", 2);
        }
    }
    assert_true(cut > sql.len / 2);
}

static void an_existing_role_keeps_its_attributes_password_and_comment(void **state)
{
    expect("CREATE ROLE a;\nALTER ROLE a WITH PASSWORD 'x;y';\nALTER ROLE a SET b TO 'c';\n"
           "COMMENT ON ROLE a IS 'x';\nSECURITY LABEL FOR p ON ROLE a IS 'x';\n"
           "CREATE ROLE b;\nSECURITY LABEL FOR p ON ROLE b IS 'x';\n",
           "a", "CREATE ROLE b;\nSECURITY LABEL FOR p ON ROLE b IS 'x';\n",
           "role a: it exists already|role a: it exists already|role a: it exists already|"
           "comment on role a: it exists already|security label of role a: it exists already");
}

static void role_names_compare_as_postgresql_folds_them(void **state)
{
    expect("CREATE ROLE Abc;CREATE ROLE \"Abc\";CREATE ROLE \"a\"\"b\";", "abc|a\"b",
           "CREATE ROLE \"Abc\";\n",
           "role abc: it exists already|role a\"b: it exists already");
}

static void settings_of_a_role_in_one_database_are_left_out(void **state)
{
    expect("CREATE ROLE a;ALTER ROLE a IN DATABASE \"D b\" SET x TO 'y';", "",
           "CREATE ROLE a;\n", "settings of role a in database D b");
}

static void a_membership_is_kept_where_one_of_the_two_is_new(void **state)
{
    expect("CREATE ROLE n;GRANT o TO n;GRANT n TO o;GRANT o TO p;", "o|p",
           "CREATE ROLE n;\nGRANT o TO n;\nGRANT n TO o;\n",
           "membership of p in o: both exist already");
    expect("GRANT o TO n;CREATE ROLE n;", "o", "GRANT o TO n;\nCREATE ROLE n;\n", "");
}

static void a_membership_of_an_unknown_role_is_left_out(void **state)
{
    expect("CREATE ROLE n;GRANT pg_maintain TO n;GRANT n TO \"gone away\";", "",
           "CREATE ROLE n;\n",
           "membership of n in pg_maintain: no such role|"
           "membership of gone away in n: no such role");
}

static void an_unknown_grantor_is_stripped_and_a_known_one_stays(void **state)
{
    expect("CREATE ROLE n;GRANT o TO n WITH ADMIN OPTION, INHERIT TRUE GRANTED BY \"ex user\";"
           "GRANT o TO n WITH INHERIT FALSE GRANTED BY o;GRANT n TO o GRANTED BY n;"
           "GRANT n TO \"x granted by y\" GRANTED BY gone;",
           "o|x granted by y",
           "CREATE ROLE n;\nGRANT o TO n WITH ADMIN OPTION, INHERIT TRUE;\n"
           "GRANT o TO n WITH INHERIT FALSE GRANTED BY o;\nGRANT n TO o GRANTED BY n;\n"
           "GRANT n TO \"x granted by y\";\n",
           "");
}

/* What is cut off with GRANTED BY must not be the end of something that began before it. */
static void a_membership_of_another_form_is_refused(void **state)
{
    static const char *const odd[] = {"GRANT o TO n WITH (GRANTED BY gone) x;",
                                      "GRANT o TO n, m;",
                                      "GRANT o TO n WITH ADMIN OPTION GRANTED BY o, n;",
                                      "GRANT o TO n GRANTED BY;",
                                      "GRANT o TO n WITH ADMIN;",
                                      "REVOKE o FROM n;"};

    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        AUTO(err_freep) struct err *bad = globals_check(odd[i], strlen(odd[i]));
        AUTO(result_clear) struct result result = RESULT_INIT;
        AUTO(err_freep) struct err *failed = filter(odd[i], strlen(odd[i]), "o", true, &result);

        assert_non_null(bad);
        assert_non_null(failed);
    }
}

static void tablespaces_go_with_all_that_belongs_to_them(void **state)
{
    static const char sql[] = "CREATE ROLE n;CREATE TABLESPACE \"f 1\" OWNER n LOCATION '/x;y';"
                              "ALTER TABLESPACE \"f 1\" SET (a=1);"
                              "REVOKE ALL ON TABLESPACE \"f 1\" FROM n;"
                              "GRANT CREATE ON TABLESPACE \"f 1\" TO n;"
                              "COMMENT ON TABLESPACE \"f 1\" IS 'c';"
                              "SECURITY LABEL FOR 'p' ON TABLESPACE \"f 1\" IS 'l';";
    AUTO(result_clear) struct result all = RESULT_INIT;

    expect(sql, "", "CREATE ROLE n;\n",
           "tablespace f 1|settings of tablespace f 1|privileges on tablespace f 1|"
           "privileges on tablespace f 1|comment on tablespace f 1|"
           "security label of tablespace f 1");
    assert_null(filter(sql, sizeof(sql) - 1, "", true, &all));
    assert_int_equal(all.skipped.len, 0);
    assert_non_null(strstr(buf_text(&all.out), "LOCATION '/x;y';\n"));
}

static void parameter_privileges_are_given_to_new_roles_only(void **state)
{
    expect("CREATE ROLE n;GRANT SET ON PARAMETER work_mem TO n;"
           "GRANT ALTER SYSTEM,SET ON PARAMETER \"my.thing\" TO n WITH GRANT OPTION;"
           "GRANT SET ON PARAMETER work_mem TO o;",
           "o",
           "CREATE ROLE n;\nGRANT SET ON PARAMETER work_mem TO n;\n"
           "GRANT ALTER SYSTEM,SET ON PARAMETER \"my.thing\" TO n WITH GRANT OPTION;\n",
           "parameter privileges of o");
}

static void nothing_is_dropped_or_connected(void **state)
{
    expect("\\restrict x\n\\connect app\nDROP ROLE IF EXISTS a;DROP TABLESPACE \"b c\";SET x = "
           "1;\n"
           "\\unrestrict x\n",
           "", "SET x = 1;\n", "drop of role a|drop of tablespace b c");
}

static void a_statement_without_its_name_is_an_error_that_shows_no_password(void **state)
{
    static const char *const bad[] = {"ALTER ROLE 'SECRET';", "GRANT a FROM SECRET;",
                                      "CREATE ROLE \"\"\"SECRET\";",
                                      "GRANT SET ON PARAMETER x;"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(result_clear) struct result result = RESULT_INIT;
        AUTO(err_freep) struct err *e = filter(bad[i], strlen(bad[i]), "", true, &result);

        if (i == 2) { /* a quoted name as any other */
            assert_null(e);
            continue;
        }
        assert_true(err_is(e, ERR_PROTOCOL));
        assert_null(strstr(e->message, "SECRET"));
    }
}

static void a_nul_byte_is_an_error(void **state)
{
    static const char sql[] = "CREATE ROLE \"a\0b\";";
    AUTO(result_clear) struct result result = RESULT_INIT;
    AUTO(err_freep) struct err *e = filter(sql, sizeof(sql) - 1, "", true, &result);

    assert_non_null(e);
}

static void an_output_past_its_cap_is_an_error(void **state)
{
    AUTO(result_clear) struct result result = {BUF_INIT(10), STRV_INIT, STRV_INIT};
    AUTO(err_freep) struct err *e = filter("CREATE ROLE a;", 14, "", true, &result);

    assert_true(err_is(e, ERR_TOO_LARGE));
}

static void real_globals_pass_the_check(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;

        load(versions[i], &sql);
        assert_null(globals_check(sql.data, sql.len));
    }
    static const char quoted[] = "SET standard_conforming_strings = on;\n"
                                 "ALTER ROLE a SET b TO E'c\\\\', 'd\\';\n";

    assert_null(globals_check(quoted, sizeof(quoted) - 1));
}

static void what_pg_dumpall_never_writes_is_refused(void **state)
{
    static const char *const bad[] = {
        "\\! touch /tmp/x\n",
        "\\connect live\n",
        "\\restrict a \\! id\n",
        "CREATE ROLE a \\! touch /tmp/x\n;",
        "CREATE ROLE a;\\! touch /tmp/x\n",
        "CREATE ROLE a \\gexec\n;",
        "CREATE ROLE a \\; DROP DATABASE live;",
        "ALTER ROLE a SET b TO 'c\\', ' \\! id '';",
        "SET standard_conforming_strings = off;ALTER ROLE a SET b TO 'c\\', ' \\! id '';",
        "ALTER ROLE a SET b TO E'c'\n'\\' \\! id\n;",
        "DROP DATABASE live;",
        "CREATE DATABASE live;",
        "ALTER SYSTEM SET a = 'b';",
        "DROP/**/ROLE a;",
        "CREATE ROLE /* x */ a;",
        "COPY a FROM PROGRAM 'id';",
        "DO $$ $$;",
        "LOAD 'x';",
        "SELECT 1;",
        "SET ROLE a;",
        "SET NAMES 'SJIS';",
        "SET client_encoding = 'SJIS';",
        "COMMENT ON DATABASE a IS 'b';",
        "GRANT ALL ON DATABASE a TO b;",
        "SECURITY LABEL FOR a ON DATABASE b IS 'c';",
        "ALTER ROLE a SET b TO :'HOST';",
        "-- x\rDROP DATABASE live;\n",
        ("\xef\xbb\xbf"
         "CREATE ROLE a;"),
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(err_freep) struct err *e = globals_check(bad[i], strlen(bad[i]));

        if (!e)
            fail_msg("passed: %s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_server_gets_all_roles_and_memberships),
        cmocka_unit_test(a_server_that_has_all_roles_is_left_alone),
        cmocka_unit_test(globals_cut_inside_of_a_statement_are_refused),
        cmocka_unit_test(an_existing_role_keeps_its_attributes_password_and_comment),
        cmocka_unit_test(role_names_compare_as_postgresql_folds_them),
        cmocka_unit_test(settings_of_a_role_in_one_database_are_left_out),
        cmocka_unit_test(a_membership_is_kept_where_one_of_the_two_is_new),
        cmocka_unit_test(a_membership_of_an_unknown_role_is_left_out),
        cmocka_unit_test(an_unknown_grantor_is_stripped_and_a_known_one_stays),
        cmocka_unit_test(a_membership_of_another_form_is_refused),
        cmocka_unit_test(tablespaces_go_with_all_that_belongs_to_them),
        cmocka_unit_test(parameter_privileges_are_given_to_new_roles_only),
        cmocka_unit_test(nothing_is_dropped_or_connected),
        cmocka_unit_test(a_statement_without_its_name_is_an_error_that_shows_no_password),
        cmocka_unit_test(a_nul_byte_is_an_error),
        cmocka_unit_test(an_output_past_its_cap_is_an_error),
        cmocka_unit_test(real_globals_pass_the_check),
        cmocka_unit_test(what_pg_dumpall_never_writes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
