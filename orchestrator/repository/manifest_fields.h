/* orchestrator/repository/manifest_fields.h: the manifest's plain members, declared once.
 *
 * Layer: orchestrator/repository. Shapes only, shared by manifest_write.c and manifest_read.c,
 * so that what one writes the other reads.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_MANIFEST_FIELDS_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_MANIFEST_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum manifest_field_kind {
    MANIFEST_TEXT,     /* char *; JSON null is NULL */
    MANIFEST_TIME,     /* int64_t seconds since 1970; RFC 3339 in the file, null is 0 */
    MANIFEST_INT,      /* int */
    MANIFEST_INT64,    /* int64_t */
    MANIFEST_BYTES,    /* uint64_t */
    MANIFEST_BOOL,     /* bool */
    MANIFEST_TEXTS,    /* struct strv */
    MANIFEST_COMMANDS, /* struct strv of JSON arrays as text; arrays in the file */
};

struct manifest_field {
    const char *key;
    enum manifest_field_kind kind;
    size_t offset; /* in struct manifest */
    bool required; /* the key must be there, if only as null */
};

/* In the order of the file. */
extern const struct manifest_field manifest_fields[];
extern const size_t manifest_field_count;

#endif
