/* orchestrator/fingerprint/row_digest.h: counts and digests the rows of COPY text, as the query
 * of digest_query.h does in the server.
 *
 * Layer: orchestrator/fingerprint. Pure. For tables that must not be planned (counter.c says
 * why). Columns come in the order of the chain: by name (bytes).
 *
 * COPY gives what a type's output function gives, digest_query.c the text that a cast gives
 * where the type is PostgreSQL's own. Of the casts to text in pg_cast.dat these are functions
 * of their own: bool ("true" for "t"), inet and cidr (with "/32" or "/128", which the output of
 * inet leaves out), name and bpchar (name_text is the output; the query takes bpcharout
 * itself), "char" (the query takes its number), xml (the query takes its output). All others
 * are binary coercible from types whose output is theirs, or go by the output function. And one
 * is not a matter of text: a row value is IS NULL too where all its fields are NULL.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_ROW_DIGEST_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_ROW_DIGEST_H

#include "base/buf.h"
#include <stdbool.h>
#include <stdint.h>

/* Expressions nest as deep as columns are chained, and 1,600 would go past max_stack_depth: so
 * many columns make a chain, and the chains' hashes are hashed together. */
#define ROW_DIGEST_CHAIN 64

/* What COPY gives of a type, next to what the query takes. */
enum row_digest_text {
    ROW_DIGEST_AS_IT_IS,
    ROW_DIGEST_BOOL,
    ROW_DIGEST_INET,
    ROW_DIGEST_CHAR, /* "char" */
    ROW_DIGEST_ROW   /* a composite type, or a domain over one */
};

struct row_digest;

/* A table of `count` such columns, 0 too; copied. */
struct row_digest *row_digest_new(const enum row_digest_text *columns, size_t count) MUST_USE;
void row_digest_free(struct row_digest *digest);
void row_digest_freep(struct row_digest **digest);

/* Any piece of the text. ERR_PROTOCOL: no rows of that many columns; ERR_TOO_LARGE: a value
 * larger than any that PostgreSQL prints. */
MUST_USE struct err *row_digest_feed(struct row_digest *digest, const uint8_t *data,
                                     size_t len);

/* After the last piece. ERR_CUT: it does not end with a row's end. */
MUST_USE struct err *row_digest_finish(struct row_digest *digest, uint64_t *out_rows,
                                       uint64_t *out_sum);

/* PostgreSQL's hashtextextended() under COLLATE "C", on a little-endian machine: its
 * hash_bytes_extended (src/common/hashfn.c, Bob Jenkins' lookup3), whatever this machine's
 * order. A big-endian server gives others: ask it for one first. */
uint64_t row_digest_hash(const void *text, size_t len, uint64_t seed);

#endif
