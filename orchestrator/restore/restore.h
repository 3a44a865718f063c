/* orchestrator/restore/restore.h: bring a backup back.
 *
 * Layer: orchestrator/restore. Always into a scratch database first; its name changes only when
 * everything succeeded. So a failed restore leaves the old database exactly as it was, and no
 * half-filled new one. --data-only and --beside work in the database itself, each in one
 * transaction.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_RESTORE_H
#define PGKEEP_ORCHESTRATOR_RESTORE_RESTORE_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/restore/restored.h"
#include "orchestrator/stream/progress.h"
#include "orchestrator/target/target.h"

struct restore_spec {
    struct engine *engine;
    struct repository *repository;
    const struct backup *backup;
    struct target *target;           /* into this one */
    const char *database;            /* under this name */
    const struct settings *settings; /* the restore's flags */
    const struct progress *progress;
    int64_t wait_ms;
};

struct restore_result {
    struct restored_list tables; /* whose rows were loaded */
    uint64_t rows;               /* of these, as far as they are known */
    uint64_t large_objects;      /* of the whole dump */
    bool whole;                  /* nothing was left out by a selection */
    char *beside;                /* --beside: the schema that has them, or NULL */
    char *kept_as;               /* the old database's new name, or NULL */
    struct strv roles_made;
    struct strv schemas_made;           /* the backup needs them and does not hold them */
    struct strv disabled_subscriptions; /* of the restored database */
    struct strv warnings;               /* settings that the server refused */
};
void restore_result_clear(struct restore_result *result);

/* ERR_EXISTS: the database is there and --replace was not given. ERR_BUSY: another pgkeep works
 * on the target. */
MUST_USE struct err *restore_run(const struct restore_spec *spec, struct restore_result *out);

#endif
