/* What is said of tables that lost their rows. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/cli/alarms.h"

static void an_alarm_says_how_many_rows_there_were(void **state)
{
    static const struct {
        int64_t before, now;
        const char *text;
    } rows[] = {
        {8000100, 12, "s.t: 12 rows, 8,000,100 before"},
        {5000, 1, "s.t: 1 row, 5,000 before"},
        {5000, 0, "s.t: 0 rows, 5,000 before"},
        {5000, -1, "s.t: gone, with 5,000 rows"},
    };
    char schema[] = "s", name[] = "t";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct manifest_alarm alarm = {schema, name, rows[i].before, rows[i].now};
        AUTO(mem_freep) char *text = alarms_text(&alarm);

        assert_string_equal(text, rows[i].text);
    }
}

static void the_error_names_tables_and_says_that_the_backup_is_kept(void **state)
{
    AUTO(manifest_freep) struct manifest *m = temp_manifest("app", "a/b", "2026-11-21T013000Z");

    must(alarms_error(m));
    m->compared_with = mem_strdup("2026-11-20T013000Z");
    manifest_add_alarm(m, "public", "orders", 5000, 1);
    must_fail(alarms_error(m), ERR_PARTIAL,
              "app/a%2Fb/2026-11-21T013000Z was taken and is kept, but tables lost rows since "
              "2026-11-20T013000Z: public.orders; pgkeep show --diff");
    for (int i = 0; i < 6; i++)
        manifest_add_alarm(m, "public", "more", 5000, 1);
    must_fail(alarms_error(m), ERR_PARTIAL, "public.more and 2 more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alarm_says_how_many_rows_there_were),
        cmocka_unit_test(the_error_names_tables_and_says_that_the_backup_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
