/* orchestrator/cli/recovery.h: what a database can be brought back to, as measured.
 *
 * Layer: orchestrator/cli. The recovery point is the age of the newest backup that was proven
 * to restore (its own age, not that of the test), the recovery time what that restore took.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_RECOVERY_H
#define PGKEEP_ORCHESTRATOR_CLI_RECOVERY_H

#include "orchestrator/cli/table.h"
#include "orchestrator/repository/repository.h"

struct recovery {
    char *id; /* of that backup; NULL: none was proven */
    int64_t at_unix_s;
    int64_t restore_ms; /* -1: not known */
};

/* Takes a loaded backup of the database into account; they come oldest first. */
void recovery_see(struct recovery *recovery, const struct backup *backup);
void recovery_clear(struct recovery *recovery);

/* Two cells, for "PROVEN" and "RESTORED IN": "5h", "4.1 s", or "-" for each. */
void recovery_cells(struct table *table, const struct recovery *recovery);

/* "proven_backup", "proven_at", "proven_age_s", "restore_ms"; null where there is none. */
void recovery_set_json(json_t *json, const struct recovery *recovery);

#endif
