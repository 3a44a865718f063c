/* Beside a dump: pg_dump was told the snapshot and is on its way to its own locks. Until it has
 * them nothing else is read, so that nothing makes that way longer; and somebody may have come
 * between (stall.h), or a table that we did not lock may have changed. Then this gives up the
 * transaction, so that whoever waits for us can go on, and the caller begins anew. */
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include "orchestrator/fingerprint/stall.h"
#include "orchestrator/fingerprint/take_private.h"
#include <stdlib.h>

#define LOOK_MS 100
/* Where pg_dump locks fewer tables than we think: so often the same number, and no waiting. */
#define QUIET_LOOKS 15

/* What is seen of one pg_dump. */
struct progress_of_locks {
    int64_t locked;
    int quiet;
};

/* False: there is nothing more to wait for. */
static bool wait_a_little(struct take *take)
{
    bool go_on;

    take_queue_lock(&take->queue);
    if (!take->queue.stopped)
        take_queue_wait(&take->queue, LOOK_MS);
    go_on = !take->queue.stopped;
    take_queue_unlock(&take->queue);
    return go_on;
}

static bool dump_is_through(struct take *take)
{
    bool through;

    take_queue_lock(&take->queue);
    through = take->dump_locked || take->dump_ended;
    take_queue_unlock(&take->queue);
    return through;
}

static bool schema_is_through(struct take *take)
{
    bool through;

    take_queue_lock(&take->queue);
    through = take_schema_ended(take);
    take_queue_unlock(&take->queue);
    return through;
}

static struct err *give_way(struct take *take, const char *stuck_at, const char *why)
{
    struct err *e;

    log_debug("%s: %s: the snapshot is taken anew", take->database, why);
    take_queue_lock(&take->queue);
    take->stalled = true;
    mem_replace(&take->stuck_at, stuck_at);
    take_queue_unlock(&take->queue);
    e = stall_end(take->holder, take->application);
    e = err_first(e, stall_end(take->holder, take->mark));
    return err_first(session_execute(take->holder, "ROLLBACK"), e);
}

/* *through: this pg_dump has its locks. */
static struct err *look_at_dump(struct take *take, const char *application,
                                struct progress_of_locks *progress, bool *through)
{
    size_t all = lock_list_count(&take->hold.locked) + lock_list_count(&take->hold.others);
    AUTO(stall_sight_clear) struct stall_sight sight = {0};

    PASS(stall_look(take->holder, application, &sight));
    if (sight.stuck)
        return give_way(take, sight.relation, "pg_dump waits for somebody who waits for us");
    progress->quiet = sight.waits || sight.locked == 0 || sight.locked != progress->locked
                          ? 0
                          : progress->quiet + 1;
    progress->locked = sight.locked;
    *through =
        sight.connected && (sight.locked >= (int64_t)all || progress->quiet >= QUIET_LOOKS);
    return NULL;
}

static struct err *wait_for_locks(struct take *take)
{
    struct progress_of_locks of_dump = {0}, of_schema = {0};
    bool dump = false, schema = false;

    while (!take->stalled && !(dump && schema) && wait_a_little(take)) {
        dump = dump || dump_is_through(take);
        schema = schema || schema_is_through(take);
        if (!dump)
            PASS(look_at_dump(take, take->application, &of_dump, &dump));
        if (!schema && !take->stalled)
            PASS(look_at_dump(take, take->mark, &of_schema, &schema));
    }
    return NULL;
}

static struct err *go_on(struct take *take)
{
    bool moved = false;

    PASS(wait_for_locks(take));
    if (take->stalled || take_queue_is_stopped(&take->queue))
        return NULL;
    PASS(hold_others_moved(&take->hold, &moved));
    if (moved)
        return give_way(take, NULL, "a table changed before it was locked");
    PASS(hold_lock_others(&take->hold));
    PASS(pins_savepoint(take->holder));
    return take_count_start(take);
}

static void *open_take(void *arg)
{
    struct take *take = arg;
    struct err *e = go_on(take);

    take_queue_lock(&take->queue);
    take->open_failed = e;
    take->opened = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
    return NULL;
}

MUST_USE struct err *take_open_start(struct take *take)
{
    TRY(thread_start(&take->opener, open_take, take), "watch pg_dump");
    return NULL;
}

void take_open_join(struct take *take)
{
    thread_join(&take->opener);
}

static void note_dump(struct take *take, bool *what)
{
    take_queue_lock(&take->queue);
    *what = true;
    pthread_cond_broadcast(&take->queue.changed);
    take_queue_unlock(&take->queue);
}

void take_dump_locked(struct take *take)
{
    note_dump(take, &take->dump_locked);
}

bool take_dumped(struct take *take, char **stuck_at)
{
    note_dump(take, &take->dump_ended);
    take_queue_lock(&take->queue);
    if (!take->opener.started)
        take->opened = true;
    while (!take->opened)
        take_queue_wait(&take->queue, TAKE_POLL_MS);
    take_queue_unlock(&take->queue);
    *stuck_at = mem_strdup(take->stuck_at ? take->stuck_at : "");
    return !take->stalled;
}
