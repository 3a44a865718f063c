/* orchestrator/fingerprint/hidden.h: what the role cannot see, and its pg_dump therefore leaves
 * out without an error.
 *
 * Layer: orchestrator/fingerprint.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_HIDDEN_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_HIDDEN_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/session/session.h"

/* Appends a sentence for each thing to f->hidden, in the session's transaction (pins_begin);
 * also where that cannot be asked. `args` are those of the schema's pg_dump: what they leave
 * out is left out on purpose. An error means that the session is of no use any more. */
MUST_USE struct err *hidden_read(struct session *session, const struct strv *args,
                                 struct fingerprint *f);

/* True if the options of a dump let it hold what belongs to no schema; pure. */
bool hidden_is_everything(const struct strv *args);

#endif
