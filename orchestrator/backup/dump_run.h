/* orchestrator/backup/dump_run.h: run pg_dump in the target and store what it writes.
 *
 * Layer: orchestrator/backup.
 *   exec stream -> dump reader (structure, rows) -> [gzip] -> digest -> file
 * The directory format comes as a tar of a temporary folder inside the container, which is
 * removed in every case; each member goes digest -> file on its own.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_DUMP_RUN_H
#define PGKEEP_ORCHESTRATOR_BACKUP_DUMP_RUN_H

#include "orchestrator/backup/dump_command.h"
#include "orchestrator/fingerprint/take.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/stream/progress.h"

struct dump_job {
    const struct server *server;
    const char *database;
    const struct dump_plan *plan;
    const struct draft *draft;
    const char *temp_name; /* of a temporary folder inside the container */
    const char *subject;   /* for progress and messages: "app-db/app" */
    struct take *take;     /* the fingerprint whose snapshot it reads, or NULL */
    uint64_t expected_bytes;
    const struct progress *progress;
};

/* Success means: exit code 0, the stream whole, the dump complete to its end, all files
 * fsynced. Fills the manifest's dump, files, tables, raw_bytes, commands and warnings;
 * *out_dump is what the dump says of itself, the caller's. On an error what was stored is for
 * the draft to remove. */
MUST_USE struct err *dump_run(const struct dump_job *job, struct manifest *manifest,
                              struct fingerprint **out_dump);

/* Roles and tablespaces into globals.sql; without the right to read passwords they are left out
 * and the manifest says so. */
MUST_USE struct err *dump_globals(const struct dump_job *job, struct manifest *manifest);

#endif
