#include "base/mem.h"
#include "orchestrator/postgres/quote.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(char *(*quote)(const char *), const char *text, const char *expected)
{
    AUTO(mem_freep) char *quoted = quote(text);

    assert_string_equal(quoted, expected);
}

static void an_identifier_has_its_quotes_doubled(void **state)
{
    check(quote_ident, "plain", "\"plain\"");
    check(quote_ident, "a\"b", "\"a\"\"b\"");
    check(quote_ident, "back\\slash 'n' \n", "\"back\\slash 'n' \n\"");
    check(quote_ident, "", "\"\"");
}

static void a_literal_has_its_quotes_doubled(void **state)
{
    check(quote_literal, "it's", "'it''s'");
    check(quote_literal, "", "''");
}

static void
a_literal_with_a_backslash_means_the_same_whatever_the_server_is_set_to(void **state)
{
    check(quote_literal, "a\\b", "E'a\\\\b'");
    check(quote_literal, "\\'; DROP", "E'\\\\\\'; DROP'");
}

static void a_database_name_cannot_become_a_connection_string(void **state)
{
    check(quote_conninfo_dbname, "host=evil", "dbname='host=evil'");
    check(quote_conninfo_dbname, "a'b\\c", "dbname='a\\'b\\\\c'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identifier_has_its_quotes_doubled),
        cmocka_unit_test(a_literal_has_its_quotes_doubled),
        cmocka_unit_test(
            a_literal_with_a_backslash_means_the_same_whatever_the_server_is_set_to),
        cmocka_unit_test(a_database_name_cannot_become_a_connection_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
