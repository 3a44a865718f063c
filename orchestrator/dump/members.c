#include "orchestrator/dump/members.h"
#include "base/mem.h"
#include "orchestrator/dump/archive_toc.h"
#include "orchestrator/dump/member_files.h"
#include "orchestrator/dump/member_name.h"
#include "orchestrator/dump/object_list.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From this archive version on there may be several lists of large objects. */
enum { MINOR_WITH_LISTS = 16, LONGEST_MEMBER_NAME = 40 };

struct member_list {
    uint32_t number; /* dump id; 0 for blobs.toc */
    bool matched;
    struct object_list objects;
};

struct members {
    enum dump_format format;
    struct dump_listener listener;
    struct archive_toc *toc;
    bool toc_whole, toc_seen, script_seen;

    /* The file that passes: */
    char *name; /* NULL between files */
    struct member_name current;
    struct decoder *decoder; /* kept for the next file of the same kind */
    enum decoder_kind decoder_kind;
    struct archive_data data;

    struct member_files files;
    struct member_objects objects;
    struct member_list *lists; /* few */
    size_t list_count;
    size_t entries_begun;
    uint64_t raw_bytes;
};

struct members *members_new(enum dump_format format, const struct dump_listener *listener)
{
    struct members *members = mem_new(1, sizeof(*members));

    members->format = format;
    members->listener = *listener;
    members->toc = archive_toc_new(format);
    return members;
}

static struct err *begin_list(struct members *members)
{
    for (size_t i = 0; i < members->list_count; i++)
        if (members->lists[i].number == members->current.number)
            return err_new(ERR_PROTOCOL, "%s is there twice", members->name);
    members->lists =
        mem_resize(members->lists, members->list_count + 1, sizeof(*members->lists));
    members->lists[members->list_count++] =
        (struct member_list){.number = members->current.number};
    return NULL;
}

/* The list that passes is the last one. */
static struct object_list *current_list(struct members *members)
{
    return &members->lists[members->list_count - 1].objects;
}

/* Two files of these kinds cannot be told apart later. */
static struct err *begin_single(struct members *members, bool *seen)
{
    if (*seen)
        return err_new(ERR_PROTOCOL, "%s is there twice", members->name);
    *seen = true;
    return NULL;
}

/* The BLOBS entry of a list, where the table of contents is known and has one. */
static struct toc_entry *entry_of_list(const struct members *members, uint32_t number)
{
    struct toc *toc = archive_toc_get(members->toc);

    if (number > INT32_MAX)
        return NULL;
    if (number > 0)
        return archive_toc_entry(members->toc, (int)number);
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "BLOBS") == 0)
            return &toc->entries[i];
    return NULL;
}

/* Tells the listener, as far as the table of contents has passed. */
static void announce(struct members *members)
{
    uint32_t number = members->current.number;
    const struct toc_entry *entry = NULL;

    if (!members->toc_whole || !members->listener.on_entry)
        return;
    if (members->current.kind == MEMBER_OBJECTS)
        entry = entry_of_list(members, number);
    else if (members->current.kind == MEMBER_DATA && number <= INT32_MAX)
        entry = archive_toc_entry(members->toc, (int)number);
    if (!entry || !entry->has_data)
        return;
    members->entries_begun++;
    members->listener.on_entry(members->listener.ctx, entry, members->entries_begun,
                               archive_toc_with_data(members->toc));
}

static void begin_decoder(struct members *members)
{
    enum decoder_kind kind = members->current.decoder;

    if (members->decoder && members->decoder_kind == kind) {
        decoder_reset(members->decoder);
        return;
    }
    decoder_free(members->decoder);
    members->decoder = decoder_new(kind);
    members->decoder_kind = kind;
}

static struct err *begin_kind(struct members *members)
{
    switch (members->current.kind) {
    case MEMBER_TOC:
        return begin_single(members, &members->toc_seen);
    case MEMBER_SCRIPT:
        return begin_single(members, &members->script_seen);
    case MEMBER_OBJECTS:
        return begin_list(members);
    default:
        return NULL;
    }
}

struct err *members_begin(struct members *members, const char *name)
{
    if (!member_name_parse(name, &members->current) ||
        (members->current.kind == MEMBER_SCRIPT && members->format != DUMP_TAR))
        return err_new(ERR_PROTOCOL, "%s is not part of a dump", name);
    mem_replace(&members->name, name);
    members->data = (struct archive_data){0};
    PASS(begin_kind(members));
    begin_decoder(members);
    announce(members);
    return NULL;
}

static struct err *feed_toc(struct members *members, const uint8_t *data, size_t len)
{
    PASS(archive_toc_feed(members->toc, &data, &len, &members->toc_whole));
    if (len > 0)
        return err_new(ERR_PROTOCOL, "it goes on after the table of contents, at byte %llu",
                       (unsigned long long)archive_toc_bytes(members->toc));
    return NULL;
}

static struct err *on_decoded(void *ctx, const uint8_t *data, size_t len)
{
    struct members *members = ctx;

    members->raw_bytes += len;
    switch (members->current.kind) {
    case MEMBER_TOC:
        return feed_toc(members, data, len);
    case MEMBER_OBJECTS:
        return object_list_feed(current_list(members), data, len);
    case MEMBER_DATA:
        archive_data_feed(&members->data, data, len);
        return NULL;
    default:
        members->data.raw_bytes += len;
        return NULL;
    }
}

struct err *members_feed(struct members *members, const uint8_t *data, size_t len)
{
    TRY(decoder_feed(members->decoder, data, len, on_decoded, members),
        "%s, near byte %llu of it", members->name,
        (unsigned long long)members->data.stored_bytes);
    members->data.stored_bytes += len;
    return NULL;
}

static struct err *end_toc(struct members *members)
{
    PASS(archive_toc_finish(members->toc));
    if (members->listener.on_toc)
        members->listener.on_toc(members->listener.ctx, archive_toc_get(members->toc));
    return NULL;
}

static struct err *end_kind(struct members *members)
{
    switch (members->current.kind) {
    case MEMBER_TOC:
        return end_toc(members);
    case MEMBER_DATA:
        member_files_add(&members->files, members->current.number, &members->data);
        return NULL;
    case MEMBER_OBJECT:
        member_objects_add(&members->objects, members->current.number, &members->data);
        return NULL;
    case MEMBER_OBJECTS:
        return object_list_finish(current_list(members));
    case MEMBER_SCRIPT:
        return NULL;
    }
    return NULL;
}

/* pg_dump begins a zstd or lz4 file with its first byte of data: an empty large object is an
 * empty file (Zstd_write, LZ4Stream_init). */
static bool empty_object(const struct members *members)
{
    return members->current.kind == MEMBER_OBJECT && members->data.stored_bytes == 0 &&
           members->current.decoder != DECODER_GZIP;
}

struct err *members_end(struct members *members)
{
    if (!empty_object(members))
        TRY(decoder_finish(members->decoder), "%s", members->name);
    TRY(end_kind(members), "%s", members->name);
    mem_freep(&members->name);
    return NULL;
}

static struct err *missing(const struct toc_entry *entry, const char *file)
{
    AUTO(mem_freep) char *name = archive_data_entry_name(entry);

    return err_new(ERR_CUT, "%s is missing, the data of %s", file, name);
}

static struct err *match_objects(struct members *members, const struct member_list *list,
                                 struct archive_data *sum)
{
    for (size_t i = 0; i < list->objects.count; i++) {
        struct member_object *object =
            member_objects_find(&members->objects, list->objects.oids[i]);

        if (!object)
            return err_new(ERR_CUT, "blob_%u.dat is missing", list->objects.oids[i]);
        if (object->matched)
            return err_new(ERR_PROTOCOL, "large object %u is listed twice", object->oid);
        object->matched = true;
        sum->raw_bytes += object->raw_bytes;
        sum->stored_bytes += object->stored_bytes;
    }
    return NULL;
}

static void name_list(uint32_t number, char file[LONGEST_MEMBER_NAME])
{
    if (number > 0)
        snprintf(file, LONGEST_MEMBER_NAME, "blobs_%u.toc", number);
    else
        snprintf(file, LONGEST_MEMBER_NAME, "blobs.toc");
}

static struct err *match_list(struct members *members, struct toc_entry *entry)
{
    bool numbered = archive_toc_get(members->toc)->version_minor >= MINOR_WITH_LISTS;
    uint32_t number = numbered ? (uint32_t)entry->dump_id : 0;
    struct archive_data sum = {0};
    char file[LONGEST_MEMBER_NAME];
    size_t i = 0;

    name_list(number, file);
    while (i < members->list_count && members->lists[i].number != number)
        i++;
    if (i == members->list_count || members->lists[i].matched)
        return missing(entry, file);
    members->lists[i].matched = true;
    TRY(match_objects(members, &members->lists[i], &sum), "%s", file);
    entry->data_seen = true;
    entry->rows = members->lists[i].objects.count;
    entry->raw_bytes = sum.raw_bytes;
    entry->stored_bytes = sum.stored_bytes;
    mem_replace(&entry->file, file);
    return NULL;
}

/* The table of contents names the file; its number is the entry's dump id. */
static struct err *match_file(struct members *members, struct toc_entry *entry)
{
    struct member_name listed;
    struct member_file *file;

    if (!entry->file || !member_name_parse(entry->file, &listed) ||
        listed.kind != MEMBER_DATA || listed.number != (uint32_t)entry->dump_id)
        return err_new(ERR_PROTOCOL, "toc.dat, entry %d: its file cannot be \"%s\"",
                       entry->dump_id, entry->file ? entry->file : "");
    file = member_files_find(&members->files, (uint32_t)entry->dump_id);
    if (!file)
        return missing(entry, entry->file);
    file->matched = true;
    TRY(archive_data_finish(&file->data, entry), "%s", entry->file);
    return NULL;
}

static struct err *match_entries(struct members *members)
{
    struct toc *toc = archive_toc_get(members->toc);

    for (size_t i = 0; i < toc->count; i++) {
        struct toc_entry *entry = &toc->entries[i];

        if (entry->has_data && strcmp(entry->desc, "BLOBS") == 0)
            PASS(match_list(members, entry));
        else if (entry->has_data)
            PASS(match_file(members, entry));
        else if (entry->file)
            return err_new(ERR_PROTOCOL, "toc.dat, entry %d: %s stands where it has no data",
                           entry->dump_id, entry->file);
    }
    return NULL;
}

static struct err *check_leftovers(const struct members *members)
{
    for (size_t i = 0; i < members->files.count; i++)
        if (!members->files.items[i].matched)
            return err_new(ERR_PROTOCOL, "%u.dat belongs to no entry",
                           members->files.items[i].number);
    for (size_t i = 0; i < members->objects.count; i++)
        if (!members->objects.items[i].matched)
            return err_new(ERR_PROTOCOL, "blob_%u.dat belongs to no list",
                           members->objects.items[i].oid);
    for (size_t i = 0; i < members->list_count; i++) {
        char file[LONGEST_MEMBER_NAME];

        if (members->lists[i].matched)
            continue;
        name_list(members->lists[i].number, file);
        return err_new(ERR_PROTOCOL, "%s belongs to no entry", file);
    }
    return NULL;
}

struct err *members_finish(struct members *members)
{
    if (members->name)
        return err_new(ERR_CUT, "the dump ends inside of %s", members->name);
    if (!members->toc_whole)
        return err_new(ERR_CUT, "toc.dat is missing");
    if (members->format == DUMP_TAR && !members->script_seen)
        return err_new(ERR_CUT, "restore.sql is missing");
    PASS(member_files_sort(&members->files));
    PASS(member_objects_sort(&members->objects));
    PASS(match_entries(members));
    return check_leftovers(members);
}

const struct toc *members_get_toc(const struct members *members)
{
    return members->toc_whole ? archive_toc_get(members->toc) : NULL;
}

uint64_t members_raw_bytes(const struct members *members)
{
    return members->raw_bytes;
}

void members_free(struct members *members)
{
    if (!members)
        return;
    for (size_t i = 0; i < members->list_count; i++)
        object_list_clear(&members->lists[i].objects);
    free(members->lists);
    free(members->files.items);
    free(members->objects.items);
    decoder_free(members->decoder);
    archive_toc_free(members->toc);
    free(members->name);
    free(members);
}
