/* orchestrator/restore/load.h: put a backup's dump into a database that is there and empty.
 *
 * Layer: orchestrator/restore. Used by restore and by the restore test.
 *
 * Streamed: file -> digest, dump reader -> stdin of pg_restore or psql in the container.
 * Staged (--jobs, --list, directory format): the dump goes as a tar into a temporary folder of
 * the container, which is removed in every case, and pg_restore reads it there.
 *
 * While the bytes pass they are checked against the manifest and read through to the end: a
 * dump that is not what was backed up fails the load (ERR_BAD_BACKUP), whatever the tool says.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_LOAD_H
#define PGKEEP_ORCHESTRATOR_RESTORE_LOAD_H

#include "orchestrator/dump/dump.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/restore/restored.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/stream/progress.h"

struct load_spec {
    const struct server *server;
    const struct backup *backup;
    const char *database;
    const char *temp_name;
    const char *subject;
    const struct progress *progress;
    int jobs; /* 1 and up */
    bool no_owner;
    bool no_tablespaces;
    bool no_privileges;
    bool schema_only;
    bool definitions_alone; /* of objects, not of what comes after rows: indexes, triggers, ...
                             */
    bool data_only;
    bool single_transaction;    /* not with jobs */
    const struct strv *tables;  /* NAME or SCHEMA.NAME; NULL or empty: all */
    const struct strv *schemas; /* NULL or empty: all */
    const char *list_text;      /* a pg_restore -l list, or NULL */
    int64_t timeout_ms;         /* 0: none */
    struct room *room;          /* watched (room.h), or NULL */
    /* Goes on after a statement that fails, where the tool can: not a plain dump's. */
    bool all_errors;
};

struct load_result {
    struct dump_reader *reader;  /* its toc has the rows that passed; NULL after an error */
    struct strv schemas_made;    /* which a narrowed dump needs and does not hold */
    struct strv errors;          /* with all_errors: of the statements that failed */
    struct restored_list loaded; /* the tables whose rows were, as the selection says */
    bool started; /* the tool was: the first statement of the dump may have run */
    int64_t elapsed_ms;
};
void load_result_clear(struct load_result *result);

/* ERR_USAGE: the selection names nothing in the backup, or the format cannot do it (plain: with
 * the hint what to do). ERR_TOOL: pg_restore's or psql's own error. ERR_NO_SPACE: the room ran
 * out. */
MUST_USE struct err *load_dump(const struct load_spec *spec, struct load_result *out);

#endif
