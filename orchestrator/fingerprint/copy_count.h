/* orchestrator/fingerprint/copy_count.h: counts one table by COPY, which the server does not
 * plan.
 *
 * Layer: orchestrator/fingerprint. COPY of a name that has become a view, a foreign table or a
 * sequence is an error in the server; it calls no function but the types' output functions, and
 * runs no code of the table's owner (planning.h).
 *
 * libpq hands on whole rows, and a hash begins with its value's length: so this needs memory
 * for the largest row, up to three times.
 *
 * Generated columns cannot be copied. A digest without the stored ones is another than one with
 * them (fingerprint.h: without_generated); they are in no dump and computed anew.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_COPY_COUNT_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_COPY_COUNT_H

#include "orchestrator/fingerprint/table_list.h"

struct copy_counted {
    uint64_t rows, digest;
    bool without_generated; /* it has stored generated columns */
};

/* Counts, with `content` digests too. In a transaction, whose locks stay. ERR_TOOL: the server
 * refuses; ERR_UNSUPPORTED: it hashes in another way than row_digest.h; both leave the
 * transaction for pins_release. Others: the session is of no use any more. */
MUST_USE struct err *copy_count(struct session *session, const struct table_item *table,
                                int server_version_num, bool content, struct copy_counted *out);

#endif
