/* orchestrator/restore/beside.h: rows of a backup's tables into a database that is in use.
 *
 * Layer: orchestrator/restore. They come as tables of a schema of its own, "restored_STAMP"
 * (the backup's stamp), made and filled in one transaction: it is there with all rows, or was
 * never seen. Nothing that was there before is touched, and nobody else gets rights.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_BESIDE_H
#define PGKEEP_ORCHESTRATOR_RESTORE_BESIDE_H

#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/restore/restored.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/stream/progress.h"

struct beside_spec {
    const struct server *server;
    const struct backup *backup;
    const char *database;      /* the one in use */
    const char *scratch;       /* an empty one on the same server, dropped by the caller */
    const struct strv *tables; /* NAME or SCHEMA.NAME, one at least */
    const char *temp_name;     /* as load_spec's */
    const char *subject;
    const struct progress *progress;
    struct room *room;
    bool trust_owners;
};

/* *schema is the new schema's name, for the caller to free. ERR_NOT_FOUND: the backup lacks a
 * table, or the database a type. ERR_BAD_BACKUP: other rows than the manifest says. */
MUST_USE struct err *beside_run(const struct beside_spec *spec, char **schema,
                                struct restored_list *out);

#endif
