/* orchestrator/session/session.h: a connection to a database that stays open.
 *
 * Layer: orchestrator/session. Needed where a transaction spans statements: snapshots, and the
 * sessions that import them. Ways, in this order:
 *   direct     the container's own address on a network that this process is on
 *   published  a port of the container that is published on this host
 *   tunnel     a private Unix socket of this process (a folder of mode 0700), each connection
 *              relayed through an exec by what the image has (perl, python3, socat, bash, nc)
 *   psql       the container's psql, fed by exec, where nothing relays
 * The first three are libpq. The first two are for servers that let us in without a password:
 * none ever goes to an address. Whoever answers must be the very postmaster that server_connect
 * found (its start time), so another host with the same address is not taken for it.
 *
 * A session is used by one thread at a time; several sessions of one way may run in several
 * threads. Nothing stays behind: closing, or the death of this process, ends the backend. (In
 * the middle of a statement it ends with that statement, where the server is older than 14 or
 * the way is psql.)
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_SESSION_H
#define PGKEEP_ORCHESTRATOR_SESSION_SESSION_H

#include "orchestrator/postgres/server.h"

struct session_way;
struct session;

/* Takes every PG... variable (PGKEEP_... stays) out of this process's environment, so that
 * nothing bends libpq. Once, at the start of the program, before there are threads. */
void session_forget_environment(void);

/* Finds the first way that works, by connecting to `database` (NULL: the maintenance one).
 * The server must outlive the way, the way its sessions. */
MUST_USE struct err *session_way_find(const struct server *server, const char *database,
                                      struct session_way **out);
/* The same, and the session by which that was found out. */
MUST_USE struct err *session_way_open(const struct server *server, const char *database,
                                      struct session_way **out, struct session **out_session);
void session_way_free(struct session_way *way);
void session_way_freep(struct session_way **way);

/* "172.17.0.2:5432", "127.0.0.1:5433 (published)", "tunnel by perl", "psql"; borrowed. */
const char *session_way_text(const struct session_way *way);

/* The programs of the image that a tunnel could use, the best first. */
MUST_USE struct err *session_relays(const struct server *server, struct strv *out);

/* Opens a connection with statement, lock and idle timeouts off, client_encoding UTF8 (a
 * database in SQL_ASCII gives its bytes as they are), standard_conforming_strings on and an
 * empty search_path. ERR_UNREACHABLE: what was said instead. On 14 and newer the server itself
 * looks every few seconds whether we still are there, also in the middle of a query. */
MUST_USE struct err *session_open(struct session_way *way, const char *database,
                                  struct session **out);
void session_close(struct session *session);
void session_closep(struct session **session);

/* One statement that gives `columns` columns, 1 at least; a NULL value comes as "". ERR_TOOL:
 * the server's error, "MESSAGE (SQLSTATE xxxxx)"; the session goes on (in a transaction as
 * PostgreSQL has it: it is aborted until ROLLBACK). ERR_CUT: the connection is lost.
 * ERR_INTERRUPTED: the statement was cancelled in the server. Answers are capped at 256 MiB. */
MUST_USE struct err *session_query(struct session *session, const char *sql, size_t columns,
                                   struct rows *out);

/* Statements, whose rows if any are thrown away: as one, so outside of a transaction they are a
 * transaction, which the first error ends. No COPY. */
MUST_USE struct err *session_execute(struct session *session, const char *sql);

/* Gets the bytes of a COPY as they come, in pieces of any size. An error ends the COPY. */
typedef struct err *session_on_data(void *ctx, const uint8_t *data, size_t len);

/* One statement COPY ... TO STDOUT, whose bytes go to `on_data`; never more than one row of
 * them is kept. Errors as session_query; or that of on_data, after the statement was cancelled
 * in the server (the session goes on, in a transaction that is aborted). What came before an
 * error is not whole. */
MUST_USE struct err *session_copy_out(struct session *session, const char *sql,
                                      session_on_data *on_data, void *ctx);

/* Asks the server to cancel what the session does now; from any thread, while the session is
 * open. What it does from now on is ERR_INTERRUPTED at once: only closing is left. */
void session_cancel(struct session *session);

#endif
