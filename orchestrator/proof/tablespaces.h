/* orchestrator/proof/tablespaces.h: stand-ins for the source's tablespaces in a throwaway
 * server.
 *
 * Layer: orchestrator/proof. pg_restore leaves tablespaces out (--no-tablespaces); a plain dump
 * is a script that names them, so in the throwaway server there must be some of those names.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_TABLESPACES_H
#define PGKEEP_ORCHESTRATOR_PROOF_TABLESPACES_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"

/* How many tablespaces the source had. */
MUST_USE struct err *tablespaces_count(const struct backup *backup, size_t *out);

/* Makes each tablespace of the backup's globals in a folder of the throwaway container. The
 * server must be a throwaway one, its user a superuser. */
MUST_USE struct err *tablespaces_stand_in(const struct server *server,
                                          const struct backup *backup);

#endif
