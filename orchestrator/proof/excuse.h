/* orchestrator/proof/excuse.h: is a restore that failed an excuse for the backup?
 *
 * Layer: orchestrator/proof. "different" is said only of what the backup itself is guilty of.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_EXCUSE_H
#define PGKEEP_ORCHESTRATOR_PROOF_EXCUSE_H

#include "base/strv.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/manifest.h"

/* ERR_UNPROVEN with the reason where one of the errors of the tool that restored into `server`
 * is the place's fault, or may be; NULL where all of them are the backup's own. */
MUST_USE struct err *excuse_errors(const struct manifest *manifest, const struct server *server,
                                   const struct strv *errors);

#endif
