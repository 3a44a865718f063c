/* orchestrator/proof/throwaway.h: a container that lives for one restore test.
 *
 * Layer: orchestrator/proof. Made from the exact image and command line of the source; network
 * none, no published port, none of the source's volumes, memory and processor limits, data on
 * an anonymous volume, fsync off. It carries the label pgkeep.throwaway=MARK
 * (repository/mark.h) and is removed in every case; what a killed run left, the next run of the
 * repository removes.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_THROWAWAY_H
#define PGKEEP_ORCHESTRATOR_PROOF_THROWAWAY_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/target/target.h"

struct throwaway;

struct throwaway_spec {
    struct engine *engine;
    const struct settings *settings; /* memory, cpus, user, ... */
    const struct target *source;     /* NULL: it is gone */
    const char *image;               /* what to run */
    const char *user;                /* superuser to make */
    const char *mark;
    int64_t wait_ms;
};

/* Creates it, starts it, waits until it is really ready. *notes gets what differs from the
 * source. ERR_UNPROVEN: no such image, not enough memory, it does not start, ... */
MUST_USE struct err *throwaway_start(const struct throwaway_spec *spec, struct strv *notes,
                                     struct throwaway **out);
struct server *throwaway_server(const struct throwaway *throwaway);
const char *throwaway_image_id(const struct throwaway *throwaway);

/* Removes it and its volumes; works after an interrupt too. */
void throwaway_free(struct throwaway *throwaway);
void throwaway_freep(struct throwaway **throwaway);

/* Removes those whose run is gone. */
MUST_USE struct err *throwaway_sweep(struct engine *engine, struct repository *repository);

#endif
