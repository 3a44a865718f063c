/* orchestrator/restore/roles.h: the roles that a backup needs.
 *
 * Layer: orchestrator/restore.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_ROLES_H
#define PGKEEP_ORCHESTRATOR_RESTORE_ROLES_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"

/* Makes the roles of the backup's globals.sql that the server lacks, with their settings and
 * memberships; never tablespaces. Roles that exist keep what they have. *made gets their names
 * (may be NULL). */
MUST_USE struct err *roles_create_missing(const struct server *server,
                                          const struct backup *backup, struct strv *made);

bool roles_has(const struct server *server, const char *role, struct err **error);

/* Drops roles that roles_create_missing made a moment ago, where what needed them failed. That
 * it cannot is logged. */
void roles_drop(const struct server *server, const struct strv *roles);

#endif
