#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/dump/plain_guard.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                   \
    "SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\n"                              \
    "SET standard_conforming_strings = on;\n"                                                  \
    "SELECT pg_catalog.set_config('search_path', '', false);\n"

struct sample {
    const char *text;
    size_t len;
};

#define SAMPLE(text)                                                                           \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }

/* Fed in two pieces; the error of the guard, or NULL. *judged: what might have gone to psql. */
static struct err *guard(const char *text, size_t len, size_t split, uint64_t *judged)
{
    AUTO(plain_guard_freep) struct plain_guard *guard = plain_guard_new();

    *judged = 0;
    PASS(plain_guard_feed(guard, text, split));
    *judged = plain_guard_judged(guard);
    assert_true(*judged <= split);
    PASS(plain_guard_feed(guard, text + split, len - split));
    assert_true(plain_guard_judged(guard) >= *judged);
    *judged = plain_guard_judged(guard);
    return plain_guard_finish(guard);
}

static const struct sample hostile[] = {
    SAMPLE("\\! touch /tmp/x\n"),
    SAMPLE("SELECT 1 \\! touch /tmp/x\n;"),
    SAMPLE("CREATE TABLE t (\\! touch /tmp/x\n);"),
    SAMPLE("CREATE TABLE a.t ();\\! touch /tmp/x\n"),
    SAMPLE("\\restrict a \\! touch /tmp/x\n"),
    SAMPLE("\\restrict a\r\n"),
    SAMPLE("\\restrict\n"),
    SAMPLE("\\unrestrict `touch /tmp/x`\n"),
    SAMPLE("\\connect live\n"),
    SAMPLE("\\c live\n"),
    SAMPLE("\\copy t from program 'id'\n"),
    SAMPLE("\\i /etc/passwd\n"),
    SAMPLE("\\o |id\n"),
    SAMPLE("\\set x y\n"),
    SAMPLE("COMMENT ON TABLE a.b IS 'x' \\g |id\n;"),
    SAMPLE("ALTER TABLE a.b OWNER TO c \\gexec\n;"),
    SAMPLE("CREATE TABLE a.b () \\; DROP DATABASE live;"),
    SAMPLE("COPY a.b FROM stdin;\n1\n\\.\n\\! touch /tmp/x\n"),
    SAMPLE("COPY a.b FROM stdin;\n1\n\\.\r\n\\! touch /tmp/x\n"),
    SAMPLE("COPY a.b FROM stdin; \\! touch /tmp/x\n1\n\\.\n"),
    SAMPLE("COPY a.b FROM stdin; DROP DATABASE live;\n1\n\\.\n"),
    SAMPLE("COPY a.b FROM PROGRAM 'id';\n"),
    SAMPLE("COPY a.b TO PROGRAM 'id';\n"),
    SAMPLE("COPY (SELECT 1) TO '/tmp/x';\n"),
    SAMPLE("COPY a.b FROM '/etc/passwd';\n"),
    SAMPLE("COPY a.b FROM stdin WITH (FORMAT csv);\n1\n\\.\n"),
    SAMPLE("COPY a.b FROM stdin (FORMAT binary);\n1\n\\.\n"),
    SAMPLE("COPY pg_catalog.pg_authid FROM stdin;\n1\n\\.\n"),
    SAMPLE("COPY pg_authid FROM stdin;\n1\n\\.\n"),
    SAMPLE("COPY \"pg_catalog\".pg_authid FROM stdin;\n1\n\\.\n"),
    SAMPLE("INSERT INTO pg_catalog.pg_authid VALUES (1);"),
    SAMPLE("INSERT INTO \"pg_catalog\".pg_authid VALUES (1);"),
    SAMPLE("INSERT INTO \"pg_authid\" VALUES (1);"),
    SAMPLE("DROP DATABASE live;"),
    SAMPLE("drop\ndatabase\tlive;"),
    SAMPLE("DROP/**/DATABASE live;"),
    SAMPLE("/* */ DROP -- x\n DATABASE live;"),
    SAMPLE("\xef\xbb\xbf"
           "DROP DATABASE live;"),
    SAMPLE("; ;DROP DATABASE live;"),
    SAMPLE("DROP DATABASE IF EXISTS live;"),
    SAMPLE("CREATE DATABASE x;"),
    SAMPLE("ALTER DATABASE live RENAME TO dead;"),
    SAMPLE("COMMENT ON DATABASE live IS 'x';"),
    SAMPLE("GRANT ALL ON DATABASE live TO public;"),
    SAMPLE("GRANT CREATE ON TABLESPACE a TO public;"),
    SAMPLE("GRANT SET ON PARAMETER work_mem TO public;"),
    SAMPLE("GRANT pg_execute_server_program TO a;"),
    SAMPLE("REVOKE ADMIN OPTION FOR a FROM b;"),
    SAMPLE("CREATE ROLE x SUPERUSER;"),
    SAMPLE("CREATE USER x SUPERUSER;"),
    SAMPLE("ALTER USER x SUPERUSER;"),
    SAMPLE("ALTER ROLE x SUPERUSER;"),
    SAMPLE("DROP OWNED BY x;"),
    SAMPLE("CREATE TABLESPACE x LOCATION '/tmp';"),
    SAMPLE("ALTER SYSTEM SET archive_command = 'id';"),
    SAMPLE("SECURITY LABEL FOR a ON ROLE b IS 'c';"),
    SAMPLE("LOAD '/tmp/x.so';"),
    SAMPLE("DO $$ BEGIN END $$;"),
    SAMPLE("CALL a.b();"),
    SAMPLE("VACUUM;"),
    SAMPLE("CHECKPOINT;"),
    SAMPLE("SET ROLE live;"),
    SAMPLE("SET role = live;"),
    SAMPLE("SET LOCAL standard_conforming_strings = off;"),
    SAMPLE("SET standard_conforming_strings TO off;"),
    SAMPLE("RESET ALL;"),
    SAMPLE("DISCARD ALL;"),
    SAMPLE("SET NAMES 'SJIS';"),
    SAMPLE("SET client_encoding = 'Shift_JIS_2004';"),
    SAMPLE("SET client_encoding = GBK;"),
    SAMPLE("SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);"),
    SAMPLE("SELECT pg_catalog.pg_terminate_backend(1);"),
    SAMPLE("SELECT lo_import('/etc/passwd');"),
    SAMPLE("SELECT * FROM pg_catalog.pg_read_file('x');"),
    SAMPLE("CREATE SUBSCRIPTION a CONNECTION 'host=x' PUBLICATION b;"),
    SAMPLE(
        "SET standard_conforming_strings = off;\nCOMMENT ON TABLE a.b IS 'x\\', ' \\! id '';"),
    SAMPLE("COMMENT ON TABLE a.b IS E'x\\'' \\! id\n;"),
    SAMPLE("CREATE VIEW a.b AS SELECT E'a'\n'b\\' \\! id\n'';"),
    SAMPLE("CREATE VIEW a.b AS SELECT $a$ $b$ $a$ \\! id\n;"),
    SAMPLE("CREATE VIEW a.b AS SELECT 1e'\\'' \\! id\n;"),
    SAMPLE("CREATE VIEW a.b AS SELECT 1x$a$ ;"),
    SAMPLE("CREATE VIEW a.b AS SELECT :HOST;"),
    SAMPLE("CREATE VIEW a.b AS SELECT :'HOST';"),
    SAMPLE("CREATE VIEW a.b AS SELECT :{?HOST};"),
    SAMPLE("CREATE VIEW a.b AS SELECT :e'\\' ;"),
    SAMPLE("-- a comment\rDROP DATABASE live;\n"),
    SAMPLE("CREATE TABLE a.b (); -- \r\\! id\n"),
    SAMPLE("COMMENT ON TABLE a.b IS 'a\0b';\n"),
    SAMPLE("CREATE FUNCTION a.begin() RETURNS int LANGUAGE sql RETURN 1; CREATE ROLE x; END;"),
    SAMPLE("CREATE FUNCTION a.f() BEGIN ATOMIC SELECT 1; COPY a.b FROM stdin; END;"),
    SAMPLE("CREATE FUNCTION a.f() BEGIN ATOMIC SELECT 1;/* */DROP DATABASE live; END;"),
    SAMPLE("COMMENT ON TABLE a.b IS 'never closed;\n"),
    SAMPLE("DROP DATABASE live"),
};

static void what_pg_dump_never_writes_is_refused_wherever_it_is_split(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        const size_t head = strlen(HEAD), len = head + hostile[i].len;
        AUTO(mem_freep) char *text = mem_new(len, 1);

        memcpy(text, HEAD, head);
        memcpy(text + head, hostile[i].text, hostile[i].len);
        for (size_t split = 0; split <= len; split++) {
            uint64_t judged = 0;
            AUTO(err_freep) struct err *e = guard(text, len, split, &judged);

            if (!err_is(e, ERR_BAD_BACKUP))
                fail_msg("passed, split at %zu: %s", split, hostile[i].text);
        }
    }
}

static void no_byte_of_a_refused_statement_goes_on_before_it(void **state)
{
    static const char *const statements[] = {"DROP DATABASE live",
                                             "\\! touch /tmp/x",
                                             "ALTER SYSTEM SET a = b",
                                             "COPY a.b (c, d) FROM PROGRAM 'x'",
                                             "SET role = x",
                                             "GRANT ALL ON DATABASE x TO y",
                                             "CREATE OR REPLACE USER x"};

    for (size_t i = 0; i < ARRAY_LEN(statements); i++)
        for (size_t split = 1; split < strlen(statements[i]); split++) {
            AUTO(mem_freep) char *text = mem_printf("%s%s;\n", HEAD, statements[i]);
            uint64_t judged = 0;
            AUTO(err_freep) struct err *e =
                guard(text, strlen(text), strlen(HEAD) + split, &judged);

            assert_true(err_is(e, ERR_BAD_BACKUP));
            if (judged > strlen(HEAD))
                fail_msg("%zu bytes of: %s", (size_t)judged - strlen(HEAD), statements[i]);
        }
}

static const char *const honest[] = {
    "\\restrict abcXYZ019\n\\unrestrict abcXYZ019\n",
    "COMMENT ON TABLE a.b IS 'C:\\';\nCOMMENT ON TABLE a.b IS 'D:\\x; \\! id';\n",
    "COMMENT ON TABLE a.b IS E'it''s \\' \\\\';\n",
    "CREATE VIEW a.v AS SELECT t.a[1:2], t.a[n:\"N\"], t.a[:n], t.a['-1'::integer:2], 1e+20;",
    "CREATE FUNCTION a.f() RETURNS void LANGUAGE sql AS $_$ \\! id; DROP DATABASE x $_$;",
    "CREATE FUNCTION a.f() BEGIN ATOMIC SELECT CASE WHEN x THEN 1 END; (SELECT 1); END;",
    "CREATE RULE r AS ON INSERT TO a.t DO INSTEAD ( INSERT INTO b VALUES (1); NOTIFY x; );",
    "CREATE TABLE a.database (role text, \"user\" text);",
    "DROP TABLE IF EXISTS a.t;",
    "CREATE USER MAPPING FOR public SERVER s;DROP USER MAPPING FOR public SERVER s;",
    "GRANT SELECT(a, \"on\"), INSERT(b) ON TABLE a.t TO \"database\" WITH GRANT OPTION;",
    "SET SESSION AUTHORIZATION a;\nREVOKE ALL ON SCHEMA a FROM b;\nRESET SESSION "
    "AUTHORIZATION;",
    "SET default_tablespace = 'fast one';",
    "SET standard_conforming_strings = 'off';COMMENT ON TABLE a.b IS 'a\\\\b''c';",
    "BEGIN;\nSELECT pg_catalog.lo_open('1', 131072);\nSELECT pg_catalog.lowrite(0, '\\x00');\n"
    "SELECT pg_catalog.lo_close(0);\nCOMMIT;",
    "SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180000'::integer);",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, a = b);",
    "COPY a.b (\"from stdin\", c) FROM stdin;\n\\N\t\\\\.\n\\! id\nDROP DATABASE x;\n\\.\n",
    "COPY a.b  FROM stdin;\n\n\\.\n",
    "INSERT INTO \"T t\" VALUES ('C:\\', '\\! id');INSERT INTO a.\"x\" DEFAULT VALUES;",
    "INSERT INTO \"T t\".\"x\" (a, b) VALUES (1, 2);",
    "ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b;",
    "ALTER LARGE OBJECT 5 OWNER TO a;",
    "REFRESH MATERIALIZED VIEW a.b;",
    "SECURITY LABEL FOR 'x' ON TABLE a.b IS 'c';",
    "CREATE TABLE a.t (b text DEFAULT 'x'::text COLLATE \"C\");",
};

static void what_pg_dump_writes_passes_wherever_it_is_split(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(honest); i++) {
        AUTO(mem_freep) char *text = mem_printf("%s%s\n", HEAD, honest[i]);

        for (size_t split = 0; split <= strlen(text); split++) {
            uint64_t judged = 0;
            AUTO(err_freep) struct err *e = guard(text, strlen(text), split, &judged);
            AUTO(mem_freep) char *why = e ? err_text(e) : NULL;

            if (e)
                fail_msg("%s\nrefused, split at %zu: %s", honest[i], split, why);
            assert_int_equal(judged, strlen(text));
        }
    }
}

static void real_dumps_pass_but_for_one_made_with_create(void **state)
{
    static const char *const names[] = {
        "pg13",         "pg15-inserts", "pg15-partition-root", "pg15",
        "pg17-verbose", "pg17",         "pg17-create-clean"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(mem_freep) char *path = mem_printf("tests/data/plain/%s.sql", names[i]);
        AUTO(buf_clear) struct buf dump = BUF_OWN_TEXT;
        AUTO(err_freep) struct err *e = NULL;
        AUTO(mem_freep) char *why = NULL;
        uint64_t judged = 0;

        assert_null(fs_read_file(path, &dump));
        e = guard(dump.data, dump.len, dump.len / 2, &judged);
        why = e ? err_text(e) : mem_strdup("ok");
        if (strstr(path, "create"))
            assert_non_null(strstr(why, "DROP DATABASE"));
        else
            assert_string_equal(why, "ok");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_pg_dump_never_writes_is_refused_wherever_it_is_split),
        cmocka_unit_test(no_byte_of_a_refused_statement_goes_on_before_it),
        cmocka_unit_test(what_pg_dump_writes_passes_wherever_it_is_split),
        cmocka_unit_test(real_dumps_pass_but_for_one_made_with_create),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
