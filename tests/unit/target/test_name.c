#include "base/mem.h"
#include "orchestrator/target/name.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(const char *container, const char *service, const char *number,
                  const char *own_project, const char *expected)
{
    AUTO(jsonx_freep) json_t *labels =
        service ? json_pack("{s:s, s:s, s:s}", "com.docker.compose.project", "shop",
                            "com.docker.compose.service", service,
                            "com.docker.compose.container-number", number)
                : NULL;
    AUTO(mem_freep) char *name = target_name_make(container, labels, own_project);

    assert_string_equal(name, expected);
}

static void a_chosen_name_stays(void **state)
{
    check("app-db", NULL, NULL, "", "app-db");
    check("app-db", "db", "1", "shop", "app-db");
}

static void both_composes_give_the_same_name(void **state)
{
    check("shop_db_1", "db", "1", "shop", "db");
    check("shop-db-1", "db", "1", "shop", "db");
    check("shop_db_1", "db", "1", "", "shop-db");
    check("shop-db-1", "db", "1", "other", "shop-db");
}

static void a_second_replica_has_its_number(void **state)
{
    check("shop-db-2", "db", "2", "shop", "db-2");
    check("shop_db_2", "db", "2", "", "shop-db-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chosen_name_stays),
        cmocka_unit_test(both_composes_give_the_same_name),
        cmocka_unit_test(a_second_replica_has_its_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
