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
    bool for_holder;                /* somebody waits for its lock, which the holder has */
};

struct take_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct take_task *tasks;
    size_t next, count, size;
    size_t running;    /* taken, and neither done nor given back */
    size_t for_holder; /* of those that wait */
    bool closed;       /* nothing new comes */
    bool stopped;      /* nothing goes on */
};

void take_queue_init(struct take_queue *queue);
void take_queue_clear(struct take_queue *queue);
void take_queue_lock(struct take_queue *queue);
void take_queue_unlock(struct take_queue *queue);

void take_queue_push(struct take_queue *queue, const struct table_item *table);

/* The next task; waits for one. Those for the holder go to nobody else, and to it first. False:
 * there is none any more. */
bool take_queue_pop(struct take_queue *queue, bool is_holder, struct take_task *out);

/* Without waiting: more tasks to do together with the first, `most` at most, tables of
 * `most_bytes` at most that nobody tried yet. The number of them. */
size_t take_queue_pop_small(struct take_queue *queue, uint64_t most_bytes, size_t most,
                            struct take_task *out);

/* The task that was taken is done, or goes to the end. */
void take_queue_done(struct take_queue *queue);
void take_queue_again(struct take_queue *queue, const struct take_task *task);

void take_queue_close(struct take_queue *queue);
void take_queue_stop(struct take_queue *queue);
bool take_queue_is_stopped(struct take_queue *queue);

/* With the lock held: waits until something changes, `ms` at most. */
void take_queue_wait(struct take_queue *queue, int64_t ms);

#endif
