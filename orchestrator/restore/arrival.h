/* orchestrator/restore/arrival.h: did the rows arrive in the tables that they were sent to?
 *
 * Layer: orchestrator/restore. A trigger of a table that is in use may drop each row that
 * comes, and pg_restore ends well. The server's own counts of inserted rows tell; where it
 * keeps none (track_counts), nothing is said.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_ARRIVAL_H
#define PGKEEP_ORCHESTRATOR_RESTORE_ARRIVAL_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/restore/restored.h"

/* Before the load: the counts of all tables of the database. */
MUST_USE struct err *arrival_read(const struct server *server, const char *database,
                                  struct rows *out);

/* After it. ERR_FAILED: of a table that was sent rows, none arrived. */
MUST_USE struct err *arrival_check(const struct server *server, const char *database,
                                   const struct rows *before, const struct restored_list *sent);

#endif
