/* orchestrator/backup/backup.h: back up the databases of one target.
 *
 * Layer: orchestrator/backup. The order: lock, sweep what a crash left, connect, then for each
 * database: check the space, dump with the fingerprint beside it, globals, manifest, publish.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_BACKUP_H
#define PGKEEP_ORCHESTRATOR_BACKUP_BACKUP_H

#include "orchestrator/backup/dump_command.h"
#include "orchestrator/backup/line.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/stream/progress.h"
#include "orchestrator/target/target.h"

/* A target made ready for backups: locked, connected, its tools known. */
struct backup_session {
    struct engine *engine;         /* borrowed */
    struct repository *repository; /* borrowed */
    struct target *target;         /* borrowed */
    const struct progress *progress;
    struct lock *lock;
    struct server *server;
    struct line line;
    struct dump_tool tool;
    struct dump_plan plan;
    struct database_list databases;
    char *temp_name;     /* of temporary folders inside the container */
    char *catalog_state; /* of the database that is backed up now, before its dump */
};

/* ERR_BUSY: another pgkeep works on it. Waits up to timeout_ms for the server. */
MUST_USE struct err *backup_session_open(struct backup_session *session, int64_t timeout_ms);
void backup_session_close(struct backup_session *session);

/* The database that a user calls `wanted` (raw or escaped). ERR_NOT_FOUND with the nearest
 * name; ERR_CONFLICT: it accepts no connections. *out is borrowed from the session. */
MUST_USE struct err *backup_session_find(const struct backup_session *session,
                                         const char *wanted, const char **out);

/* Appends the names of all databases that accept connections; those that do not are logged, and
 * so are those that `restore --replace` has kept: they are left out too. */
void backup_session_all(const struct backup_session *session, struct strv *out);

/* Backs up one database (NULL: globals only). *out is the published backup's manifest, or NULL.
 * ERR_BAD_BACKUP with a manifest: it was published, but the dump holds other rows than the
 * database did at its snapshot. */
MUST_USE struct err *backup_database(struct backup_session *session, const char *database,
                                     struct manifest **out);

#endif
