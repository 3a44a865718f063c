/* orchestrator/fingerprint/table_rows.h: how many rows each table of a backup holds, and what
 * two backups have in common.
 *
 * Layer: orchestrator/fingerprint. Pure. The rows come from the fingerprint, or from what was
 * counted in the dump (the manifest's tables). The two may name tables differently (a partition
 * in the one, its root in the other), so a pair of backups is compared by fingerprints only
 * where both have one.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_TABLE_ROWS_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_TABLE_ROWS_H

#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/repository/manifest.h"

/* Names are borrowed from the manifest or the fingerprint. */
struct table_rows_item {
    const char *schema;
    const char *name;
    int64_t rows;     /* -1: not known */
    bool has_content; /* digest is known */
    uint64_t digest;
    bool without_generated; /* fingerprint.h */
};

/* A table in both, or in one: the other side is NULL. */
struct table_rows_pair {
    const struct table_rows_item *before;
    const struct table_rows_item *after;
};

struct table_rows {
    struct table_rows_item *before; /* sorted by schema, name */
    struct table_rows_item *after;
    struct table_rows_pair *pairs; /* sorted likewise, one for each table */
    size_t count;
    /* Borrowed by the items; NULL: the rows are those of the manifests. */
    struct fingerprint *fingerprint_before;
    struct fingerprint *fingerprint_after;
    char *why_not; /* why it is not the fingerprints, then: "app/x/...: no fingerprint" */
};

/* Pairs the tables of two backups. Both manifests must outlive *out. A fingerprint that cannot
 * be read counts as none, and why_not says so. A table of which the fingerprint does not know
 * the rows has those that the dump held. */
void table_rows_pair(const struct manifest *before, const struct manifest *after,
                     struct table_rows *out);
void table_rows_clear(struct table_rows *rows);

#endif
