/* orchestrator/fingerprint/lock_list.h: the tables that pg_dump locks.
 *
 * Layer: orchestrator/fingerprint. The rule is pg_dump's (getTables in
 * src/bin/pg_dump/pg_dump.c, 13 to 18): ordinary and partitioned tables that it dumps any part
 * of, also those of extensions, whose policies it reads; no view, sequence, foreign table.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_LOCK_LIST_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_LOCK_LIST_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/session/session.h"

#define LOCK_LIST_CELLS 3 /* oid, schema, name */

struct lock_list {
    struct strv cells; /* of one table after the other, in the order of their oids */
};

/* What a dump of the whole database locks now, or at the session's snapshot. */
MUST_USE struct err *lock_list_read(struct session *session, struct lock_list *out);

/* Keeps the tables that are also entries of `dump`: what a selection takes. */
void lock_list_narrow(struct lock_list *list, const struct fingerprint *dump);

/* Takes out the tables with these oids. */
void lock_list_leave_out(struct lock_list *list, const struct strv *oids);

/* The tables of `list` that `other` does not have, by oid, schema and name. */
void lock_list_minus(const struct lock_list *list, const struct lock_list *other,
                     struct lock_list *out);

size_t lock_list_count(const struct lock_list *list);

/* "LOCK TABLE ONLY ... IN ACCESS SHARE MODE"; NULL for an empty list. The caller frees. */
char *lock_list_statement(const struct lock_list *list) MUST_USE;

/* "{16384,16390}": the oids as a literal of type oid[], without quotes. The caller frees. */
char *lock_list_oids(const struct lock_list *list) MUST_USE;

void lock_list_clear(struct lock_list *list);

#endif
