/* orchestrator/fingerprint/take_private.h: what the parts of a take share.
 *
 * Layer: orchestrator/fingerprint; for take*.c only. The holder's session belongs to the
 * caller's thread until take_begin returns, then to the opener (take_open.c), if there is one,
 * then to worker 0, and to the caller's thread again when all workers have ended.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_PRIVATE_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_PRIVATE_H

#include "base/thread.h"
#include "orchestrator/fingerprint/hold.h"
#include "orchestrator/fingerprint/schema.h"
#include "orchestrator/fingerprint/take.h"
#include "orchestrator/fingerprint/take_queue.h"

#define TAKE_POLL_MS 100

struct take_worker {
    struct take *take;
    struct thread thread;
    /* under the queue's lock: */
    bool ended;
    struct session *session; /* opened with the first task */
};

struct take_schema {
    struct take *take;
    struct thread thread;
    struct schema_spec spec;
    struct strv args;
    struct err *failed;
    bool ended; /* under the queue's lock */
};

struct take {
    struct take_spec spec;
    char *database;
    char *mark;        /* application_name of our pg_dump --schema-only */
    char *application; /* and of the dump's */
    char *encoding;    /* the database's */
    int64_t began_ms;
    struct session_way *way;
    struct session_way *own_way; /* the same where it is ours to free; or NULL */
    struct session *holder;      /* exported the snapshot */
    struct hold hold;
    struct fingerprint *selected; /* what a narrowed dump takes */
    struct fingerprint *early;    /* where the sequences stood before the dump; or NULL */
    struct strv early_sequences;
    struct table_list list;
    uint64_t queued_bytes;
    struct take_worker *workers;
    size_t worker_count;
    struct take_schema schema;
    struct thread opener;

    struct take_queue queue;
    /* under its lock: */
    struct fingerprint *f; /* entries are the schema thread's, until it has ended */
    bool large_objects_queued, large_objects_done;
    char *lost; /* why a worker ended early, or NULL */
    bool held;  /* the snapshot is there */
    bool dump_locked, dump_ended;
    bool opened;             /* the lists are read and the workers run, or never will */
    struct err *open_failed; /* why not */
    bool stalled;            /* given up in favour of somebody else */
    char *stuck_at;
};

/* True where the holder has locked tables in advance. */
bool take_holds(const struct take *take);

/* take_worker.c: counts what the queue gives, until there is nothing more. */
void take_workers_start(struct take *take, size_t count);
/* It is counted together with others (counter_batch). */
bool take_is_small(const struct table_item *table);
bool take_workers_ended(struct take *take); /* with the lock held */
/* Cancels in the server what they do. With the lock held. */
void take_workers_cancel(struct take *take);
void take_workers_join(struct take *take);

/* take_open.c: waits until pg_dump has its locks, then starts the counting. */
MUST_USE struct err *take_open_start(struct take *take);
void take_open_join(struct take *take);

/* take.c: reads the lists, queues what is to be counted, starts the workers. */
MUST_USE struct err *take_count_start(struct take *take);

/* take_schema.c: pg_dump --schema-only beside it. */
void take_schema_start(struct take *take);
bool take_schema_ended(struct take *take); /* with the lock held */
/* Ends pg_dump's backend, by the holder or a session of its own. */
void take_schema_cancel(struct take *take);
void take_schema_join(struct take *take);

#endif
