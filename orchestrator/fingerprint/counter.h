/* orchestrator/fingerprint/counter.h: counts one table with a session.
 *
 * Layer: orchestrator/fingerprint. The session is in its transaction (pins_begin). What cannot
 * be read gets its why_not; an error means that the session is of no use any more.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_COUNTER_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_COUNTER_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/fingerprint/table_list.h"

struct counter {
    struct session *session;
    int server_version_num;
    enum fingerprint_depth depth;
};

/* Fills rows, digest and why_not; the caller frees why_not. *locked: somebody holds the table
 * exclusively, and a later attempt may do. */
MUST_USE struct err *counter_table(const struct counter *counter,
                                   const struct table_item *table,
                                   struct fingerprint_table *out, bool *locked);

#endif
