/* orchestrator/fingerprint/hold.h: the transaction whose snapshot a dump and its fingerprint
 * share, begun so that no table changes between the snapshot and pg_dump's own locks.
 *
 * Layer: orchestrator/fingerprint. The tables are locked first (ACCESS SHARE), the snapshot is
 * taken then: LOCK as a transaction's first statement takes none.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_HOLD_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_HOLD_H

#include "orchestrator/fingerprint/lock_list.h"

struct hold {
    struct session *session;            /* borrowed; pins_set */
    const char *subject;                /* for messages: the container; borrowed */
    bool locks;                         /* false: only the snapshot */
    const struct fingerprint *selected; /* what a narrowed dump takes (borrowed); NULL: all */
    const struct strv *avoid;           /* oids that are not locked (borrowed), or NULL */
    int64_t timeout_ms;                 /* for all locks together; 0: no limit */
    /* what hold_begin gives: */
    char *snapshot;          /* exported */
    struct lock_list locked; /* the tables that the transaction holds */
    struct lock_list others; /* those that pg_dump will lock besides */
};

/* Tables that come and go while this works are left to pg_dump after a few rounds (`others`).
 * A role that may not lock them locks none. ERR_TIMEOUT: somebody held a lock all the time, and
 * the message says who. Else errors of session_query. No savepoint is set. */
MUST_USE struct err *hold_begin(struct hold *hold);

/* Somebody holds a lock for which the caller has waited since began_ms: says who in the log,
 * and in an error where the time is over (ERR_TIMEOUT). `list`: the tables asked for, NULL:
 * any. *found is false where nobody holds one. */
MUST_USE struct err *hold_tell_late(const struct hold *hold, const struct lock_list *list,
                                    int64_t began_ms, bool *found);

/* After pg_dump has locked all: true where one of `others` is not what it was at the snapshot
 * (dropped, renamed, emptied or rewritten in between). */
MUST_USE struct err *hold_others_moved(struct hold *hold, bool *moved);

/* Locks `others` too, those that can be had at once. */
MUST_USE struct err *hold_lock_others(struct hold *hold);

void hold_clear(struct hold *hold);

#endif
