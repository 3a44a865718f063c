/* orchestrator/repository/manifest.h: manifest.json, all that a stranger needs in five years.
 *
 * Layer: orchestrator/repository. Pure but for manifest_load. The format is documented in
 * docs/repository-format.md; readers ignore keys that they do not know.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_MANIFEST_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_MANIFEST_H

#include "base/err.h"
#include "base/jsonx.h"
#include "base/sha256.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_FORMAT 1
#define MANIFEST_NAME "manifest.json"
#define MANIFEST_GLOBALS_FOLDER                                                                \
    "_globals" /* stands for the database of a globals-only backup */
#define MANIFEST_MAX_BYTES ((size_t)64 << 20)

struct manifest_file {
    char *name; /* relative to the backup's folder; "x.dir/toc.dat" inside a directory dump */
    uint64_t bytes;
    char sha256[SHA256_HEX_SIZE];
};

struct manifest_table {
    char *schema;
    char *name;
    int64_t rows; /* -1: not counted */
    uint64_t raw_bytes;
    uint64_t stored_bytes;
};

struct manifest_extension {
    char *name;
    char *version;
    char *schema;
};

/* A table that lost more of its rows since the backup before than --row-drop-alarm allows. */
struct manifest_alarm {
    char *schema;
    char *name;
    int64_t rows_before;
    int64_t rows; /* -1: the table is gone */
};

struct manifest {
    char *target;
    char *database; /* the real name; NULL for a globals-only backup */
    char *stamp;
    int64_t order; /* see backup_is_later; 0: not known */
    int64_t started_unix_s;
    int64_t finished_unix_s;
    int64_t elapsed_ms;

    char *container_id;
    char *image;    /* as the container was made: "postgres:17" */
    char *image_id; /* "sha256:..." */
    char *engine_version;
    char *pgkeep_version;

    char *server_version; /* "17.2 (Debian ...)", as server_version says */
    int server_version_num;
    char *tool_version; /* pg_dump's own words */

    char *encoding;
    char *locale_provider; /* "libc", "icu", "builtin" */
    char *collate;
    char *ctype;
    char *icu_locale; /* or NULL */
    char *icu_rules;  /* or NULL */
    char *owner;
    char *database_comment;          /* or NULL */
    struct strv database_properties; /* statements, see postgres/properties.h */
    uint64_t database_bytes;         /* pg_database_size at the start */
    char *snapshot;                  /* or NULL */
    char *lsn;                       /* or NULL */
    bool in_recovery;                /* the server was a standby */

    char *dump_format; /* "custom", "plain", "tar", "directory"; NULL: globals only */
    char *compression; /* "zstd", "gzip:1", ... as asked */
    char *dump;        /* the dump's file or folder name; NULL: globals only */
    char *globals;     /* "globals.sql" */
    bool globals_have_passwords;
    struct strv selection;     /* the options that narrowed it: "--table=public.a", ... */
    struct strv commands;      /* exact command lines, each one JSON array text */
    struct strv notes;         /* what the user should know */
    struct strv subscriptions; /* in the dump: a restore leaves them disabled */
    struct strv warnings; /* what pg_dump and pg_dumpall said though they succeeded, by line */

    uint64_t raw_bytes;
    struct manifest_file *files;
    size_t file_count;
    struct manifest_table *tables;
    size_t table_count;
    struct manifest_extension *extensions;
    size_t extension_count;
    char *compared_with; /* stamp of the backup that rows were compared with, or NULL */
    struct manifest_alarm *alarms;
    size_t alarm_count;
    json_t *fingerprint; /* as stored, or NULL */
};

struct manifest *manifest_new(void) MUST_USE;
void manifest_free(struct manifest *manifest);
void manifest_freep(struct manifest **manifest);

/* Takes out what a dump put in (commands, files, tables, warnings): it is made anew. */
void manifest_forget_dump(struct manifest *m);

void manifest_add_file(struct manifest *m, const char *name, uint64_t bytes,
                       const char *sha256);
void manifest_add_table(struct manifest *m, const char *schema, const char *name, int64_t rows,
                        uint64_t raw_bytes, uint64_t stored_bytes);
void manifest_add_extension(struct manifest *m, const char *name, const char *version,
                            const char *schema);
void manifest_add_alarm(struct manifest *m, const char *schema, const char *name,
                        int64_t rows_before, int64_t rows);

/* The file's entry, borrowed, or NULL. */
const struct manifest_file *manifest_find_file(const struct manifest *m, const char *name);

/* Strings that are not UTF-8 (a SQL_ASCII server may have such names) are written twice: KEY
 * for the eye and KEY_escaped, by name_escape, which is what comes back. */
json_t *manifest_to_json(const struct manifest *manifest) MUST_USE;

/* The list "alarms" alone. */
json_t *manifest_alarms_json(const struct manifest *manifest) MUST_USE;

/* The text of manifest.json, sealed (sealed.h); the caller frees. */
char *manifest_to_text(const struct manifest *manifest) MUST_USE;

/* ERR_PROTOCOL: names the key that is missing or of the wrong type, or a file's name that would
 * lead out of the backup, stands there twice or lies in another file; ERR_UNSUPPORTED: a format
 * newer than ours. */
MUST_USE struct err *manifest_from_json(const json_t *root, struct manifest **out);

/* Does not check the seal: a flipped letter must not keep anyone from restoring. That is
 * verify's work. */
MUST_USE struct err *manifest_load(const char *path, struct manifest **out);

/* True where both dumps were narrowed by the same options, in whatever order. */
bool manifest_same_selection(const struct manifest *a, const struct manifest *b);

/* "app-db/app/2026-11-21T013000Z" with the database escaped; the caller frees. */
char *manifest_id(const struct manifest *manifest) MUST_USE;

/* Sum of all files, at most INT64_MAX. */
uint64_t manifest_stored_bytes(const struct manifest *manifest);

#endif
