/* orchestrator/dump/toc.h: the table of contents of a dump.
 *
 * Layer: orchestrator/dump. Shapes only, shared by the readers of all formats. Source:
 * PostgreSQL src/bin/pg_dump/pg_backup_archiver.c (WriteHead, WriteToc), versions 1.13 to 1.16.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_TOC_H
#define PGKEEP_ORCHESTRATOR_DUMP_TOC_H

#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Compression of the data in the dump, by pg_dump's names. */
enum toc_compression { TOC_NONE, TOC_GZIP, TOC_LZ4, TOC_ZSTD };

struct load_calls;

struct toc_entry {
    int dump_id;
    bool has_data;      /* a data block or member belongs to it */
    bool no_definition; /* it has no SQL of its own (pg_restore -l leaves it out) */
    uint32_t table_oid;
    uint32_t oid;
    char *tag;        /* never NULL; "" if absent. Names as stored: raw bytes, unquoted */
    char *desc;       /* "TABLE", "TABLE DATA", "INDEX", ... */
    char *schema;     /* namespace, "" if none */
    char *owner;      /* "" if none */
    char *tablespace; /* "" if none */
    char *definition; /* kept only for desc "SEQUENCE SET"; else NULL */
    struct load_calls *calls; /* what loading it calls (load_code.h), or NULL */
    char *copy_statement;     /* "COPY public.t (a, b) FROM stdin;\n", or NULL */
    char *file;               /* tar and directory: the member's name, or NULL */
    int section;
    uint64_t digest; /* of its SQL, for toc_entry_digest; 0: not known (plain) */

    /* Filled while the data passes: */
    bool data_seen;
    bool rows_known;       /* COPY text whose rows were counted */
    uint64_t rows;         /* rows of a TABLE DATA; large objects of a BLOBS entry */
    uint64_t raw_bytes;    /* after decompression */
    uint64_t stored_bytes; /* in the file, headers of chunks left out */
};

struct toc {
    int version_major, version_minor, version_rev; /* of the archive format; 0 for plain */
    int int_size, offset_size;
    char *format; /* "CUSTOM", "TAR", "DIRECTORY", "PLAIN" */
    enum toc_compression compression;
    int64_t created_unix_s; /* as the dump says, read as UTC; 0 unknown */
    char *database;         /* "" if unknown */
    char *server_version;
    char *dump_version;
    struct toc_entry *entries;
    size_t count;
};

void toc_free(struct toc *toc);
void toc_freep(struct toc **toc);

/* The entry with this dump id, or NULL. */
struct toc_entry *toc_find(const struct toc *toc, int dump_id);

/* What the entry makes: its kind, schema, name and definition, its table access method, and its
 * owner unless `with_owner` is false. The same for the same object whatever the format,
 * dump ids and oids; 0: not known (plain). */
uint64_t toc_entry_digest(const struct toc_entry *entry, bool with_owner) MUST_USE;

/* "gzip", "zstd", ... */
const char *toc_compression_name(enum toc_compression compression);

/* Entries whose desc is `desc`. */
size_t toc_count(const struct toc *toc, const char *desc);

/* Large objects whose data has passed. */
uint64_t toc_large_objects(const struct toc *toc);

/* Appends their tags. */
void toc_tags(const struct toc *toc, const char *desc, struct strv *out);

#endif
