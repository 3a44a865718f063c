/* orchestrator/dump/sql_copy.h: the data lines of a COPY ... FROM stdin inside of SQL text.
 *
 * Layer: orchestrator/dump. Pure. The lines end at one that is \. alone (with or without a
 * carriage return, as psql takes it); what follows is SQL again.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_SQL_COPY_H
#define PGKEEP_ORCHESTRATOR_DUMP_SQL_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is the start. */
struct sql_copy {
    unsigned int mark_len; /* bytes of the present line, all of which fit the end mark */
    bool in_line;          /* the present line is known to be a row */
    bool ended;            /* the end mark has passed */

    /* Of the last feed: rows that ended, and bytes that are known to belong to rows (bytes that
     * fit the end mark so far are told by a later feed). */
    uint64_t rows;
    uint64_t bytes;
};

/* Returns the first byte that was not taken: `end`, or just past the end mark's line. */
const uint8_t *sql_copy_feed(struct sql_copy *copy, const uint8_t *at, const uint8_t *end);

#endif
