#include "orchestrator/fingerprint/take_queue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct table_item A = {.oid = NULL}, B = {.oid = NULL}, C = {.oid = NULL};

static void check_next(struct take_queue *queue, bool is_holder, const struct table_item *table,
                       struct take_task *out)
{
    assert_true(take_queue_pop(queue, is_holder, out));
    assert_ptr_equal(out->table, table);
}

static void tasks_come_in_order_and_end(void **state)
{
    struct take_queue queue;
    struct take_task task;

    take_queue_init(&queue);
    take_queue_push(&queue, &A);
    take_queue_push(&queue, &B);
    take_queue_close(&queue);
    check_next(&queue, false, &A, &task);
    take_queue_done(&queue);
    check_next(&queue, true, &B, &task);
    take_queue_done(&queue);
    assert_false(take_queue_pop(&queue, true, &task));
    assert_false(take_queue_pop(&queue, false, &task));
    take_queue_clear(&queue);
}

static void what_only_the_holder_can_read_comes_to_it_first_and_to_nobody_else(void **state)
{
    struct take_queue queue;
    struct take_task task;

    take_queue_init(&queue);
    take_queue_push(&queue, &A);
    take_queue_push(&queue, &B);
    take_queue_push(&queue, &C);
    take_queue_close(&queue);
    check_next(&queue, false, &A, &task);
    task.for_holder = true;
    take_queue_again(&queue, &task);
    check_next(&queue, true, &A, &task);
    assert_true(task.for_holder);
    take_queue_again(&queue, &task);
    check_next(&queue, false, &B, &task);
    take_queue_done(&queue);
    check_next(&queue, false, &C, &task);
    take_queue_done(&queue);
    assert_false(take_queue_pop(&queue, false, &task));
    check_next(&queue, true, &A, &task);
    take_queue_done(&queue);
    assert_false(take_queue_pop(&queue, true, &task));
    take_queue_clear(&queue);
}

/* The other worker has the last task, and the holder must not go: it may come back. */
static void *give_back(void *arg)
{
    struct take_queue *queue = arg;
    struct take_task task = {.table = &A, .for_holder = true};

    take_queue_again(queue, &task);
    return NULL;
}

static void the_holder_waits_for_what_others_may_give_back(void **state)
{
    struct take_queue queue;
    struct take_task task;
    pthread_t other;

    take_queue_init(&queue);
    take_queue_push(&queue, &A);
    take_queue_close(&queue);
    check_next(&queue, false, &A, &task);
    assert_int_equal(pthread_create(&other, NULL, give_back, &queue), 0);
    check_next(&queue, true, &A, &task);
    pthread_join(other, NULL);
    take_queue_done(&queue);
    assert_false(take_queue_pop(&queue, true, &task));
    take_queue_clear(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_come_in_order_and_end),
        cmocka_unit_test(what_only_the_holder_can_read_comes_to_it_first_and_to_nobody_else),
        cmocka_unit_test(the_holder_waits_for_what_others_may_give_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
