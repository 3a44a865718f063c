/* orchestrator/backup/row_drop.h: has a table lost so many rows that somebody should look?
 *
 * Layer: orchestrator/backup. row_drop_find is pure; row_drop_check looks the earlier backup up
 * in the repository. A backup with alarms is kept like any other: it may be the one before the
 * next, worse one.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_ROW_DROP_H
#define PGKEEP_ORCHESTRATOR_BACKUP_ROW_DROP_H

#include "orchestrator/repository/repository.h"

/* A table of some dozen rows loses half of them every day. */
#define ROW_DROP_LEAST_ROWS 1000

/* Appends to `now` an alarm for each table that lost more than `percent` of the rows that it
 * had in `before`, and at least ROW_DROP_LEAST_ROWS, and notes what it was compared with. A
 * table that is gone has lost all; where the two backups were narrowed differently (their
 * selection), only tables in both are looked at. Rows that are not known raise no alarm.
 * `percent` is 1..99; 0 does nothing. */
void row_drop_find(const struct manifest *before, struct manifest *now, int percent);

/* The same against the newest readable backup of that database before it. `now` has its target,
 * database, stamp, selection, tables and fingerprint, and is not published yet. Never makes a
 * backup fail: where the repository cannot be read, `now` gets a note. */
void row_drop_check(struct repository *repository, struct manifest *now, int percent);

#endif
