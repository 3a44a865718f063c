/* orchestrator/fingerprint/compare.h: two fingerprints compared, in sentences.
 *
 * Layer: orchestrator/fingerprint. Pure. The same code compares the source with the dump, the
 * source with a restored copy, and the dump with the copy.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_COMPARE_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_COMPARE_H

#include "orchestrator/fingerprint/fingerprint.h"

struct comparison {
    struct strv differences;  /* each one sentence that names the object */
    struct strv not_compared; /* what should have been compared and was not, and why */
    struct strv by_version;   /* what another version of PostgreSQL itself writes differently */
    struct strv outside;      /* what no dump, or not this one, holds on purpose */
    size_t tables;
    uint64_t rows;
    size_t contents; /* tables whose contents were compared, not only their rows */
    size_t sequences;
    size_t objects;
    uint64_t large_objects;
};
void comparison_clear(struct comparison *comparison);

struct compare_spec {
    const struct fingerprint *expected;
    const struct fingerprint *found;
    const char *expected_where; /* "at the snapshot" */
    const char *found_where;    /* "in the copy" */
    bool expected_is_dump;
    bool standby;       /* the source was one: its unlogged tables are empty in a copy */
    bool found_is_dump; /* it may not know everything, and that is no gap */
    bool flat;          /* one side is a plain dump, whose names have newlines as blanks */
    bool narrowed;      /* the backup is a selection: empty tables may stand beside it */
    bool by_owner;      /* owners count (properties, large objects) */
    bool count;         /* add to the numbers of *out */
};

/* Appends to *out. Where the majors differ, definitions that PostgreSQL itself writes in
 * another way go to by_version: docs/proof.md lists them. */
void fingerprint_compare(const struct compare_spec *spec, struct comparison *out);

/* The source against what its dump says of itself (of_dump.h): rows, sequences, entries. */
void fingerprint_compare_dump(const struct fingerprint *source, const struct fingerprint *dump,
                              bool narrowed, struct comparison *out);

#endif
