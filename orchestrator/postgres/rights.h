/* orchestrator/postgres/rights.h: what of a database our role may not read, so that pg_dump
 * fails there.
 *
 * Layer: orchestrator/postgres.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_RIGHTS_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_RIGHTS_H

#include "orchestrator/postgres/server.h"

/* Appends a sentence for each kind of thing, with how many and the first of them; none for a
 * superuser, who reads all. What belongs to an extension is not counted. */
MUST_USE struct err *rights_missing(const struct server *server, const char *database,
                                    struct strv *out);

#endif
