#include "base/nearest.h"
#include "base/own.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const names[] = {"keep-daily", "keep-weekly", "repository", "retry", "id"};

static const char *near(const char *word)
{
    return nearest_of(word, names, ARRAY_LEN(names));
}

static void a_slip_of_the_finger_finds_its_name(void **state)
{
    assert_string_equal(near("keep-dialy"), "keep-daily"); /* two neighbours swapped */
    assert_string_equal(near("kepdaily"), "keep-daily");
    assert_string_equal(near("keep-weekli"), "keep-weekly");
    assert_string_equal(near("repositories"), "repository");
    assert_string_equal(near("retri"), "retry");
    assert_string_equal(near("retry"), "retry");
    assert_string_equal(near("ID"), "id");
}

static void something_else_altogether_finds_nothing(void **state)
{
    assert_null(near("potato"));
    assert_null(near("xy"));
    assert_null(near(""));
    assert_null(nearest_of("x", NULL, 0));
}

/* What was typed, the one name that there is, and whether it may have been meant. */
static void what_may_have_been_meant(void **state)
{
    static const struct {
        const char *word, *name;
        bool meant;
    } pairs[] = {
        {"bakcup", "backup", true},
        {"verfiy", "verify", true},
        {"doktor", "doctor", true},
        {"orders", "order", true},
        {"Shop", "shop", true},
        {"PGKEEP_REPOSITROY", "PGKEEP_REPOSITORY", true},
        {"app-db/shpo", "app-db/shop", true},
        {"pulbic.orders", "public.orders", true},
        {"customer_adresses", "customer_addresses", true},
        {"exclude-tables-data", "exclude-table-data", true},
        {"web", "app", false},
        {"db", "id", false},
        {"dev", "dea", false},
        {"shop", "stop1", false},
        {"orders", "users", false},
        {"backup", "lookup", false},
        {"app-db/web", "app-db/app", false},
        {"app-db/ab", "app-db/app", false},
        {"app-db/app", "web-db/app", false},
        {"app", "app-db/app", false},
        {"public.cart", "public.card_types", false},
        {"inventory", "directory", false},
        {"application_production", "application_development", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        const char *found = nearest_of(pairs[i].word, &pairs[i].name, 1);

        if ((found != NULL) != pairs[i].meant)
            fail_msg("%s: %s is %s", pairs[i].word, pairs[i].name,
                     found ? "suggested" : "not suggested");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_finger_finds_its_name),
        cmocka_unit_test(something_else_altogether_finds_nothing),
        cmocka_unit_test(what_may_have_been_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
