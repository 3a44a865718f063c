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

/* Reads all sequences of the database in a transaction of its own: *list becomes those, *f
 * where they stand. */
MUST_USE struct err *sequences_read_early(struct session *session, struct strv *list,
                                          struct fingerprint *f);

/* Takes over where those of `f` (those of `list`) stood, of `early` (of early_list). */
void sequences_take_early(const struct strv *list, struct fingerprint *f,
                          const struct strv *early_list, const struct fingerprint *early);

#endif
