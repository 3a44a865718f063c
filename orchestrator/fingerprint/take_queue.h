/* orchestrator/fingerprint/take_queue.h: what is still to be counted, between threads.
 *
 * Layer: orchestrator/fingerprint. One mutex for all that the threads of a take share:
 * take_queue_lock guards more than the queue.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_QUEUE_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_QUEUE_H

#include "orchestrator/fingerprint/table_list.h"
#include <pthread.h>

struct take_task {
    const struct table_item *table; /* NULL: the large objects */
    int attempts;                   /* that failed */
};

struct take_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct take_task *tasks;
    size_t next, count, size;
    bool closed;  /* nothing new comes */
    bool stopped; /* nothing goes on */
};

void take_queue_init(struct take_queue *queue);
void take_queue_clear(struct take_queue *queue);
void take_queue_lock(struct take_queue *queue);
void take_queue_unlock(struct take_queue *queue);

void take_queue_push(struct take_queue *queue, const struct table_item *table);

/* The next task; waits for one. False: there is none any more. */
bool take_queue_pop(struct take_queue *queue, struct take_task *out);

/* The task goes to the end. */
void take_queue_again(struct take_queue *queue, const struct take_task *task);

void take_queue_close(struct take_queue *queue);
void take_queue_stop(struct take_queue *queue);
bool take_queue_is_stopped(struct take_queue *queue);

/* With the lock held: waits until something changes, `ms` at most. */
void take_queue_wait(struct take_queue *queue, int64_t ms);

#endif
