/* orchestrator/backup/space.h: does the next backup fit into the repository?
 *
 * Layer: orchestrator/backup.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_SPACE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_SPACE_H

#include "orchestrator/backup/backup.h"

/* What the backup that `now` begins (database_bytes and selection are set) may take in bytes,
 * judged by the one before; 0 where that one tells nothing: another format, compression or
 * selection. Pure. */
uint64_t space_by_last(const struct manifest *before, const struct manifest *now,
                       const char *dump_format, const char *compression);

/* ERR_NO_SPACE, or a warning with --force, where less is free than the backup of `now` may
 * take: judged by the last one, else by `table_bytes`, what its tables hold. */
MUST_USE struct err *space_check(const struct backup_session *session, const char *subject,
                                 const struct manifest *now, uint64_t table_bytes);

/* Adds to an error of a full disk, of a backup to that repository, what to do. */
struct err *space_explain(const struct backup_session *session, struct err *e) MUST_USE;

/* Of a round of backups like the last ones. *needed is 0 where there is none. */
MUST_USE struct err *space_of_next_round(struct repository *repository, uint64_t *needed);

#endif
