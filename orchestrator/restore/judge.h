/* orchestrator/restore/judge.h: whether psql may be given what a backup holds.
 *
 * Layer: orchestrator/restore. Asked before anything is changed: before containers are stopped,
 * a database or a role is made, a container is started.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_JUDGE_H
#define PGKEEP_ORCHESTRATOR_RESTORE_JUDGE_H

#include "orchestrator/repository/repository.h"

/* Reads a plain dump to its end, with its digest and its completeness, and judges it
 * (dump/plain_guard.h), the manifest's statements (dump/property_statement.h) and, with
 * `globals`, globals.sql (dump/globals.h). ERR_BAD_BACKUP. The load of a plain dump judges once
 * more what it hands over: the file may be another by then. */
MUST_USE struct err *judge_backup(const struct backup *backup, bool globals);

#endif
