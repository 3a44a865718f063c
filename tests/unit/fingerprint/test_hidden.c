/* Which dumps would hold what a role cannot see. */
#include "base/mem.h"
#include "orchestrator/fingerprint/hidden.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

static bool everything(const char *argument)
{
    AUTO(strv_clear) struct strv args = STRV_INIT;

    strv_push(&args, "--no-owner");
    strv_push(&args, argument);
    return hidden_is_everything(&args);
}

static void a_dump_of_some_tables_or_schemas_holds_nothing_of_the_database_itself(void **state)
{
    static const char *const some[] = {"--table=a.b", "-ta", "--schema=a",
                                       "--schema",    "-n",  "--table-and-children=x",
                                       "--extension", "-e",  "--filter=x"};
    static const char *const all[] = {"--exclude-table=a", "--exclude-schema=a",
                                      "--schema-only", "--no-comments", "-x"};

    for (size_t i = 0; i < ARRAY_LEN(some); i++)
        assert_false(everything(some[i]));
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        assert_true(everything(all[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dump_of_some_tables_or_schemas_holds_nothing_of_the_database_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
