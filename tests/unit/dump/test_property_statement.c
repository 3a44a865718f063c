#include "base/mem.h"
#include "orchestrator/dump/property_statement.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_pgkeep_writes_passes(void **state)
{
    static const char *const good[] = {
        "REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC, \"a \"\"b\"",
        "GRANT CONNECT ON DATABASE :\"database\" TO PUBLIC",
        "GRANT TEMPORARY ON DATABASE :\"database\" TO \"x;\\!\" WITH GRANT OPTION",
        "ALTER DATABASE :\"database\" SET search_path TO 'a', '', E'\\\\b''c'",
        "ALTER DATABASE :\"database\" SET search_path TO ",
        "ALTER DATABASE :\"database\" SET \"app.x\" TO 'line\n\\\n'",
        "ALTER DATABASE :\"database\" SET \"TimeZone\" TO 'UTC'",
        "ALTER ROLE \"o'q\" IN DATABASE :\"database\" SET work_mem TO  E'x\\''",
        "ALTER DATABASE :\"database\" CONNECTION LIMIT 5",
        "SECURITY LABEL FOR a ON DATABASE :\"database\" IS 'x'",
        "COMMENT ON DATABASE :\"database\" IS 'x'",
    };

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        bool backslash = i == 5; /* only E'...' may hold one */
        AUTO(err_freep) struct err *e = property_statement_check(good[i]);

        if ((e != NULL) != backslash)
            fail_msg("%s", good[i]);
    }
}

static void all_else_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "\\! touch /tmp/x",
        "GRANT CONNECT ON DATABASE :\"database\" TO a\\! touch /tmp/x\n",
        "GRANT CONNECT ON DATABASE :\"database\" TO a;DROP DATABASE live",
        "GRANT CONNECT ON DATABASE live TO a",
        "GRANT CONNECT ON DATABASE :\"HOST\" TO a",
        "GRANT CONNECT ON DATABASE :database TO a",
        "GRANT a TO b",
        "GRANT ALL ON TABLE :\"database\" TO a",
        "GRANT CONNECT ON DATABASE :\"database\" TO a -- x",
        "ALTER DATABASE :\"database\" SET a TO b",
        "ALTER DATABASE :\"database\" SET a TO 'b' 'c'",
        "ALTER DATABASE :\"database\" SET a TO 'b\\', ' \\! id'",
        "ALTER DATABASE :\"database\" SET a TO E'b\\' \\! id",
        "ALTER DATABASE :\"database\" SET a TO 'b'; \\! id",
        "ALTER DATABASE :\"database\" SET a TO :'HOST'",
        "ALTER DATABASE :\"database\" SET a TO $$b$$",
        "ALTER DATABASE :\"database\" RENAME TO live",
        "ALTER DATABASE :\"database\" OWNER TO a",
        "ALTER DATABASE :\"database\" SET TABLESPACE a",
        "ALTER DATABASE :\"database\" CONNECTION LIMIT 5 \\! id",
        "ALTER DATABASE :\"database\" CONNECTION LIMIT",
        "ALTER ROLE a SUPERUSER",
        "ALTER ROLE a IN DATABASE live SET b TO 'c'",
        "ALTER SYSTEM SET a TO 'b'",
        "DROP DATABASE live",
        "COMMIT",
        "COMMENT ON DATABASE :\"database\" IS 'x",
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(err_freep) struct err *e = property_statement_check(bad[i]);

        if (!err_is(e, ERR_BAD_BACKUP))
            fail_msg("passed: %s", bad[i]);
    }
}

static void the_first_bad_one_of_a_list_is_named(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;
    AUTO(err_freep) struct err *e = NULL;
    AUTO(mem_freep) char *text = NULL;

    strv_push(&list, "ALTER DATABASE :\"database\" CONNECTION LIMIT 5");
    strv_push(&list, "\\! id");
    e = property_statements_check(&list);
    assert_non_null(e);
    text = err_text(e);
    assert_non_null(strstr(text, "item 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pgkeep_writes_passes),
        cmocka_unit_test(all_else_is_refused),
        cmocka_unit_test(the_first_bad_one_of_a_list_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
