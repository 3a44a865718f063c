/* orchestrator/backup/dump_failure.h: what a pg_dump that failed says about its connection.
 *
 * Layer: orchestrator/backup. Pure.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_DUMP_FAILURE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_DUMP_FAILURE_H

enum dump_failure {
    DUMP_FAILURE_OTHER,
    DUMP_FAILURE_SNAPSHOT,   /* the server did not take the snapshot that it was given */
    DUMP_FAILURE_NO_ROOM,    /* too many connections are open (53300) */
    DUMP_FAILURE_NOT_LET_IN, /* not connected, for a reason that is not known */
    DUMP_FAILURE_CUT, /* somebody ended its connection (57P01), or the server went away */
};

/* `text` is the whole message of tool_run's error. */
enum dump_failure dump_failure_of(const char *text);

#endif
