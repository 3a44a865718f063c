/* orchestrator/fingerprint/sequences.h: where the sequences stand.
 *
 * Layer: orchestrator/fingerprint. No snapshot covers a sequence, so it is read twice.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_SEQUENCES_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_SEQUENCES_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/fingerprint/table_list.h"

enum sequences_when { SEQUENCES_BEFORE, SEQUENCES_AFTER };

/* Reads all sequences of `f`, which are those of `list` (table_list.h) in that order. One that
 * cannot be read gets its why_not; an error means that the session is of no use any more. */
MUST_USE struct err *sequences_read(struct session *session, enum sequences_when when,
                                    const struct strv *list, struct fingerprint *f);

#endif
