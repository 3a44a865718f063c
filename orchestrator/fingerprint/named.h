/* orchestrator/fingerprint/named.h: read a relation by its name only if it still is the one
 * that was listed.
 *
 * Layer: orchestrator/fingerprint.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_NAMED_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_NAMED_H

#include "orchestrator/session/session.h"

/* What is said of a name that another relation has by now. */
#define NAMED_TAKEN "another relation has taken its place"

/* All borrowed. */
struct named_relation {
    const char *schema;
    const char *name;
    const char *oid; /* digits */
};

/* Runs the query `sql`, which reads these relations and no other of a user's, and then
 * pins_release. *failed, for the caller to free, is what the server objects to (ERR_TOOL), or
 * that one of them is not any more what it was (ERR_CONFLICT: NAMED_TAKEN): then nothing was
 * run. The result: the session is of no use any more. */
MUST_USE struct err *named_query(struct session *session, const char *sql,
                                 const struct named_relation *relations, size_t count,
                                 size_t columns, struct rows *out, struct err **failed);

#endif
