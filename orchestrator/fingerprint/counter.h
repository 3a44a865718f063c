/* orchestrator/fingerprint/counter.h: counts tables with a session.
 *
 * Layer: orchestrator/fingerprint. The session is in its transaction (pins_begin). What cannot
 * be read gets its why_not; an error means that the session is of no use any more.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_COUNTER_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_COUNTER_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/fingerprint/table_list.h"

struct counter {
    struct session *session;
    int server_version_num;
    enum fingerprint_depth depth;
};

/* Fills rows, digest and why_not; the caller frees why_not. *locked: somebody holds the table
 * exclusively, and a later attempt may do. */
MUST_USE struct err *counter_table(const struct counter *counter,
                                   const struct table_item *table,
                                   struct fingerprint_table *out, bool *locked);

/* Several small tables in two statements, for a round trip takes longer than to read one of
 * them. Where done[i], out[i] is filled as by counter_table; the others are left to that: they
 * want a statement of their own, or something went wrong with one of them. */
#define COUNTER_BATCH_MOST 64
MUST_USE struct err *counter_batch(const struct counter *counter,
                                   const struct table_item *const *tables, size_t count,
                                   struct fingerprint_table *out, bool *done);

/* For both: what digest_query's row number `row`, from the cell `column` on, says of the
 * table. */
void counter_take_row(const struct counter *counter, const struct table_item *table,
                      const struct rows *rows, size_t row, size_t column,
                      struct fingerprint_table *out);

#endif
