/* orchestrator/fingerprint/take.h: take a database's fingerprint, beside whatever else runs.
 *
 * Layer: orchestrator/fingerprint, over postgres/session.h. One REPEATABLE READ READ ONLY
 * transaction exports its snapshot; a few threads import it and count and digest table after
 * table; one more runs `pg_dump --schema-only` in the container. A table that cannot be read
 * gets its why_not; the rest goes on.
 *
 * Beside a dump (`beside_dump`) the tables are locked before the snapshot (hold.h) when pg_dump
 * is about to start, and nothing is read before that has its own locks:
 *   take_begin; take_hold in pg_dump's late_argument; take_dumped; take_end
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TAKE_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/session/session.h"

struct take;

struct take_spec {
    const struct server *server;
    const char *database;
    enum fingerprint_depth depth; /* FINGERPRINT_NONE beside a dump only: no fingerprint */
    uint64_t content_most_bytes;  /* above that size of all tables: counts; 0: no limit */
    int jobs;                     /* sessions that count, at least 1 */
    const struct strv
        *schema_args; /* selection for pg_dump --schema-only ("--table=x"); or NULL */
    bool whole;       /* every table that pg_dump takes; else those of take_table */
    bool no_owner;    /* owners are no part of the schema's digests */
    /* Tables with stored generated columns are digested as in this fingerprint, to compare with
     * it; borrowed until take_begin returns, or NULL. Where it has them in the digest and a
     * stranger owns the table, only if `throwaway`: the server is one that we made for this. */
    const struct fingerprint *like;
    bool throwaway;
    bool beside_dump;
    int64_t lock_timeout_ms;  /* then: for the tables' locks; 0: no limit */
    const struct strv *avoid; /* then: oids of tables that are left to pg_dump; or NULL */
    struct session_way *way;  /* a way that is known; borrowed; NULL: one is looked for */
};

/* Connects, opens the snapshot and reads what is to be counted; with `whole` the counting
 * starts at once. Beside a dump it connects, no more. Errors: nothing was started (no way to
 * the server, no right, ...). The spec's texts and lists must outlive the take. */
MUST_USE struct err *take_begin(const struct take_spec *spec, struct take **out);

/* The same with a session to the database, by spec's way: *session is taken over in every case,
 * where there is one. */
MUST_USE struct err *take_begin_by(const struct take_spec *spec, struct session **session,
                                   struct take **out);

/* Beside a dump, once: locks the tables and takes the snapshot, for pg_dump to start with at
 * once. ERR_INTERRUPTED; ERR_TIMEOUT: a lock could not be had. Where it fails otherwise,
 * take_snapshot is NULL, and take_end says why. */
MUST_USE struct err *take_hold(struct take *take);

/* After take_dumped said false: for another take_hold, by the same connection. */
MUST_USE struct err *take_again(struct take *take);

/* The exported snapshot, for pg_dump --snapshot; borrowed. */
const char *take_snapshot(const struct take *take);

/* The application_name by which the dump's backends are known; borrowed. */
const char *take_application(const struct take *take);

/* pg_dump has locked all its tables (it writes already). */
void take_dump_locked(struct take *take);

/* pg_dump has ended, well or not, or was never started. False: it could not get on, because
 * somebody waited for our locks and it for him, and was ended; or a table changed before it was
 * locked. Then take_again; *stuck_at is the oid of the table, or "" (the caller frees). */
bool take_dumped(struct take *take, char **stuck_at);

/* One more table, where the take is not `whole`; a second time does nothing. Waits until the
 * lists are read. */
void take_table(struct take *take, const char *schema, const char *name);

/* The large objects too, where the take is not `whole`. */
void take_large_objects(struct take *take);

/* No more tables come. Waits until all is counted, at most until most_ms from now (then what is
 * left gets a why_not), ends the transactions, and gives the result, sorted. ERR_INTERRUPTED
 * after cancelling in the server. The take is over in every case, but still to be freed. */
MUST_USE struct err *take_end(struct take *take, int64_t most_ms, struct fingerprint **out);

/* Gives up what still runs: cancels, joins, closes. */
void take_free(struct take *take);
void take_freep(struct take **take);

#endif
