/* orchestrator/repository/rehearsal.h: a proof, and the rehearsals beside it, in one
 * proof.json.
 *
 * Layer: orchestrator/repository. Pure. The proof is that of the backup's own major version. A
 * test with another one is a rehearsal: what it finds is that version's as much as the
 * backup's, so it neither makes nor unmakes a proof. Rehearsals stand in the key "rehearsals",
 * the newest last, each as a proof of its own. Readers that do not know the key see the proof.
 *
 * With another image of the same major a test stands in for the proof as long as there is none
 * with the backup's own image; it never replaces that one.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_REHEARSAL_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_REHEARSAL_H

#include "base/jsonx.h"

/* Made with another major version than the backup's. False where one of them is not known. */
bool rehearsal_is(const json_t *proof);

/* What proof.json is to hold once `test` was made; `stored` is what it holds (as settled), or
 * NULL. A test that found nothing out replaces nothing that did. The caller's. */
json_t *rehearsal_merge(const json_t *stored, const json_t *test) MUST_USE;

/* Takes over what an older pgkeep may have written, a rehearsal in the proof's place, and gives
 * it back as it would be written now. NULL stays NULL. */
json_t *rehearsal_settle(json_t *stored) MUST_USE;

/* "rehearsals" of a proof, or NULL; borrowed. */
const json_t *rehearsal_list(const json_t *proof);

/* The major version that a test was made with; 0: not known. */
int rehearsal_major(const json_t *proof);

#endif
