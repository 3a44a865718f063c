#include "orchestrator/fingerprint/take_queue.h"
#include "base/mem.h"
#include <stdlib.h>
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

bool take_queue_pop(struct take_queue *queue, struct take_task *out)
{
    bool found;

    take_queue_lock(queue);
    while (!queue->stopped && !queue->closed && queue->next == queue->count)
        pthread_cond_wait(&queue->changed, &queue->mutex);
    found = !queue->stopped && queue->next < queue->count;
    if (found)
        *out = queue->tasks[queue->next++];
    take_queue_unlock(queue);
    return found;
}

void take_queue_again(struct take_queue *queue, const struct take_task *task)
{
    take_queue_lock(queue);
    append(queue, task);
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
