/* orchestrator/target/swarm.h: containers that are tasks of a Swarm service.
 *
 * Layer: orchestrator/target. Pure. Swarm makes a new container, with a random name, for each
 * attempt at a task and keeps some of the old ones: what stays is the service and the task's
 * slot in it. `labels` is an object or NULL; texts given back are borrowed.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_SWARM_H
#define PGKEEP_ORCHESTRATOR_TARGET_SWARM_H

#include "base/jsonx.h"

/* The service, or "" if it is no task. */
const char *swarm_service(const json_t *labels);

/* Its number among the service's replicas, from 1 on; 0 for a global service, of which each
 * engine has one task, and where it is not known. */
long swarm_slot(const json_t *labels);

/* The stack that the service was deployed with (docker stack deploy), or "". */
const char *swarm_stack(const json_t *labels);

/* An attempt that is over: its service runs in another container, or a later attempt at the
 * same slot is there. `containers` is the array of GET /containers/json with all of them, and
 * `container` an element of it. */
bool swarm_is_past(const json_t *containers, const json_t *container);

#endif
