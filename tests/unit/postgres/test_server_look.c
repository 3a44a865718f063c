/* tests/unit/postgres/test_server_look.c: what psql's shell saw in the container. */
#include "base/mem.h"
#include "orchestrator/postgres/server_look.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void what_was_seen_is_read(void **state)
{
    struct server_look look;

    server_look_read("loopback\nrelay perl\nrelay bash\nrelays known\nleftovers\nleftovers\n"
                     "leftovers known\nversion pg_dump (PostgreSQL) 17.2\ndumps zstd",
                     &look);
    assert_true(look.has_loopback && look.knows_relays && look.knows_leftovers);
    assert_true(look.leftovers);
    assert_int_equal(look.relays.len, 2);
    assert_string_equal(look.relays.items[1], "bash");
    assert_string_equal(look.dump_version, "pg_dump (PostgreSQL) 17.2");
    assert_true(look.dump_zstd);
    server_look_clear(&look);
}

static void what_was_not_seen_is_still_to_be_asked(void **state)
{
    static const char *const texts[] = {"", "relay perl", "version ",
                                        "dumps zstd\nversion sh: pg_dump: not found"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct server_look look;

        server_look_read(texts[i], &look);
        assert_false(look.has_loopback || look.knows_relays || look.leftovers);
        assert_null(look.dump_version);
        server_look_clear(&look);
    }
}

/* psql reads a meta-command to the end of its line, and a backquote ends it. */
static void a_name_that_is_no_plain_text_is_not_asked_for(void **state)
{
    static const char *const names[] = {NULL, "pgkeep-`id`", "a b", "a'", "a\n"};
    AUTO(mem_freep) char *asked = server_look_psql("pgkeep-0f-1");

    assert_non_null(strstr(asked, "\\set pgkeep_temp pgkeep-0f-1\n"));
    assert_ptr_equal(strrchr(asked, '\n'), asked + strlen(asked) - 1);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(mem_freep) char *text = server_look_psql(names[i]);

        assert_null(strstr(text, "pgkeep_temp"));
        assert_null(strstr(text, "pg_dump"));
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_seen_is_read),
        cmocka_unit_test(what_was_not_seen_is_still_to_be_asked),
        cmocka_unit_test(a_name_that_is_no_plain_text_is_not_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
