#include "base/mem.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/postgres/properties.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void push_all(struct strv *list, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        strv_push(list, texts[i]);
}

#define PUSH(list, ...)                                                                        \
    push_all(list, (const char *const[]){__VA_ARGS__},                                         \
             ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void an_empty_search_path_of_an_older_backup_gets_its_value(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;

    PUSH(&list, "ALTER DATABASE :\"database\" SET search_path TO ",
         "ALTER ROLE x IN DATABASE :\"database\" SET search_path TO ",
         "ALTER DATABASE :\"database\" SET work_mem TO '7MB'");
    properties_settle(&list);
    assert_int_equal(list.len, 3);
    assert_string_equal(list.items[0], "ALTER DATABASE :\"database\" SET search_path TO ''");
    assert_string_equal(list.items[1],
                        "ALTER ROLE x IN DATABASE :\"database\" SET search_path TO ''");
    assert_string_equal(list.items[2], "ALTER DATABASE :\"database\" SET work_mem TO '7MB'");
}

static void usual_rights_that_were_written_out_are_none(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;
    AUTO(strv_clear) struct strv other = STRV_INIT;

    PUSH(&list, "REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC, app",
         "GRANT CONNECT ON DATABASE :\"database\" TO PUBLIC",
         "GRANT TEMPORARY ON DATABASE :\"database\" TO PUBLIC",
         "GRANT TEMPORARY ON DATABASE :\"database\" TO app",
         "GRANT CREATE ON DATABASE :\"database\" TO app",
         "GRANT CONNECT ON DATABASE :\"database\" TO app",
         "ALTER DATABASE :\"database\" CONNECTION LIMIT 3");
    strv_extend(&other, &list);
    strv_push(&other, "GRANT CONNECT ON DATABASE :\"database\" TO reader");
    properties_settle(&list);
    assert_int_equal(list.len, 1);
    properties_settle(&other);
    assert_int_equal(other.len, 8);
}

static void rights_replace_those_of_a_closed_database(void **state)
{
    AUTO(strv_clear) struct strv list = STRV_INIT;
    const struct properties_rights rights = {
        .database = "pgkeep_\"1", .owner = "app", .user = "us", .properties = &list};
    AUTO(mem_freep) char *sql = NULL;
    AUTO(mem_freep) char *open = NULL;

    PUSH(&list, "REVOKE ALL ON DATABASE :\"database\" FROM PUBLIC, app",
         "GRANT CONNECT ON DATABASE :\"database\" TO \"x:\"\"database\"\"\"",
         "ALTER DATABASE :\"database\" SET work_mem TO '7MB'",
         "ALTER DATABASE :\"database\" CONNECTION LIMIT 3");
    sql = properties_rights_sql(&rights);
    assert_string_equal(sql,
                        "REVOKE ALL ON DATABASE \"pgkeep_\"\"1\" FROM PUBLIC, \"us\";\n"
                        "GRANT ALL ON DATABASE \"pgkeep_\"\"1\" TO \"app\";\n"
                        "GRANT CONNECT, TEMPORARY ON DATABASE \"pgkeep_\"\"1\" TO PUBLIC;\n"
                        "REVOKE ALL ON DATABASE \"pgkeep_\"\"1\" FROM PUBLIC, app;\n"
                        "GRANT CONNECT ON DATABASE \"pgkeep_\"\"1\" TO "
                        "\"x:\"\"database\"\"\";\n");
    open = properties_opening_sql(&rights);
    assert_string_equal(open, "ALTER DATABASE \"pgkeep_\"\"1\" OWNER TO \"app\";\n"
                              "ALTER DATABASE \"pgkeep_\"\"1\" CONNECTION LIMIT -1;\n"
                              "ALTER DATABASE \"pgkeep_\"\"1\" CONNECTION LIMIT 3;\n");
}

static char user[] = "us";

static void a_closed_database_is_never_open(void **state)
{
    const struct server super = {.user = user, .version_num = 170000, .superuser = true};
    const struct server ordinary = {.user = user, .version_num = 170000};
    const struct database_spec spec = {.name = "pgkeep_1", .comment = "c", .closed = true};
    const struct database_spec owned = {.name = "pgkeep_1", .owner = "app", .closed = true};
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    AUTO(buf_clear) struct buf other = BUF_OWN_TEXT;

    assert_null(database_create_sql(&super, &spec, &sql));
    assert_string_equal(
        buf_text(&sql),
        "CREATE DATABASE \"pgkeep_1\" TEMPLATE template0 ALLOW_CONNECTIONS false"
        " CONNECTION LIMIT 0;\n"
        "COMMENT ON DATABASE \"pgkeep_1\" IS 'c';\n"
        "REVOKE ALL ON DATABASE \"pgkeep_1\" FROM PUBLIC;\n"
        "GRANT ALL ON DATABASE \"pgkeep_1\" TO \"us\";\n"
        "ALTER DATABASE \"pgkeep_1\" WITH ALLOW_CONNECTIONS true;\n");
    assert_null(database_create_sql(&ordinary, &owned, &other));
    assert_string_equal(buf_text(&other),
                        "CREATE DATABASE \"pgkeep_1\" TEMPLATE template0 OWNER \"app\""
                        " ALLOW_CONNECTIONS false;\n"
                        "REVOKE ALL ON DATABASE \"pgkeep_1\" FROM PUBLIC;\n"
                        "REVOKE CONNECT, TEMPORARY ON DATABASE \"pgkeep_1\" FROM \"app\";\n"
                        "GRANT ALL ON DATABASE \"pgkeep_1\" TO \"us\";\n"
                        "ALTER DATABASE \"pgkeep_1\" WITH ALLOW_CONNECTIONS true;\n");
}

static void a_locale_provider_is_one_of_postgresqls(void **state)
{
    static const char *const good[] = {"libc", "icu", "builtin", "", NULL};
    const struct server server = {.user = user, .version_num = 170000};
    struct database_spec spec = {.name = "x", .locale_provider = "libc; DROP DATABASE app"};
    AUTO(buf_clear) struct buf sql = BUF_OWN_TEXT;
    struct err *e = database_create_sql(&server, &spec, &sql);

    assert_true(err_is(e, ERR_BAD_BACKUP));
    err_free(e);
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        spec.locale_provider = good[i];
        assert_null(database_create_sql(&server, &spec, &sql));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_search_path_of_an_older_backup_gets_its_value),
        cmocka_unit_test(usual_rights_that_were_written_out_are_none),
        cmocka_unit_test(rights_replace_those_of_a_closed_database),
        cmocka_unit_test(a_closed_database_is_never_open),
        cmocka_unit_test(a_locale_provider_is_one_of_postgresqls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
