#include "orchestrator/fingerprint/take_queue.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

void take_queue_init(struct take_queue *queue)
{
    pthread_condattr_t monotonic;

    *queue = (struct take_queue){0};
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void take_queue_clear(struct take_queue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->tasks);
}

void take_queue_lock(struct take_queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
}

void take_queue_unlock(struct take_queue *queue)
{
    pthread_mutex_unlock(&queue->mutex);
}

static void append(struct take_queue *queue, const struct take_task *task)
{
    if (queue->count == queue->size) {
        queue->size = queue->size ? queue->size * 2 : 64;
        queue->tasks = mem_resize(queue->tasks, queue->size, sizeof(*queue->tasks));
    }
    queue->tasks[queue->count++] = *task;
    pthread_cond_broadcast(&queue->changed);
}

void take_queue_push(struct take_queue *queue, const struct table_item *table)
{
    take_queue_lock(queue);
    append(queue, &(struct take_task){.table = table});
    take_queue_unlock(queue);
}

/* The first task that is the holder's, or that is not. */
static size_t first_task(const struct take_queue *queue, bool for_holder)
{
    size_t i = queue->next;

    if (for_holder && queue->for_holder == 0)
        return queue->count;
    while (i < queue->count && queue->tasks[i].for_holder != for_holder)
        i++;
    return i;
}

/* Puts the next task for this worker to the front. */
static bool find_task(struct take_queue *queue, bool is_holder)
{
    size_t found = first_task(queue, is_holder);
    struct take_task task;

    if (is_holder && found == queue->count)
        found = first_task(queue, false);
    if (found == queue->count)
        return false;
    task = queue->tasks[found];
    memmove(queue->tasks + queue->next + 1, queue->tasks + queue->next,
            (found - queue->next) * sizeof(task));
    queue->tasks[queue->next] = task;
    return true;
}

/* What others work at may come back for the holder. */
static bool may_come(const struct take_queue *queue, bool is_holder)
{
    return !queue->closed || (is_holder && queue->running > 0);
}

bool take_queue_pop(struct take_queue *queue, bool is_holder, struct take_task *out)
{
    bool found;

    take_queue_lock(queue);
    while (!(found = find_task(queue, is_holder)) && !queue->stopped &&
           may_come(queue, is_holder))
        pthread_cond_wait(&queue->changed, &queue->mutex);
    found = found && !queue->stopped;
    if (found) {
        *out = queue->tasks[queue->next++];
        queue->for_holder -= out->for_holder;
        queue->running++;
    }
    take_queue_unlock(queue);
    return found;
}

static bool is_small(const struct take_task *task, uint64_t most_bytes)
{
    return task->table && !task->for_holder && task->attempts == 0 &&
           task->table->bytes <= most_bytes;
}

size_t take_queue_pop_small(struct take_queue *queue, uint64_t most_bytes, size_t most,
                            struct take_task *out)
{
    size_t found = 0;

    take_queue_lock(queue);
    while (found < most && !queue->stopped && queue->next < queue->count &&
           is_small(&queue->tasks[queue->next], most_bytes))
        out[found++] = queue->tasks[queue->next++];
    queue->running += found;
    take_queue_unlock(queue);
    return found;
}

static void end_task(struct take_queue *queue)
{
    queue->running--;
    pthread_cond_broadcast(&queue->changed);
}

void take_queue_done(struct take_queue *queue)
{
    take_queue_lock(queue);
    end_task(queue);
    take_queue_unlock(queue);
}

void take_queue_again(struct take_queue *queue, const struct take_task *task)
{
    take_queue_lock(queue);
    append(queue, task);
    queue->for_holder += task->for_holder;
    end_task(queue);
    take_queue_unlock(queue);
}

void take_queue_close(struct take_queue *queue)
{
    take_queue_lock(queue);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    take_queue_unlock(queue);
}

void take_queue_stop(struct take_queue *queue)
{
    take_queue_lock(queue);
    queue->stopped = true;
    pthread_cond_broadcast(&queue->changed);
    take_queue_unlock(queue);
}

bool take_queue_is_stopped(struct take_queue *queue)
{
    bool stopped;

    take_queue_lock(queue);
    stopped = queue->stopped;
    take_queue_unlock(queue);
    return stopped;
}

void take_queue_wait(struct take_queue *queue, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&queue->changed, &queue->mutex, &until);
}
