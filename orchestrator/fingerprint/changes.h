/* orchestrator/fingerprint/changes.h: what changed between two backups.
 *
 * Layer: orchestrator/fingerprint. Pure. Tables come from both fingerprints or from what was
 * counted in both dumps (table_rows.h); sequences, schema and large objects from the
 * fingerprints alone. All names are borrowed from the manifests and from `rows`.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_CHANGES_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_CHANGES_H

#include "orchestrator/fingerprint/table_rows.h"

enum change {
    CHANGE_NONE,
    CHANGE_ADDED,   /* only in the newer one */
    CHANGE_REMOVED, /* only in the older one */
    CHANGE_CHANGED, /* in both: another number of rows, another position, definition, content */
    CHANGE_UNKNOWN, /* in both, and one of them could not be read */
};

struct changes_table {
    enum change change;
    const struct table_rows_item *before; /* NULL: CHANGE_ADDED */
    const struct table_rows_item *after;  /* NULL: CHANGE_REMOVED */
};

struct changes_sequence {
    enum change change;
    const struct fingerprint_sequence *before;
    const struct fingerprint_sequence *after;
};

struct changes_entry {
    enum change change; /* never CHANGE_UNKNOWN */
    const struct fingerprint_entry *entry;
};

/* Lists hold what is not CHANGE_NONE, sorted by name. */
struct changes {
    struct table_rows rows;
    struct changes_table *tables;
    size_t table_count;
    size_t same_tables; /* by rows and digest */
    size_t same_rows;   /* by rows; the digest is not known */
    struct changes_sequence *sequences;
    size_t sequence_count;
    size_t same_sequences;
    struct changes_entry *entries;
    size_t entry_count;
    size_t same_entries;
    const char *schema_why_not; /* why entries were not compared, or NULL */
    enum change large_objects;  /* CHANGE_NONE, _CHANGED or _UNKNOWN */
    bool selection_differs;     /* what only one has may just not have been asked for */
};

/* Both manifests must outlive *out. */
void changes_between(const struct manifest *before, const struct manifest *after,
                     struct changes *out);
void changes_clear(struct changes *changes);

/* "added", "removed", "changed", "unknown"; "none" */
const char *changes_word(enum change change);

#endif
