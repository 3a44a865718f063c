/* orchestrator/proof/sabotage.h: harm a restored copy, to see that its proof finds it.
 *
 * Layer: orchestrator/proof. Only where PGKEEP_TEST_HOOKS is defined (make TEST_HOOKS=1); the
 * program that ships has nothing of it.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_SABOTAGE_H
#define PGKEEP_ORCHESTRATOR_PROOF_SABOTAGE_H

#include "orchestrator/postgres/server.h"

#ifdef PGKEEP_TEST_HOOKS
/* Runs the SQL of the file that the environment's SABOTAGE_SQL names, if it does, in the copy
 * between restore and comparison. */
MUST_USE struct err *sabotage_copy(const struct server *server, const char *database);
#else
static inline struct err *sabotage_copy(const struct server *server, const char *database)
{
    (void)server;
    (void)database;
    return NULL;
}
#endif

#endif
