/* base/thread.h: threads, which leave signals to the one that started the program.
 *
 * Layer: base. SIGINT and SIGTERM are a flag (base/interrupt.h) and end what waits for an
 * event; a signal that another thread took would wake nobody.
 */
#ifndef PGKEEP_BASE_THREAD_H
#define PGKEEP_BASE_THREAD_H

#include "base/err.h"
#include <pthread.h>
#include <stdbool.h>

/* All zero: not started. */
struct thread {
    pthread_t id;
    bool started; /* and not joined */
};

/* Runs body(ctx) in a thread; the caller joins. `thread` must stay where it is until then.
 * ERR_FAILED: there is none, and nothing runs. */
MUST_USE struct err *thread_start(struct thread *thread, void *(*body)(void *ctx), void *ctx);

/* Waits for its end; nothing to do for one that was not started, or was joined. */
void thread_join(struct thread *thread);

#endif
