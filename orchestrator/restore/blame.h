/* orchestrator/restore/blame.h: whose fault a failed restore is: the backup's or the place's.
 *
 * Layer: orchestrator/restore. Pure. A backup is bad only by what itself holds. Where the
 * server ran out of space, of memory, of connections or of time, forbids what we do, or lacks
 * an extension, the same dump may restore elsewhere.
 *
 * Source: PostgreSQL's errcodes.txt (classes 08, 25, 40, 53, 57, 58), libpq's and pg_restore's
 * own words.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_BLAME_H
#define PGKEEP_ORCHESTRATOR_RESTORE_BLAME_H

#include <stdbool.h>

enum blame {
    BLAME_BACKUP,
    BLAME_PLACE,
    BLAME_UNKNOWN, /* no SQLSTATE, and the server's words are in another language */
};

struct blame_place {
    bool english;   /* the server's messages are */
    bool superuser; /* we are: no right is missing */
};

/* `text` is what a tool said, or one of complaints.h: an SQLSTATE in it decides ("ERROR: 42501:
 * ..." as psql prints it verbosely, "(SQLSTATE 42501)"), else the words. */
enum blame blame_of(const char *text, const struct blame_place *place);

#endif
