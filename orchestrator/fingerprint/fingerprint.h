/* orchestrator/fingerprint/fingerprint.h: what a database held at one snapshot.
 *
 * Layer: orchestrator/fingerprint. Shapes and their JSON form only; fingerprint/take.h makes
 * one. docs/proof.md says what each part proves.
 *
 * A table's digest: the sum, modulo 2^64, of a 64-bit hash of each row's text form, with all
 * settings that shape text pinned. It does not depend on the order of the rows, nor of the
 * columns, nor on the server's version.
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_FINGERPRINT_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_FINGERPRINT_H

#include "base/err.h"
#include "base/jsonx.h"
#include "base/sha256.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>

enum fingerprint_depth { FINGERPRINT_NONE, FINGERPRINT_COUNTS, FINGERPRINT_CONTENT };

struct fingerprint_table {
    char *schema;
    char *name;
    int64_t rows;     /* -1: not known */
    bool has_content; /* digest is known */
    uint64_t digest;
    /* its stored generated columns are not in the digest (copy_count.h) */
    bool without_generated;
    char *why_not; /* why rows, or at depth content the digest, are not known; or NULL */
};

/* nextval goes on beside a dump, whatever the snapshot: two readings bracket it. */
struct fingerprint_sequence {
    char *schema;
    char *name;
    int64_t before, after;
    bool before_called, after_called;
    char *why_not; /* or NULL */
};

struct fingerprint_large_objects {
    uint64_t count;
    bool has_content;
    uint64_t digest;               /* of their bytes */
    uint64_t rights_digest;        /* of owners and grants */
    bool has_comments, has_labels; /* not of old backups, nor where the dump is to have none */
    uint64_t comments_digest;
    uint64_t labels_digest; /* of security labels */
    char *why_not;          /* or NULL */
};

/* One entry of `pg_dump --schema-only`. */
struct fingerprint_entry {
    char *desc; /* "TABLE", "INDEX", "ACL", ... */
    char *schema;
    char *tag;
    uint64_t digest; /* of its definition, owner, tablespace and access method */
};

struct fingerprint_extension {
    char *name;
    char *version;
    char *schema;
};

struct fingerprint {
    enum fingerprint_depth depth;
    char *depth_reason;               /* why it is not what was asked for, or NULL */
    int server_version_num;           /* 150004 */
    struct fingerprint_table *tables; /* sorted by schema, name (bytes) */
    size_t table_count;
    struct fingerprint_sequence *sequences; /* sorted likewise */
    size_t sequence_count;
    struct fingerprint_large_objects large_objects;
    struct fingerprint_entry *entries; /* sorted by desc, schema, tag, digest */
    size_t entry_count;
    char *schema_why_not;                     /* why the schema is not known, or NULL */
    struct fingerprint_extension *extensions; /* sorted by name */
    size_t extension_count;
    struct strv properties; /* settings and grants, postgres/properties.h; sorted */
    struct strv
        hidden; /* what the role could not see, each with the reason: "subscription x: ..." */
    struct strv outside; /* what no dump holds: "rows of foreign table public.f", ... */
    int64_t elapsed_ms;
};

struct fingerprint *fingerprint_new(void) MUST_USE;
void fingerprint_free(struct fingerprint *fingerprint);
void fingerprint_freep(struct fingerprint **fingerprint);

/* "none", "counts", "content"; and back: false if unknown. */
const char *fingerprint_depth_name(enum fingerprint_depth depth);
bool fingerprint_depth_parse(const char *text, enum fingerprint_depth *out);

/* New items; names are copied. What is returned is valid until the next item of its list (and
 * a table's rows are -1). fingerprint_sort brings all lists into their order. */
struct fingerprint_table *fingerprint_add_table(struct fingerprint *f, const char *schema,
                                                const char *name);
struct fingerprint_sequence *fingerprint_add_sequence(struct fingerprint *f, const char *schema,
                                                      const char *name);
void fingerprint_add_entry(struct fingerprint *f, const char *desc, const char *schema,
                           const char *tag, uint64_t digest);
void fingerprint_add_extension(struct fingerprint *f, const char *name, const char *version,
                               const char *schema);
void fingerprint_sort(struct fingerprint *f);

/* How many things are not known: each has a why_not. */
size_t fingerprint_gaps(const struct fingerprint *f);

/* SHA-256 over the entries in their order, whatever theirs is in `f`: for a quick comparison.
 */
void fingerprint_schema_digest(const struct fingerprint *f, char out_hex[SHA256_HEX_SIZE]);

/* How digests are made. Whatever changes a digest of the same content changes this number, so
 * that an old backup is unproven rather than different. */
#define FINGERPRINT_DIGESTS 1

/* The manifest's "fingerprint". ERR_UNSUPPORTED: other digests than ours. ERR_PROTOCOL names
 * the key that is missing or wrong; also where something is not known and no why_not says why,
 * so that no lost key passes for a gap. Names that are not UTF-8 survive
 * (repository/name_json.h). What is read is sorted. */
json_t *fingerprint_to_json(const struct fingerprint *f) MUST_USE;
MUST_USE struct err *fingerprint_from_json(const json_t *json, struct fingerprint **out);

#endif
