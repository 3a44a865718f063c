/* orchestrator/target/self.h: which of the engine's containers does this process run in?
 *
 * Layer: orchestrator/target. What the process sees of itself, compared with what the engine
 * says of a container. target_self (target.h) is what others call.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_SELF_H
#define PGKEEP_ORCHESTRATOR_TARGET_SELF_H

#include "base/jsonx.h"
#include "base/strv.h"
#include <stdbool.h>

/* Texts are borrowed. */
struct self_view {
    const char *mountinfo; /* /proc/self/mountinfo */
    const char *cgroup;    /* /proc/self/cgroup */
    const char *hostname;
    bool marked; /* there is a /.dockerenv or /run/.containerenv */
};

/* Ids, or beginnings of them, worth asking the engine for; none outside of containers. */
void self_candidates(const struct self_view *view, struct strv *out_ids);

enum self_match {
    SELF_NO,
    SELF_MAYBE,   /* nothing speaks against it */
    SELF_CERTAIN, /* what only one container can have */
};

/* `inspect` is the engine's document of a container. */
enum self_match self_match(const struct self_view *view, const json_t *inspect);

#endif
