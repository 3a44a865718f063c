#include "base/mem.h"
#include "base/strv.h"
#include "orchestrator/target/name.h"
#include "orchestrator/target/swarm.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *task_labels(const char *service, const char *task)
{
    return json_pack("{s:s, s:s}", "com.docker.swarm.service.name", service,
                     "com.docker.swarm.task.name", task);
}

static void check_name(const char *service, const char *task, const char *expected)
{
    AUTO(jsonx_freep) json_t *labels = task_labels(service, task);
    AUTO(mem_freep) char *name = target_name_make(task, labels, "");

    assert_string_equal(name, expected);
}

static void a_task_is_called_after_its_service(void **state)
{
    check_name("db", "db.1.q6nq8zjwvcyyvrfsj2wqzzw2c", "db");
    check_name("shop_db", "shop_db.3.q6nq8zjwvcyyvrfsj2wqzzw2c", "shop_db-3");
    /* of a global service: the node's id */
    check_name("db", "db.7xq8zjwvcyyvrfsj2wqzzw2c7.q6nq8zjwvcyyvrfsj2wqzzw2c", "db");
    check_name("db", "db.1234567890123456789012345.q6nq8zjwvcyyvrfsj2wqzzw2c", "db");
    check_name("db", "db2.2.q6nq8zjwvcyyvrfsj2wqzzw2c", "db");
    check_name("db", "", "db");
}

static json_t *container(const char *id, const char *service, const char *task,
                         const char *state, int created)
{
    return json_pack("{s:s, s:s, s:i, s:o}", "Id", id, "State", state, "Created", created,
                     "Labels", task_labels(service, task));
}

/* The ids of those that are not past. */
static void check_left(json_t *list, const char *expected)
{
    AUTO(jsonx_freep) json_t *containers = list;
    AUTO(strv_clear) struct strv left = STRV_INIT;
    AUTO(mem_freep) char *text = NULL;
    size_t i;
    const json_t *item;

    json_array_foreach(containers, i, item)
    {
        if (!swarm_is_past(containers, item))
            strv_push(&left, jsonx_string(item, "Id", ""));
    }
    text = strv_join(&left, ",");
    assert_string_equal(text, expected);
}

static void what_has_ended_is_past_where_its_service_runs(void **state)
{
    check_left(json_pack("[o,o,o]", container("old", "db", "db.1.x", "exited", 1),
                         container("now", "db", "db.1.y", "running", 2),
                         container("web", "web", "web.1.z", "exited", 1)),
               "now,web");
    check_left(json_pack("[o,o]", container("two", "db", "db.2.x", "exited", 9),
                         container("one", "db", "db.1.y", "running", 2)),
               "one");
    check_left(json_pack("[o,o]", container("one", "db", "db.1.x", "running", 1),
                         container("two", "db", "db.2.y", "paused", 1)),
               "one,two");
}

static void of_a_service_that_stands_still_the_latest_of_each_slot_is_left(void **state)
{
    check_left(json_pack("[o,o,o,o]", container("a", "db", "db.1.x", "exited", 1),
                         container("b", "db", "db.1.y", "created", 3),
                         container("c", "db", "db.1.z", "exited", 3),
                         container("d", "db", "db.2.z", "exited", 2)),
               "c,d");
}

static void containers_of_no_service_are_never_past(void **state)
{
    check_left(json_pack("[{s:s,s:s},{s:s,s:s}]", "Id", "a", "State", "exited", "Id", "b",
                         "State", "running"),
               "a,b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_is_called_after_its_service),
        cmocka_unit_test(what_has_ended_is_past_where_its_service_runs),
        cmocka_unit_test(of_a_service_that_stands_still_the_latest_of_each_slot_is_left),
        cmocka_unit_test(containers_of_no_service_are_never_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
