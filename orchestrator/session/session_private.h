/* orchestrator/session/session_private.h: what the files of sessions share.
 *
 * Layer: orchestrator/session, private to sessions and their tests.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_SESSION_PRIVATE_H
#define PGKEEP_ORCHESTRATOR_SESSION_SESSION_PRIVATE_H

#include "orchestrator/session/session.h"
#include "orchestrator/session/tunnel.h"
#include <stdatomic.h>

#define SESSION_ANSWER_MAX_BYTES ((size_t)256 << 20)
/* For a cancelled statement to end. */
#define SESSION_CANCEL_MS 10000
#define SESSION_CANCEL_AGAIN_MS 1000
#define SESSION_TICK_MS 100

enum session_kind { SESSION_DIRECT, SESSION_PUBLISHED, SESSION_TUNNEL, SESSION_PSQL };

struct session_way {
    const struct server *server; /* borrowed */
    enum session_kind kind;
    char *host; /* a numeric address, or the folder of a socket; NULL: psql */
    char *port;
    char *identity;        /* of the postmaster that has to answer */
    bool met_other;        /* another one did, when a session was opened */
    struct tunnel *tunnel; /* or NULL */
    bool password;         /* libpq may answer with the known one */
    char *text;
};

struct session_copy {
    session_on_data *on_data;
    void *ctx;
};

struct session_ops {
    /* One statement, or with columns 0 any number, whose rows are thrown away. */
    struct err *(*run)(struct session *session, const char *sql, size_t columns,
                       struct rows *out);
    struct err *(*copy_out)(struct session *session, const char *sql,
                            const struct session_copy *copy);
    /* From any thread. */
    void (*cancel)(struct session *session);
    void (*close)(struct session *session); /* frees */
};

/* The first member of each kind. */
struct session {
    const struct session_ops *ops;
    atomic_bool cancelled; /* by session_cancel: nothing runs any more */
};

/* Connects, without any settings of the session. ERR_UNREACHABLE: what libpq says; ERR_CUT,
 * ERR_INTERRUPTED. */
MUST_USE struct err *session_pq_open(const struct session_way *way, const char *database,
                                     struct session **out);
MUST_USE struct err *session_psql_open(const struct session_way *way, const char *database,
                                       struct session **out);

/* As session_way_find, but only ways that `wanted` allows: "direct", "published", "tunnel",
 * "tunnel by RELAY" or "psql"; NULL: all. */
MUST_USE struct err *session_way_find_only(const struct server *server, const char *database,
                                           const char *wanted, struct session_way **out);

/* Appends a row's cell; rows grow as they come. */
struct session_rows {
    struct rows rows;
    size_t cells;
    size_t room;
    size_t bytes;
};

/* ERR_TOO_LARGE past SESSION_ANSWER_MAX_BYTES. */
MUST_USE struct err *session_rows_add(struct session_rows *rows, const char *cell, size_t len);
void session_rows_clear(struct session_rows *rows);

#endif
