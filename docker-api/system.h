/* docker-api/system.h: the engine itself: version, info, disk usage, events.
 *
 * Layer: docker-api. Source: Engine API /version, /info, /system/df, /events.
 */
#ifndef PGKEEP_DOCKER_API_SYSTEM_H
#define PGKEEP_DOCKER_API_SYSTEM_H

#include "docker-api/engine.h"

MUST_USE struct err *system_ping(struct engine *engine);
MUST_USE struct err *system_version(struct engine *engine, json_t **out);
MUST_USE struct err *system_info(struct engine *engine, json_t **out);
MUST_USE struct err *system_disk_usage(struct engine *engine, json_t **out);

/* Follows events until on_event returns an error (given back), *stop becomes true, the deadline
 * passes (returns NULL; 0: none) or an interrupt. `filters` as documented, borrowed, may be
 * NULL; `since_unix_s` 0: from now. */
struct system_events_spec {
    const json_t *filters;
    int64_t since_unix_s;
    int64_t timeout_ms;
    struct err *(*on_event)(void *ctx, const json_t *event, bool *stop);
    void *ctx;
};
MUST_USE struct err *system_events(struct engine *engine,
                                   const struct system_events_spec *spec);

#endif
