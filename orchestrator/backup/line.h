/* orchestrator/backup/line.h: the session to the database that is backed up now.
 *
 * Layer: orchestrator/backup. What is to be known before the dump is asked over the session
 * that holds the snapshot later: an exec for each question would cost more than the dump of a
 * small database. The way that was found once serves the target's next database too, so an
 * address that does not answer is waited for once.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_LINE_H
#define PGKEEP_ORCHESTRATOR_BACKUP_LINE_H

#include "orchestrator/session/session.h"

struct line {
    struct session_way *way;
    struct session *session; /* may be taken away: TAKE */
    char *database;          /* that it leads to */
};

/* There is a session to `database` after it, in no transaction. ERR_UNREACHABLE, and others of
 * session_open: there is none, and no way. */
MUST_USE struct err *line_need(struct line *line, const struct server *server,
                               const char *database);

/* As session_query, by the session where it leads to `database`; else as server_query. */
MUST_USE struct err *line_query(struct line *line, const struct server *server,
                                const char *database, const char *sql, size_t columns,
                                struct rows *out);

/* The server must still be there. */
void line_clear(struct line *line);

#endif
