/* orchestrator/fingerprint/pins.h: a session whose answers depend on the data alone.
 *
 * Layer: orchestrator/fingerprint. Whatever the server, the database or the role sets: every
 * setting that shapes how a value prints is set, time limits are off, row security raises an
 * error instead of hiding rows, and names go both ways in the database's own encoding, as they
 * stand in its dumps.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_PINS_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_PINS_H

#include "orchestrator/session/session.h"

/* How long a statement waits for a table that is locked exclusively: "(SQLSTATE 55P03)". */
#define PINS_LOCK_TIMEOUT_MS 3000

/* Where the server can do that, it reads no view and no foreign table of a user's from then on.
 */
MUST_USE struct err *pins_set(struct session *session, int server_version_num);

/* Begins a transaction that changes nothing and takes no snapshot yet. */
extern const char PINS_BEGIN_SQL[];

/* Begins one that imports a snapshot. */
MUST_USE struct err *pins_begin(struct session *session, const char *snapshot);

/* To what pins_release goes back. A subtransaction can export no snapshot, so this comes after
 * that; what is locked before it stays locked. */
MUST_USE struct err *pins_savepoint(struct session *session);

/* Gives back what was locked since pins_begin or pins_savepoint, and clears its error. */
MUST_USE struct err *pins_release(struct session *session);

/* Runs `sql` as session_query does, then pins_release. *failed is what the server objects to
 * (ERR_TOOL), for the caller to free; or NULL. The result: the session is of no use any more.
 */
MUST_USE struct err *pins_query(struct session *session, const char *sql, size_t columns,
                                struct rows *out, struct err **failed);

/* The same for what has been run already: `e` is how it ended and *out what it gave. Of `e`'s
 * kinds ERR_CONFLICT too goes into *failed. */
MUST_USE struct err *pins_settle(struct session *session, struct err *e, struct rows *out,
                                 struct err **failed);

#endif
