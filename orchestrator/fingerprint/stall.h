/* orchestrator/fingerprint/stall.h: do our pg_dumps get their locks, beside a hold?
 *
 * Layer: orchestrator/fingerprint.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_STALL_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_STALL_H

#include "orchestrator/session/session.h"

struct stall_sight {
    bool connected;
    int64_t locked; /* tables; of the backend that has most of them */
    bool waits;     /* one of them waits for a lock */
    bool stuck;     /* ... of somebody who waits for us: neither goes on by itself */
    char *relation; /* the oid of what it is stuck at; the caller frees */
};

/* Looks for the backends with this application_name, in the holder's transaction. */
MUST_USE struct err *stall_look(struct session *holder, const char *application,
                                struct stall_sight *out);
void stall_sight_clear(struct stall_sight *sight);

/* Ends the backends with this application_name. */
MUST_USE struct err *stall_end(struct session *session, const char *application);

#endif
