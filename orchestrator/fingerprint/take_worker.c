#include "base/mem.h"
#include "orchestrator/fingerprint/counter.h"
#include "orchestrator/fingerprint/large_objects.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/fingerprint/take_private.h"
#include <stdlib.h>

/* A table that is locked exclusively is tried again after the others, and waited for
 * PINS_LOCK_TIMEOUT_MS each time. Not where the holder has a lock on it: then somebody else
 * waits for the table, the server lets nobody pass him, and only the holder can read it. */
#define LOCKED_ATTEMPTS 11 /* the first of them short, among small tables */
#define LOCK_TIMEOUT_BESIDE_HOLDER_MS "200"

/* What is read as fast as a round trip takes. */
#define SMALL_BYTES (UINT64_C(128) << 10)

/* One that is locked holds up none of the others: it is waited for when they are done. The next
 * pins_release takes that back. */
static const char SHORT_WAIT_SQL[] = "SET LOCAL lock_timeout = 100";

static struct err *open_session(struct take *take, struct session **out)
{
    AUTO(session_closep) struct session *session = NULL;

    PASS(session_open(take->way, take->database, &session));
    PASS(pins_set(session, take->spec.server->version_num));
    if (take_holds(take))
        PASS(session_execute(session, "SET lock_timeout = " LOCK_TIMEOUT_BESIDE_HOLDER_MS));
    PASS(pins_begin(session, take->hold.snapshot));
    *out = TAKE(session);
    return NULL;
}

static struct err *need_session(struct take_worker *worker)
{
    struct session *session = NULL;

    if (worker->session)
        return NULL;
    PASS(open_session(worker->take, &session));
    take_queue_lock(&worker->take->queue);
    worker->session = session;
    take_queue_unlock(&worker->take->queue);
    return NULL;
}

static enum fingerprint_depth depth_now(struct take *take)
{
    enum fingerprint_depth depth;

    take_queue_lock(&take->queue);
    depth = take->f->depth;
    take_queue_unlock(&take->queue);
    return depth;
}

static void keep_table(struct take *take, const struct take_task *task,
                       struct fingerprint_table *counted)
{
    struct fingerprint_table *table;

    take_queue_lock(&take->queue);
    table = fingerprint_add_table(take->f, task->table->schema, task->table->name);
    table->rows = counted->rows;
    table->has_content = counted->has_content;
    table->digest = counted->digest;
    table->without_generated = counted->without_generated;
    table->why_not = TAKE(counted->why_not);
    take_queue_unlock(&take->queue);
}

/* *again: somebody or something came in between. */
static struct err *count_table(struct take_worker *worker, struct take_task *task, bool *again)
{
    struct take *take = worker->take;
    const struct counter counter = {.session = worker->session,
                                    .server_version_num = take->spec.server->version_num,
                                    .depth = depth_now(take)};
    struct fingerprint_table counted = {0};
    bool locked = false;
    struct err *e = counter_table(&counter, task->table, &counted, &locked);

    /* a statement that we ourselves cancelled has no reason of its own */
    *again = e || take_queue_is_stopped(&take->queue) ||
             (locked && ++task->attempts < LOCKED_ATTEMPTS);
    task->for_holder = locked && *again && take_holds(take);
    if (!*again)
        keep_table(take, task, &counted);
    free(counted.why_not);
    return e;
}

static struct err *count_large_objects(struct take_worker *worker, bool *again)
{
    struct take *take = worker->take;
    struct fingerprint_large_objects counted = {0};
    struct err *e = large_objects_read(worker->session, depth_now(take), take->spec.no_owner,
                                       &take->schema.args, &counted);

    *again = e || take_queue_is_stopped(&take->queue);
    if (*again) {
        free(counted.why_not);
        return e;
    }
    take_queue_lock(&take->queue);
    take->f->large_objects = counted;
    take->large_objects_done = true;
    take_queue_unlock(&take->queue);
    return NULL;
}

bool take_is_small(const struct table_item *table)
{
    return table && table->bytes <= SMALL_BYTES;
}

static struct err *count_batch(struct take_worker *worker, const struct take_task *tasks,
                               size_t count, struct fingerprint_table *counted, bool *done)
{
    struct take *take = worker->take;
    const struct counter counter = {.session = worker->session,
                                    .server_version_num = take->spec.server->version_num,
                                    .depth = depth_now(take)};
    const struct table_item *tables[COUNTER_BATCH_MOST];
    struct err *e;

    for (size_t i = 0; i < count; i++)
        tables[i] = tasks[i].table;
    PASS(session_execute(worker->session, SHORT_WAIT_SQL));
    e = counter_batch(&counter, tables, count, counted, done);
    if (e || take_queue_is_stopped(&take->queue))
        for (size_t i = 0; i < count; i++)
            done[i] = false;
    return e;
}

static bool is_holder(const struct take_worker *worker)
{
    return worker == worker->take->workers;
}

static struct err *do_task(struct take_worker *worker, struct take_task *task, struct err *e)
{
    bool again = true;

    if (!e)
        e = need_session(worker);
    if (!e)
        e = task->table ? count_table(worker, task, &again)
                        : count_large_objects(worker, &again);
    if (again)
        take_queue_again(&worker->take->queue, task);
    else
        take_queue_done(&worker->take->queue);
    return e;
}

/* The task and more of its size; what could not be done together is done one by one. */
static struct err *do_batch(struct take_worker *worker, const struct take_task *first)
{
    struct take *take = worker->take;
    struct take_task tasks[COUNTER_BATCH_MOST] = {*first};
    struct fingerprint_table counted[COUNTER_BATCH_MOST] = {0};
    bool done[COUNTER_BATCH_MOST] = {false};
    size_t count =
        1 + take_queue_pop_small(&take->queue, SMALL_BYTES, COUNTER_BATCH_MOST - 1, tasks + 1);
    struct err *e = need_session(worker);

    if (!e && count > 1)
        e = count_batch(worker, tasks, count, counted, done);
    for (size_t i = 0; i < count; i++) {
        if (done[i]) {
            keep_table(take, &tasks[i], &counted[i]);
            take_queue_done(&take->queue);
        } else {
            if (!e && count > 1)
                e = session_execute(worker->session, SHORT_WAIT_SQL);
            e = do_task(worker, &tasks[i], e);
        }
        free(counted[i].why_not);
    }
    return e;
}

static void end_worker(struct take_worker *worker, struct err *e)
{
    struct take *take = worker->take;
    struct session *session = NULL;

    take_queue_lock(&take->queue);
    if (e && !take->queue.stopped) {
        free(take->lost);
        take->lost = err_text(e);
    }
    if (worker->session != take->holder)
        session = worker->session;
    worker->session = NULL;
    take_queue_unlock(&take->queue);
    session_close(session);
    take_queue_lock(&take->queue);
    worker->ended = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
}

static void *work(void *arg)
{
    struct take_worker *worker = arg;
    AUTO(err_freep) struct err *e = NULL;
    struct take_task task;

    while (!e && take_queue_pop(&worker->take->queue, is_holder(worker), &task))
        e = take_is_small(task.table) && task.attempts == 0 ? do_batch(worker, &task)
                                                            : do_task(worker, &task, NULL);
    end_worker(worker, e);
    return NULL;
}

void take_workers_start(struct take *take, size_t count)
{
    take->workers = mem_new(count, sizeof(*take->workers));
    take->worker_count = count;
    take->workers[0].session = take->holder;
    for (size_t i = 0; i < count; i++) {
        struct take_worker *worker = &take->workers[i];
        AUTO(err_freep) struct err *e = NULL;

        worker->take = take;
        e = thread_start(&worker->thread, work, worker);
        if (e) {
            take_queue_lock(&take->queue);
            worker->ended = true;
            worker->session = NULL;
            take_queue_unlock(&take->queue);
        }
    }
}

bool take_workers_ended(struct take *take)
{
    for (size_t i = 0; i < take->worker_count; i++)
        if (!take->workers[i].ended)
            return false;
    return true;
}

void take_workers_cancel(struct take *take)
{
    for (size_t i = 0; i < take->worker_count; i++)
        if (take->workers[i].session)
            session_cancel(take->workers[i].session);
}

void take_workers_join(struct take *take)
{
    for (size_t i = 0; i < take->worker_count; i++)
        thread_join(&take->workers[i].thread);
}
