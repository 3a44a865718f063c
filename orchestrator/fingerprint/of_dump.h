/* orchestrator/fingerprint/of_dump.h: what a dump says about itself, as a fingerprint.
 *
 * Layer: orchestrator/fingerprint. Pure. The rows that its data held, the values that it gives
 * its sequences, its entries; no contents. So that source, dump and copy are compared by the
 * same code.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_OF_DUMP_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_OF_DUMP_H

#include "orchestrator/dump/toc.h"
#include "orchestrator/fingerprint/fingerprint.h"

/* `toc` was read to the dump's end. What a dump cannot tell (rows that are no COPY, large
 * objects and entries of a plain dump) has a why_not. Sorted; the caller frees. */
struct fingerprint *fingerprint_of_dump(const struct toc *toc, bool with_owner) MUST_USE;

/* Of a plain dump: its names have newlines as blanks, and it has no entries. */
bool fingerprint_is_plain(const struct fingerprint *dump);

/* False where the options of the dump leave owners out. */
bool fingerprint_has_owners(const struct strv *selection);

/* Takes out of `f` what a narrowed dump leaves out on purpose: sequences without a value in it,
 * large objects, extensions, and the schema where it holds data alone. */
void fingerprint_narrow(struct fingerprint *f, const struct fingerprint *dump);

/* pg_get_viewdef and its like look at the present, not at the snapshot: where somebody changed
 * a definition while the dump ran, the dump's own is what a copy must equal. Takes those over
 * and names them in *changed. Not for plain dumps. */
void fingerprint_take_definitions(struct fingerprint *f, const struct fingerprint *dump,
                                  struct strv *changed);

/* The dump holds one value for each sequence; a copy must have that very one, also where the
 * source's went on while it was read. */
void fingerprint_take_sequences(struct fingerprint *f, const struct fingerprint *dump);

#endif
