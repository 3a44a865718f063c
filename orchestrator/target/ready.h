/* orchestrator/target/ready.h: wait until a target is really ready.
 *
 * Layer: orchestrator/target. The official image answers on its Unix socket while it is still
 * initialising, and then restarts (docker-library/postgres#146, #880). Ready needs all of: the
 * container runs; its HEALTHCHECK, if it has one, is healthy; the server answers a query; and
 * it answers on 127.0.0.1 inside the container. Where it listens on no TCP there, the temporary
 * server is told from the final one by who set listen_addresses, by process 1, and by the same
 * postmaster answering twice across a restart's length.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_READY_H
#define PGKEEP_ORCHESTRATOR_TARGET_READY_H

#include "orchestrator/target/target.h"

/* Waits, polling with back-off and woken by the container's events. On success *out is the
 * connected server (the caller frees). ERR_TIMEOUT says what was missing; ERR_CONFLICT at once
 * when the container exited, turned unhealthy or is paused, with its last log lines. */
MUST_USE struct err *target_wait(struct engine *engine, struct target *target,
                                 int64_t timeout_ms, struct server **out);

#endif
