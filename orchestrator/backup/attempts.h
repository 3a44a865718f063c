/* orchestrator/backup/attempts.h: a database's dump with its evidence, tried again where others
 * came between.
 *
 * Layer: orchestrator/backup.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_ATTEMPTS_H
#define PGKEEP_ORCHESTRATOR_BACKUP_ATTEMPTS_H

#include "orchestrator/backup/backup.h"
#include "orchestrator/backup/dump_run.h"

/* Runs pg_dump with the fingerprint beside it (evidence.h) until one run succeeds or no other
 * would help, and fills the manifest from that run. *faults is evidence_end's. The session's
 * catalog_state is that from before the dump. ERR_TOOL: pg_dump's own error, of the last run;
 * ERR_CONFLICT: tables were changed faster than they could be locked; all of dump_run besides.
 */
MUST_USE struct err *attempts_dump(struct backup_session *session, struct dump_job *job,
                                   struct manifest *manifest, struct strv *faults);

#endif
