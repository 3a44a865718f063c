/* orchestrator/restore/room.h: is there room for a restore where the server keeps its data?
 *
 * Layer: orchestrator/restore. A server whose data volume is full stops, and with it the
 * databases that were there before. So the need is estimated before anything is made, and while
 * a restore fills the volume its free space is looked at, and the restore given up before it is
 * full.
 *
 * Seen by df in the container, of the data directory and of pg_wal where that is elsewhere.
 * What cannot be seen (no df in the image) is said, and not held against the restore.
 * Tablespaces that lie elsewhere are not looked at.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_ROOM_H
#define PGKEEP_ORCHESTRATOR_RESTORE_ROOM_H

#include "base/strv.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/repository/manifest.h"

struct room;

/* What of a backup is restored. */
struct room_wish {
    const struct manifest *manifest;
    const struct strv *tables, *schemas; /* NULL or empty: all */
    bool schema_only, data_only;
    bool listed; /* by a list, whose size is not known */
    bool twice;  /* the rows come into a scratch, and from there to another place */
};

/* Bytes that the data will take with its indexes, generously; pure. */
uint64_t room_estimate(const struct room_wish *wish);

/* Looks at the volumes. The server must outlive it; the caller frees. */
MUST_USE struct err *room_open(const struct server *server, struct room **out);
void room_free(struct room *room);
void room_freep(struct room **room);

/* ERR_NO_SPACE: too little room for that, WAL included; with `force` that is a warning.
 * `subject` stands before it. */
MUST_USE struct err *room_check(const struct room *room, const struct room_wish *wish,
                                const char *subject, bool force);

/* To be called often while the volume fills: looks when it is time to. ERR_NO_SPACE: it is time
 * to give up. That a look failed is no error. */
MUST_USE struct err *room_watch(struct room *room);

/* The same before so many bytes more (uncompressed) are handed to the tool: what the server was
 * not given it cannot write, so on a volume with little left it looks more often. */
MUST_USE struct err *room_feed(struct room *room, uint64_t bytes);

#endif
