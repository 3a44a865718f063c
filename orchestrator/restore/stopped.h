/* orchestrator/restore/stopped.h: containers that stand still while a restore works.
 *
 * Layer: orchestrator/restore. What was stopped is written to REPOSITORY/.runs/TOKEN.stopped
 * before the first container stops, so that after a kill -9 the next run starts them again.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_STOPPED_H
#define PGKEEP_ORCHESTRATOR_RESTORE_STOPPED_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/target/target.h"

struct stopped;

/* Stops the running containers of the target's compose project that match any of `wanted`: a
 * service's name, or a label KEY or KEY=VALUE. Never the target itself. ERR_NOT_FOUND: one of
 * them matches nothing; ERR_USAGE: the target is in no compose project. */
MUST_USE struct err *stopped_begin(struct engine *engine, struct repository *repository,
                                   const struct run_token *token, const struct target *target,
                                   const struct strv *wanted, struct stopped **out);

/* Starts them again; what cannot be started is logged. Works after an interrupt too. */
void stopped_end(struct stopped *stopped);
void stopped_endp(struct stopped **stopped);

/* Starts what a run that is gone had stopped. */
MUST_USE struct err *stopped_sweep(struct engine *engine, struct repository *repository);

#endif
