/* orchestrator/postgres/server_look.h: what one exec of psql tells besides the server's facts.
 *
 * Layer: orchestrator/postgres. Pure. An exec costs more than all that is asked for in it, so
 * psql's own shell looks around in the container while the connection stands: does the server
 * let people in on 127.0.0.1, what could relay a connection, and for a backup what pg_dump is.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_SERVER_LOOK_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_SERVER_LOOK_H

#include "base/strv.h"
#include <stdbool.h>

struct server_look {
    bool has_loopback; /* pg_isready said yes; else it is to be asked by itself */
    bool knows_relays; /* or there was no word of them */
    struct strv
        relays; /* those of "perl python3 socat bash nc" that are there, in this order */
    /* Only for a backup: */
    char *dump_version;   /* what `pg_dump --version` says, or NULL: to be asked by itself */
    bool dump_zstd;       /* that pg_dump was built with zstd */
    bool knows_leftovers; /* or nobody looked for them */
    bool leftovers;       /* something by the name of temporary folders is there */
};

/* Lines for psql's standard input. They leave in its variable pgkeep_look what
 * server_look_read reads. `temp_name`: the name that temporary folders begin with, where a
 * backup is to come; else NULL. The caller frees. */
char *server_look_psql(const char *temp_name) MUST_USE;

/* `text` as psql gives it. */
void server_look_read(const char *text, struct server_look *out);
void server_look_clear(struct server_look *look);

#endif
