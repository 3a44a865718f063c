/* orchestrator/fingerprint/take_private.h: what the parts of a take share.
 *
 * Layer: orchestrator/fingerprint; for take*.c only. The caller's thread has the holder until
 * take_begin returns and after all workers have ended; in between worker 0 has it.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_PRIVATE_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_PRIVATE_H

#include "orchestrator/fingerprint/schema.h"
#include "orchestrator/fingerprint/take.h"
#include "orchestrator/fingerprint/take_queue.h"

#define TAKE_POLL_MS 100

struct take_worker {
    struct take *take;
    pthread_t thread;
    bool joinable;
    /* under the queue's lock: */
    bool ended;
    struct session *session; /* opened with the first task */
};

struct take_schema {
    struct take *take;
    pthread_t thread;
    bool joinable;
    struct schema_spec spec;
    struct strv args;
    struct err *failed;
    bool ended; /* under the queue's lock */
};

struct take {
    struct take_spec spec;
    char *database;
    char *snapshot;
    char *mark;     /* application_name of our pg_dump */
    char *encoding; /* the database's */
    int64_t began_ms;
    struct session_way *way;
    struct session *holder; /* exported the snapshot */
    struct table_list list;
    uint64_t queued_bytes;
    struct take_worker *workers;
    size_t worker_count;
    struct take_schema schema;

    struct take_queue queue;
    /* under its lock: */
    struct fingerprint *f; /* entries are the schema thread's, until it has ended */
    bool large_objects_queued, large_objects_done;
    char *lost; /* why a worker ended early, or NULL */
};

/* A thread that leaves signals to the caller's. False: there is none. */
bool take_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* take_worker.c: counts what the queue gives, until there is nothing more. */
void take_workers_start(struct take *take, size_t count);
bool take_workers_ended(struct take *take); /* with the lock held */
/* Cancels in the server what they do. With the lock held. */
void take_workers_cancel(struct take *take);
void take_workers_join(struct take *take);

/* take_schema.c: pg_dump --schema-only beside it. */
void take_schema_start(struct take *take);
bool take_schema_ended(struct take *take); /* with the lock held */
/* Ends pg_dump's backend, by the holder or a session of its own. */
void take_schema_cancel(struct take *take);
void take_schema_join(struct take *take);

#endif
