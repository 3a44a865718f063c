/* orchestrator/postgres/server.h: a PostgreSQL server that answers, and SQL to it.
 *
 * Layer: orchestrator/postgres. server_connect finds a way in that works (the Unix socket with
 * local trust or peer first, then 127.0.0.1, then with a password) and keeps it. Queries run
 * through the container's own psql: the text goes in by stdin, cells come back separated by NUL
 * bytes, so any name survives.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_SERVER_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_SERVER_H

#include "docker-api/engine.h"
#include "orchestrator/postgres/server_look.h"
#include "orchestrator/postgres/tool.h"
#include <stdbool.h>

struct server_spec {
    const char *container;
    const char *user;
    const char *password; /* tried only where none is not enough; or NULL */
    const char *database; /* maintenance database, or NULL: the first that lets us in of
                           * postgres, home, the user's, template1 */
    const char *home;     /* the database that the image made for the user, or NULL */
    int port;             /* 0: default */
    /* A backup is to come, whose temporary folders in the container begin with this name: then
     * the first answer brings what else it has to know (look, databases). NULL: none. */
    const char *temp_name;
};

struct rows {
    char **cells; /* count * columns texts; NULL values come as "" */
    size_t columns;
    size_t count;
};

struct server {
    struct engine *engine; /* borrowed */
    char *container;
    char *exec_user;
    char *host;
    int port;
    char *user;
    char *password;       /* NULL where this way in needs none */
    char *known_password; /* where there is one, also if this way in needs none; or NULL */
    char *database;       /* the maintenance database that worked */

    char *version;   /* "17.2 (Debian 17.2-1)" */
    int version_num; /* 170002 */
    bool superuser;
    bool in_recovery;
    char *started_at;       /* pg_postmaster_start_time as text */
    char *identity;         /* the same in microseconds since 1970: SERVER_IDENTITY */
    char *psql_host;        /* where its psql went: the socket's folder, or host */
    char *psql_port;        /* and port, also where those are psql's defaults */
    char *listen_addresses; /* the setting, and where it comes from */
    char *listen_source;
    struct server_look look; /* what else the container said meanwhile */
    struct rows databases;   /* as database.h reads them; columns 0: not asked for */
};

/* An expression that tells one run of a postmaster from all others, whatever the session's
 * settings. */
#define SERVER_IDENTITY                                                                        \
    "(pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())"                    \
    " OPERATOR(pg_catalog.*) 1000000::pg_catalog.float8)::pg_catalog.int8"

/* ERR_AUTH: no way in works, with what each said; ERR_CONFLICT: the server is starting,
 * stopping or not there (yet); ERR_STRANGER: only a server that is no process of this container
 * answers; ERR_UNSUPPORTED: the image has no psql. The caller frees. */
MUST_USE struct err *server_connect(struct engine *engine, const struct server_spec *spec,
                                    struct server **out);
void server_free(struct server *server);
void server_freep(struct server **server);

/* Sets known_password, which sessions try where the server asks for one. */
void server_know_password(struct server *server, const char *password);

/* Does it let anybody in at all, at `host` (NULL: the Unix socket)? pg_isready knows by the
 * SQLSTATE, in any language. ERR_UNSUPPORTED: the image has none. */
MUST_USE struct err *server_accepts(const struct server *server, const char *host, bool *yes);

/* By the way in that was found: the identity of the postmaster that answers now. The caller
 * frees. Errors as server_query. */
MUST_USE struct err *server_identity(const struct server *server, char **out);

/* For tool_run; texts are borrowed from the server. */
struct tool_access server_access(const struct server *server);

/* -- SQL: search_path is empty, and scripts/lint finds what is not qualified -- */

void rows_clear(struct rows *rows);
const char *rows_cell(const struct rows *rows, size_t row, size_t column);

/* Runs one statement that gives `columns` columns (0: none) in `database` (NULL: maintenance).
 * ERR_TOOL with the server's message. Answers are capped at 256 MiB. */
MUST_USE struct err *server_query(const struct server *server, const char *database,
                                  const char *sql, size_t columns, struct rows *out);

/* The same with the database's own search_path, for the words of a user who means it. Whoever
 * may create a function in that database runs it with our rights: never in a real target. */
MUST_USE struct err *server_query_own_path(const struct server *server, const char *database,
                                           const char *sql, size_t columns, struct rows *out);

/* Runs statements that give no rows; stops at the first error. */
MUST_USE struct err *server_execute(const struct server *server, const char *database,
                                    const char *sql);

#endif
