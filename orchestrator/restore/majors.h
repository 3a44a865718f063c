/* orchestrator/restore/majors.h: can the target's tools read a backup of another major version?
 *
 * Layer: orchestrator/restore. Asked before anything is made: pg_restore says only when it runs
 * that it does not know the dump's format, and roles would have been made by then.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_MAJORS_H
#define PGKEEP_ORCHESTRATOR_RESTORE_MAJORS_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"

/* ERR_USAGE: they cannot; both versions are in the message, `target` is what it calls the
 * server. An older server whose tools can is warned of, as `subject`. */
MUST_USE struct err *majors_check(const struct server *server, const char *target,
                                  const struct backup *backup, const char *subject);

#endif
