/* docker-api/container_event.h: which of the engine's events say that a container's state
 * changed.
 *
 * Layer: docker-api. Pure. Source: Engine API /events; Podman's words for the same.
 */
#ifndef PGKEEP_DOCKER_API_CONTAINER_EVENT_H
#define PGKEEP_DOCKER_API_CONTAINER_EVENT_H

#include "base/jsonx.h"
#include <stdbool.h>

/* True for start, end, pause, removal, rename and health of a container; not for execs and
 * what else a container that runs does all the time. Ask for events without the filter
 * "event": engines differ in its words, and one that they do not know matches nothing. */
bool container_event_is_change(const json_t *event);

#endif
