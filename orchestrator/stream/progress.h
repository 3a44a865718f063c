/* orchestrator/stream/progress.h: what long work says about itself while it runs.
 *
 * Layer: orchestrator/stream. The work calls; whoever started it (the cli, later the service)
 * shows. A NULL progress, or NULL members, say nothing.
 */
#ifndef PGKEEP_ORCHESTRATOR_STREAM_PROGRESS_H
#define PGKEEP_ORCHESTRATOR_STREAM_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress_step {
    const char *subject; /* "app-db/app" */
    const char *phase;   /* "dump", "restore", ... */
    const char *item;    /* "public.events", or NULL */
    size_t number;       /* of `total` items; total 0: unknown */
    size_t total;
    uint64_t bytes;          /* done */
    uint64_t expected_bytes; /* estimate; 0: unknown */
};

struct progress {
    /* Called very often: the receiver limits the rate. */
    void (*step)(void *ctx, const struct progress_step *step);
    /* One event worth a line: "app-db/app", "ready", "PostgreSQL 17.2, 1.2 GiB". */
    void (*event)(void *ctx, const char *subject, const char *phase, const char *text);
    void *ctx;
};

static inline void progress_step(const struct progress *p, const struct progress_step *step)
{
    if (p && p->step)
        p->step(p->ctx, step);
}

static inline void progress_event(const struct progress *p, const char *subject,
                                  const char *phase, const char *text)
{
    if (p && p->event)
        p->event(p->ctx, subject, phase, text);
}

#endif
