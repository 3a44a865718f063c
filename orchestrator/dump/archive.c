#include "orchestrator/dump/archive.h"
#include "base/mem.h"
#include "orchestrator/dump/archive_data.h"
#include "orchestrator/dump/archive_field.h"
#include "orchestrator/dump/archive_toc.h"
#include "orchestrator/stream/decoder.h"
#include <stdlib.h>
#include <string.h>

/* BLK_DATA and BLK_BLOBS, pg_backup_archiver.h. */
enum { BLOCK_DATA = 1, BLOCK_OBJECTS = 3 };

enum phase { IN_TOC, AT_BLOCK, AT_DUMP_ID, AT_OBJECT, AT_CHUNK, IN_CHUNK };

struct archive {
    struct dump_listener listener;
    struct archive_toc *toc;
    enum phase phase;
    struct archive_field field;
    struct decoder *decoder;
    uint64_t offset;   /* bytes taken */
    uint64_t block_at; /* where the block began */
    bool objects;      /* the block holds large objects */
    uint32_t object;   /* the oid of the last one begun */
    uint64_t object_count;
    uint64_t chunk_left;
    struct toc_entry *entry;
    struct archive_data data;
    size_t entries_seen;
    uint64_t raw_bytes; /* of ended entries */
};

struct archive *archive_new(const struct dump_listener *listener)
{
    struct archive *archive = mem_new(1, sizeof(*archive));

    archive->listener = *listener;
    archive->toc = archive_toc_new(DUMP_CUSTOM);
    return archive;
}

/* "public.t, object 123, at byte N" around `cause`. */
static struct err *damaged(const struct archive *archive, struct err *cause)
{
    AUTO(mem_freep) char *name = NULL;
    unsigned long long at = archive->offset;

    if (!archive->entry)
        return err_wrap(cause, "data block at byte %llu, near byte %llu",
                        (unsigned long long)archive->block_at, at);
    name = archive_data_entry_name(archive->entry);
    if (archive->objects && archive->object)
        return err_wrap(cause, "%s, large object %u, at byte %llu", name, archive->object, at);
    return err_wrap(cause, "%s, at byte %llu", name, at);
}

static void expect(struct archive *archive, enum phase phase)
{
    archive->phase = phase;
    archive_field_begin(&archive->field, phase == AT_BLOCK ? ARCHIVE_BYTE : ARCHIVE_INT, 0);
    if (phase == AT_BLOCK) {
        archive->block_at = archive->offset;
        archive->entry = NULL;
    }
}

static enum decoder_kind decoder_kind_of(enum toc_compression compression)
{
    switch (compression) {
    case TOC_GZIP:
        return DECODER_ZLIB;
    case TOC_LZ4:
        return DECODER_LZ4;
    case TOC_ZSTD:
        return DECODER_ZSTD;
    case TOC_NONE:
        break;
    }
    return DECODER_NONE;
}

static void end_toc(struct archive *archive)
{
    const struct toc *toc = archive_toc_get(archive->toc);

    archive->decoder = decoder_new(decoder_kind_of(toc->compression));
    archive->field.int_size = archive_toc_int_size(archive->toc);
    if (archive->listener.on_toc)
        archive->listener.on_toc(archive->listener.ctx, toc);
    expect(archive, AT_BLOCK);
}

static struct err *begin_block(struct archive *archive)
{
    int64_t type = archive->field.value;

    if (type != BLOCK_DATA && type != BLOCK_OBJECTS)
        return err_new(ERR_PROTOCOL, "there is no block type %lld", (long long)type);
    archive->objects = type == BLOCK_OBJECTS;
    archive->object = 0;
    archive->object_count = 0;
    archive->data = (struct archive_data){0};
    expect(archive, AT_DUMP_ID);
    return NULL;
}

static struct err *check_place(const struct archive *archive)
{
    uint64_t place;

    if (archive_toc_place(archive->toc, archive->entry, &place) && place != archive->block_at)
        return err_new(ERR_PROTOCOL, "its data begins at byte %llu, not at %llu as listed",
                       (unsigned long long)archive->block_at, (unsigned long long)place);
    return NULL;
}

static struct err *begin_entry(struct archive *archive)
{
    struct toc_entry *entry = NULL;

    if (archive->field.value > 0)
        entry = archive_toc_entry(archive->toc, (int)archive->field.value);
    if (!entry || !entry->has_data)
        return err_new(ERR_PROTOCOL, "no entry %lld has data", (long long)archive->field.value);
    archive->entry = entry;
    if (entry->data_seen)
        return err_new(ERR_PROTOCOL, "its data comes twice");
    if (archive->objects != (strcmp(entry->desc, "BLOBS") == 0))
        return err_new(ERR_PROTOCOL, "the block's type does not fit the entry");
    PASS(check_place(archive));
    archive->entries_seen++;
    if (archive->listener.on_entry)
        archive->listener.on_entry(archive->listener.ctx, entry, archive->entries_seen,
                                   archive_toc_with_data(archive->toc));
    if (!archive->objects)
        decoder_reset(archive->decoder);
    expect(archive, archive->objects ? AT_OBJECT : AT_CHUNK);
    return NULL;
}

static void end_objects(struct archive *archive)
{
    struct toc_entry *entry = archive->entry;

    entry->data_seen = true;
    entry->rows = archive->object_count;
    entry->raw_bytes = archive->data.raw_bytes;
    entry->stored_bytes = archive->data.stored_bytes;
    archive->raw_bytes += entry->raw_bytes;
    archive->data = (struct archive_data){0};
    expect(archive, AT_BLOCK);
}

/* pg_dump writes the objects of a block in the order of their oids. */
static struct err *begin_object(struct archive *archive)
{
    uint32_t oid = (uint32_t)archive->field.value; /* written as a signed int */

    if (oid == 0) {
        end_objects(archive);
        return NULL;
    }
    if (oid <= archive->object)
        return err_new(ERR_PROTOCOL, "large object %u follows %u", oid, archive->object);
    archive->object = oid;
    archive->object_count++;
    decoder_reset(archive->decoder);
    expect(archive, AT_CHUNK);
    return NULL;
}

static struct err *end_chunks(struct archive *archive)
{
    PASS(decoder_finish(archive->decoder));
    if (archive->objects) {
        expect(archive, AT_OBJECT);
        return NULL;
    }
    PASS(archive_data_finish(&archive->data, archive->entry));
    archive->raw_bytes += archive->entry->raw_bytes;
    archive->data = (struct archive_data){0};
    expect(archive, AT_BLOCK);
    return NULL;
}

static struct err *begin_chunk(struct archive *archive)
{
    if (archive->field.value < 0)
        return err_new(ERR_PROTOCOL, "a chunk of %lld bytes", (long long)archive->field.value);
    if (archive->field.value == 0)
        return end_chunks(archive);
    archive->chunk_left = (uint64_t)archive->field.value;
    archive->phase = IN_CHUNK;
    return NULL;
}

static struct err *on_field(struct archive *archive)
{
    switch (archive->phase) {
    case AT_BLOCK:
        return begin_block(archive);
    case AT_DUMP_ID:
        return begin_entry(archive);
    case AT_OBJECT:
        return begin_object(archive);
    default:
        return begin_chunk(archive);
    }
}

static struct err *on_decoded(void *ctx, const uint8_t *data, size_t len)
{
    struct archive *archive = ctx;

    if (archive->objects)
        archive->data.raw_bytes += len;
    else
        archive_data_feed(&archive->data, data, len);
    return NULL;
}

static struct err *feed_chunk(struct archive *archive, const uint8_t **data, size_t *len)
{
    size_t take = *len < archive->chunk_left ? *len : (size_t)archive->chunk_left;

    PASS(decoder_feed(archive->decoder, *data, take, on_decoded, archive));
    archive->data.stored_bytes += take;
    archive->offset += take;
    archive->chunk_left -= take;
    *data += take;
    *len -= take;
    if (archive->chunk_left == 0)
        expect(archive, AT_CHUNK);
    return NULL;
}

static struct err *feed_field(struct archive *archive, const uint8_t **data, size_t *len)
{
    size_t before = *len;
    bool whole = false;

    PASS(archive_field_feed(&archive->field, data, len, &whole));
    archive->offset += before - *len;
    return whole ? on_field(archive) : NULL;
}

static struct err *feed_toc(struct archive *archive, const uint8_t **data, size_t *len)
{
    bool whole = false;

    PASS(archive_toc_feed(archive->toc, data, len, &whole));
    archive->offset = archive_toc_bytes(archive->toc);
    if (whole)
        end_toc(archive);
    return NULL;
}

struct err *archive_feed(struct archive *archive, const uint8_t *data, size_t len)
{
    while (len > 0) {
        struct err *e;

        if (archive->phase == IN_TOC) {
            PASS(feed_toc(archive, &data, &len));
            continue;
        }
        if (archive->phase == IN_CHUNK)
            e = feed_chunk(archive, &data, &len);
        else
            e = feed_field(archive, &data, &len);
        if (e)
            return damaged(archive, e);
    }
    return NULL;
}

static struct err *missing_data(const struct archive *archive)
{
    const struct toc *toc = archive_toc_get(archive->toc);
    size_t total = archive_toc_with_data(archive->toc);

    if (archive->entries_seen == total)
        return NULL;
    for (size_t i = 0; i < toc->count; i++) {
        AUTO(mem_freep) char *name = NULL;

        if (!toc->entries[i].has_data || toc->entries[i].data_seen)
            continue;
        name = archive_data_entry_name(&toc->entries[i]);
        return err_new(ERR_CUT,
                       "the archive ends at byte %llu: the data of %s is missing (%zu of %zu "
                       "entries came)",
                       (unsigned long long)archive->offset, name, archive->entries_seen, total);
    }
    return NULL;
}

struct err *archive_finish(struct archive *archive)
{
    if (archive->phase == IN_TOC)
        return archive_toc_finish(archive->toc);
    if (archive->phase != AT_BLOCK)
        return damaged(archive, err_new(ERR_CUT, "the archive ends in the middle of it"));
    return missing_data(archive);
}

const struct toc *archive_get_toc(const struct archive *archive)
{
    return archive->phase == IN_TOC ? NULL : archive_toc_get(archive->toc);
}

uint64_t archive_raw_bytes(const struct archive *archive)
{
    return archive_toc_bytes(archive->toc) + archive->raw_bytes + archive->data.raw_bytes;
}

void archive_free(struct archive *archive)
{
    if (!archive)
        return;
    archive_toc_free(archive->toc);
    decoder_free(archive->decoder);
    archive_field_clear(&archive->field);
    free(archive);
}
