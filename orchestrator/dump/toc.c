#include "orchestrator/dump/toc.h"
#include "base/sha256.h"
#include "orchestrator/dump/load_code.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_entry(struct toc_entry *entry)
{
    free(entry->tag);
    free(entry->desc);
    free(entry->schema);
    free(entry->owner);
    free(entry->tablespace);
    free(entry->definition);
    free(entry->copy_statement);
    free(entry->file);
    load_calls_free(entry->calls);
}

void toc_free(struct toc *toc)
{
    if (!toc)
        return;
    for (size_t i = 0; i < toc->count; i++)
        free_entry(&toc->entries[i]);
    free(toc->entries);
    free(toc->format);
    free(toc->database);
    free(toc->server_version);
    free(toc->dump_version);
    free(toc);
}

void toc_freep(struct toc **toc)
{
    toc_free(*toc);
    *toc = NULL;
}

struct toc_entry *toc_find(const struct toc *toc, int dump_id)
{
    for (size_t i = 0; i < toc->count; i++)
        if (toc->entries[i].dump_id == dump_id)
            return &toc->entries[i];
    return NULL;
}

uint64_t toc_entry_digest(const struct toc_entry *entry, bool with_owner)
{
    AUTO(sha256_freep) struct sha256 *sha = NULL;
    char text[17];

    if (entry->digest == 0 || !with_owner)
        return entry->digest;
    sha = sha256_new();
    snprintf(text, sizeof(text), "%016" PRIx64, entry->digest);
    sha256_add(sha, text, sizeof(text));
    sha256_add(sha, entry->owner, strlen(entry->owner));
    return sha256_first64(sha);
}

const char *toc_compression_name(enum toc_compression compression)
{
    static const char *const names[] = {
        [TOC_NONE] = "none",
        [TOC_GZIP] = "gzip",
        [TOC_LZ4] = "lz4",
        [TOC_ZSTD] = "zstd",
    };

    return names[compression];
}

void toc_tags(const struct toc *toc, const char *desc, struct strv *out)
{
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, desc) == 0)
            strv_push(out, toc->entries[i].tag);
}

size_t toc_count(const struct toc *toc, const char *desc)
{
    size_t count = 0;

    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, desc) == 0)
            count++;
    return count;
}

/* BLOBS is their data, since 17 in several entries; BLOB and BLOB METADATA define them. */
uint64_t toc_large_objects(const struct toc *toc)
{
    uint64_t count = 0;

    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "BLOBS") == 0)
            count += toc->entries[i].rows;
    return count;
}
