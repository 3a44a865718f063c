/* A server may let us in to one database by a way by which it refuses another one, and may
 * restart between two: what a known way refuses is looked for again. A proxy may cut what stays
 * open: then psql serves, and the next line_need opens another session. */
#include "orchestrator/backup/line.h"
#include "base/log.h"
#include "base/mem.h"
#include <string.h>

void line_clear(struct line *line)
{
    session_closep(&line->session);
    session_way_freep(&line->way);
    mem_freep(&line->database);
}

static bool leads_to(const struct line *line, const char *database)
{
    return line->session && strcmp(line->database, database) == 0;
}

/* *line has a session after it, or no way. */
static struct err *try_known_way(struct line *line, const char *database)
{
    struct err *e;

    if (!line->way)
        return NULL;
    e = session_open(line->way, database, &line->session);
    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    log_debug("%s: %s", database, e->message);
    err_free(e);
    session_way_freep(&line->way);
    return NULL;
}

MUST_USE struct err *line_need(struct line *line, const struct server *server,
                               const char *database)
{
    if (leads_to(line, database))
        return NULL;
    session_closep(&line->session);
    mem_replace(&line->database, database);
    PASS(try_known_way(line, database));
    if (line->session)
        return NULL;
    return session_way_open(server, database, &line->way, &line->session);
}

MUST_USE struct err *line_query(struct line *line, const struct server *server,
                                const char *database, const char *sql, size_t columns,
                                struct rows *out)
{
    AUTO(err_freep) struct err *e = NULL;

    if (leads_to(line, database))
        e = session_query(line->session, sql, columns, out);
    if (leads_to(line, database) && !err_is(e, ERR_CUT))
        return TAKE(e);
    session_closep(&line->session);
    return server_query(server, database, sql, columns, out);
}
