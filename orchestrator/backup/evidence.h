/* orchestrator/backup/evidence.h: the fingerprint that is taken beside a dump.
 *
 * Layer: orchestrator/backup. It never makes a backup fail: what could not be fingerprinted is
 * named in the manifest, and its proof will say so. Only a dump that holds other rows than the
 * snapshot is an error.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_EVIDENCE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_EVIDENCE_H

#include "orchestrator/backup/backup.h"
#include "orchestrator/backup/dump_failure.h"
#include "orchestrator/fingerprint/take.h"
#include "orchestrator/repository/manifest.h"

/* Prepares the take whose snapshot pg_dump will read, also where the settings want no
 * fingerprint; the tables with the oids of `avoid` are left to pg_dump to lock. *out is NULL
 * where it cannot be taken: a note in the manifest says why. ERR_INTERRUPTED only. */
MUST_USE struct err *evidence_begin(struct backup_session *session, const char *database,
                                    const char *subject, const struct strv *avoid,
                                    struct manifest *manifest, struct take **out);

/* *yes: pg_dump failed because a fingerprint was taken beside it (its snapshot was refused, or
 * no connection was left for it), so that without one it may succeed. The take must have ended:
 * where pg_dump does not say why it was not let in, the server is asked how many connections
 * are free. ERR_INTERRUPTED only. */
MUST_USE struct err *evidence_is_in_the_way(const struct backup_session *session,
                                            const char *database, enum dump_failure failure,
                                            bool *yes);

/* Says in the log and in the manifest that pg_dump runs once more without a fingerprint. */
void evidence_give_up(const char *subject, struct manifest *manifest, const struct err *failed);

/* The dump is done and says of itself what is in `dump`; it took dump_ms. Waits for the
 * fingerprint and puts it into the manifest. *faults gets a sentence for each table whose rows
 * in the dump are not those of the snapshot. ERR_INTERRUPTED only. */
MUST_USE struct err *evidence_end(const struct backup_session *session, struct take *take,
                                  const char *subject, const struct fingerprint *dump,
                                  int64_t dump_ms, struct manifest *manifest,
                                  struct strv *faults);

#endif
