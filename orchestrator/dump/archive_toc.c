#include "orchestrator/dump/archive_toc.h"
#include "base/mem.h"
#include "orchestrator/dump/archive_data.h"
#include "orchestrator/dump/archive_rules.h"
#include "orchestrator/dump/definition.h"
#include "orchestrator/dump/load_code.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Offset flags, pg_backup_archiver.h. */
enum { OFFSET_NOT_SET = 1, OFFSET_SET = 2, OFFSET_NO_DATA = 3 };

/* ArchiveFormat, pg_backup_archiver.h; a directory's toc.dat says tar. */
enum { ARCHIVE_CUSTOM = 1, ARCHIVE_TAR = 3 };

/* A definition that is longer, which no expression is, has its digest taken as it is. */
#define SETTLED_MAX_BYTES ((size_t)256 << 10)

struct by_id {
    int dump_id;
    uint32_t index;
};

struct archive_toc {
    enum dump_format format;
    struct archive_field field;
    enum archive_field_id at;
    uint64_t offset;   /* bytes taken */
    uint64_t field_at; /* where the field began */
    struct tm created;
    struct toc *toc;
    struct toc_entry *entry; /* being read: entries[count] */
    size_t announced;        /* entries to come in all */
    size_t size;             /* of entries and places, allocated */
    uint64_t *places;        /* of data blocks, by entry; 0: not known */
    struct by_id *ids;       /* sorted, at the end */
    size_t with_data;
    struct entry_digest *digest; /* of the entry being read */
    bool done;
};

struct archive_toc *archive_toc_new(enum dump_format format)
{
    static const char *const names[] = {
        [DUMP_CUSTOM] = "CUSTOM",
        [DUMP_PLAIN] = "PLAIN",
        [DUMP_TAR] = "TAR",
        [DUMP_DIRECTORY] = "DIRECTORY",
    };
    struct archive_toc *reader = mem_new(1, sizeof(*reader));

    reader->format = format;
    reader->toc = mem_new(1, sizeof(*reader->toc));
    reader->toc->format = mem_strdup(names[format]);
    reader->toc->database = mem_strdup("");
    reader->toc->server_version = mem_strdup("");
    reader->toc->dump_version = mem_strdup("");
    reader->digest = entry_digest_new();
    archive_field_begin(&reader->field, archive_rules[0].kind, 0);
    return reader;
}

/* What is being read, and where, around `cause`. */
static struct err *damaged(const struct archive_toc *reader, struct err *cause)
{
    AUTO(mem_freep) char *name = NULL;
    const char *field = archive_rules[reader->at].name;
    unsigned long long at = reader->field_at;

    if (reader->at < ENTRY_DUMP_ID)
        return err_wrap(cause, "archive header, %s at byte %llu", field, at);
    if (reader->entry && reader->entry->schema)
        name = archive_data_entry_name(reader->entry);
    else if (reader->entry && reader->entry->desc)
        name = mem_printf("%s %s", reader->entry->desc, reader->entry->tag);
    return err_wrap(cause, "table of contents, entry %zu of %zu%s%s%s, %s at byte %llu",
                    reader->toc->count + 1, reader->announced, name ? " (" : "",
                    name ? name : "", name ? ")" : "", field, at);
}

static struct err *check_version(const struct toc *toc)
{
    if (toc->version_major == 1 && toc->version_minor >= ARCHIVE_MINOR_MIN &&
        toc->version_minor <= ARCHIVE_MINOR_MAX && toc->version_rev == 0)
        return NULL;
    return err_hint(err_new(ERR_UNSUPPORTED, "archive version %d.%d-%d is not known",
                            toc->version_major, toc->version_minor, toc->version_rev),
                    "known are 1.%d to 1.%d, of PostgreSQL 10 to 18", ARCHIVE_MINOR_MIN,
                    ARCHIVE_MINOR_MAX);
}

static struct err *take_size(size_t *slot, int *shown, int64_t value)
{
    if (value != 4 && value != 8)
        return err_new(ERR_PROTOCOL, "neither 4 nor 8 bytes");
    *slot = (size_t)value;
    *shown = (int)value;
    return NULL;
}

static struct err *take_format(const struct archive_toc *reader, int64_t value)
{
    int expected = reader->format == DUMP_CUSTOM ? ARCHIVE_CUSTOM : ARCHIVE_TAR;

    if (value != expected)
        return err_new(ERR_PROTOCOL, "the archive's format is %lld where %d is expected",
                       (long long)value, expected);
    return NULL;
}

static void take_text(char **slot, const struct archive_field *field)
{
    free(*slot);
    *slot = field->value > 0 ? mem_strndup(field->text.data, field->text.len) : mem_strdup("");
}

static bool store_time(struct tm *created, enum archive_field_id id, int value)
{
    switch (id) {
    case HEAD_SECOND:
        created->tm_sec = value;
        return true;
    case HEAD_MINUTE:
        created->tm_min = value;
        return true;
    case HEAD_HOUR:
        created->tm_hour = value;
        return true;
    case HEAD_DAY:
        created->tm_mday = value;
        return true;
    case HEAD_MONTH:
        created->tm_mon = value;
        return true;
    case HEAD_YEAR:
        created->tm_year = value;
        return true;
    default:
        return false;
    }
}

static struct err *store_head(struct archive_toc *reader)
{
    struct archive_field *field = &reader->field;
    struct toc *toc = reader->toc;

    if (store_time(&reader->created, reader->at, (int)field->value))
        return NULL;
    switch (reader->at) {
    case HEAD_MAJOR:
        toc->version_major = (int)field->value;
        return NULL;
    case HEAD_MINOR:
        toc->version_minor = (int)field->value;
        return NULL;
    case HEAD_REVISION:
        toc->version_rev = (int)field->value;
        return check_version(toc);
    case HEAD_INT_SIZE:
        return take_size(&field->int_size, &toc->int_size, field->value);
    case HEAD_OFFSET_SIZE:
        return take_size(&field->offset_size, &toc->offset_size, field->value);
    case HEAD_FORMAT:
        return take_format(reader, field->value);
    case HEAD_ALGORITHM:
        toc->compression = (enum toc_compression)field->value; /* the same order */
        return NULL;
    case HEAD_LEVEL:
        toc->compression = field->value ? TOC_GZIP : TOC_NONE;
        return NULL;
    case HEAD_SUMMER_TIME:
        toc->created_unix_s = timegm(&reader->created);
        return NULL;
    case HEAD_DATABASE:
        take_text(&toc->database, field);
        return NULL;
    case HEAD_SERVER_VERSION:
        take_text(&toc->server_version, field);
        return NULL;
    case HEAD_DUMP_VERSION:
        take_text(&toc->dump_version, field);
        return NULL;
    case HEAD_COUNT:
        reader->announced = (size_t)field->value;
        return NULL;
    default:
        return NULL;
    }
}

static struct err *take_oid(const struct archive_field *field, uint32_t *out)
{
    const char *text = buf_text(&field->text);
    unsigned long long value = strtoull(text, NULL, 10);

    if (strspn(text, "0123456789") != field->text.len || value > UINT32_MAX)
        return err_new(ERR_PROTOCOL, "it is not an oid");
    *out = (uint32_t)value;
    return NULL;
}

static struct err *take_mark(const struct archive_field *field)
{
    const char *text = buf_text(&field->text);

    if (strcmp(text, "false") == 0 || strcmp(text, "true") == 0)
        return NULL;
    return err_new(ERR_PROTOCOL, "it is neither true nor false");
}

static struct err *take_dependency(const struct archive_field *field)
{
    const char *text = buf_text(&field->text);

    if (field->value < 0 || (field->value > 0 && strspn(text, "0123456789") == field->text.len))
        return NULL;
    return err_new(ERR_PROTOCOL, "it is not a dump id");
}

static struct err *take_place(struct archive_toc *reader)
{
    const struct archive_field *field = &reader->field;

    if ((field->value == OFFSET_NO_DATA) == reader->entry->has_data)
        return err_new(ERR_PROTOCOL, "it contradicts the data mark");
    if (field->value != OFFSET_SET && field->offset != 0)
        return err_new(ERR_PROTOCOL, "an offset stands where none is set");
    if (field->value == OFFSET_SET)
        reader->places[reader->toc->count] = field->offset;
    return NULL;
}

static void take_definition(struct toc_entry *entry, const struct archive_field *field)
{
    entry->no_definition = field->value <= 0;
    if (field->value > 0 && strcmp(entry->desc, "SEQUENCE SET") == 0)
        take_text(&entry->definition, field);
}

static struct err *store_entry(struct archive_toc *reader)
{
    struct archive_field *field = &reader->field;
    struct toc_entry *entry = reader->entry;

    switch (reader->at) {
    case ENTRY_DUMP_ID:
        entry->dump_id = (int)field->value;
        return NULL;
    case ENTRY_HAS_DATA:
        entry->has_data = field->value == 1;
        return NULL;
    case ENTRY_TABLE_OID:
        return take_oid(field, &entry->table_oid);
    case ENTRY_OID:
        return take_oid(field, &entry->oid);
    case ENTRY_TAG:
        take_text(&entry->tag, field);
        return NULL;
    case ENTRY_DESC:
        take_text(&entry->desc, field);
        return NULL;
    case ENTRY_SECTION:
        entry->section = (int)field->value;
        return NULL;
    case ENTRY_DEFINITION:
        take_definition(entry, field);
        return NULL;
    case ENTRY_COPY:
        if (field->value > 0)
            take_text(&entry->copy_statement, field);
        return NULL;
    case ENTRY_SCHEMA:
        take_text(&entry->schema, field);
        return NULL;
    case ENTRY_TABLESPACE:
        take_text(&entry->tablespace, field);
        return NULL;
    case ENTRY_OWNER:
        take_text(&entry->owner, field);
        return NULL;
    case ENTRY_WITH_OIDS:
        return take_mark(field);
    case ENTRY_DEPENDENCY:
        return take_dependency(field);
    case ENTRY_PLACE:
        return take_place(reader);
    case ENTRY_FILE:
        if (field->value > 0)
            take_text(&entry->file, field);
        return NULL;
    default:
        return NULL;
    }
}

/* Fields that say what the entry makes. The others (ids, oids, dependencies, the drop
 * statement, which follows from the definition) may differ between two dumps of the same. The
 * relation's kind stands in the definition as well, and only since 16. A restore test leaves
 * the source's tablespaces alone. The owner is apart: toc.h. */
static bool is_digested(enum archive_field_id id)
{
    return id == ENTRY_TAG || id == ENTRY_DESC || id == ENTRY_DEFINITION ||
           id == ENTRY_SCHEMA || id == ENTRY_TABLE_METHOD;
}

static void digest_add(struct archive_toc *reader, const struct buf *text)
{
    entry_digest_add(reader->digest, (const uint8_t *)buf_text(text), text->len);
}

static void read_code(struct toc_entry *entry, const struct archive_field *field)
{
    if (field->value <= 0 || !load_code_wants(entry->desc))
        return;
    if (archive_field_is_kept(field))
        load_code_read(entry->desc, buf_text(&field->text), field->text.len, true,
                       &entry->calls);
    else
        load_code_read(entry->desc, "", 0, false, &entry->calls);
}

/* The digest has it already where it was too long to be kept. An absent text counts as an empty
 * one. */
static void digest_text(struct archive_toc *reader)
{
    const struct archive_field *field = &reader->field;

    if (!field->digest)
        return;
    if (reader->at == ENTRY_DEFINITION)
        read_code(reader->entry, field);
    if (archive_field_is_kept(field) && reader->at == ENTRY_DEFINITION) {
        AUTO(buf_clear) struct buf settled = BUF_OWN_TEXT;

        if (strcmp(reader->entry->desc, "DEFAULT ACL") == 0)
            definition_settle_rights(buf_text(&field->text), &settled);
        else
            definition_settle(buf_text(&field->text), &settled);
        digest_add(reader, &settled);
    } else if (archive_field_is_kept(field)) {
        digest_add(reader, &field->text);
    }
    entry_digest_end_text(reader->digest);
}

static void digest_begin_text(struct archive_toc *reader)
{
    const struct toc_entry *entry = reader->entry;

    reader->field.digest = is_digested(reader->at) ? reader->digest : NULL;
    if (reader->at == ENTRY_DEFINITION &&
        (strcmp(entry->desc, "TABLE") == 0 || strcmp(entry->desc, "FOREIGN TABLE") == 0))
        entry_digest_begin_table(reader->digest);
}

static struct err *check_and_store(struct archive_toc *reader)
{
    const struct archive_rule *rule = &archive_rules[reader->at];

    if (reader->at <= HEAD_MAGIC_P2 && reader->field.value != rule->min)
        return err_new(ERR_PROTOCOL, "it is not a pg_dump archive");
    if (reader->field.value < rule->min || reader->field.value > rule->max)
        return err_new(ERR_PROTOCOL, "%lld is out of range", (long long)reader->field.value);
    return reader->at < ENTRY_DUMP_ID ? store_head(reader) : store_entry(reader);
}

static bool applies(const struct archive_toc *reader, enum archive_field_id id)
{
    const struct archive_rule *rule = &archive_rules[id];
    int minor = reader->toc->version_minor;

    if (id == ENTRY_PLACE)
        return reader->format == DUMP_CUSTOM;
    if (id == ENTRY_FILE)
        return reader->format != DUMP_CUSTOM;
    return (rule->since == 0 || minor >= rule->since) &&
           (rule->until == 0 || minor <= rule->until);
}

static void begin_entry(struct archive_toc *reader)
{
    struct toc *toc = reader->toc;

    if (toc->count == reader->size) {
        reader->size = reader->size ? reader->size * 2 : 64;
        toc->entries = mem_resize(toc->entries, reader->size, sizeof(*toc->entries));
        reader->places = mem_resize(reader->places, reader->size, sizeof(*reader->places));
    }
    entry_digest_restart(reader->digest);
    reader->entry = &toc->entries[toc->count];
    memset(reader->entry, 0, sizeof(*reader->entry));
    reader->places[toc->count] = 0;
}

static void end_entry(struct archive_toc *reader)
{
    if (reader->entry->has_data)
        reader->with_data++;
    reader->entry->digest = entry_digest_number(reader->digest);
    reader->toc->count++;
    reader->entry = NULL;
}

static int compare_ids(const void *a, const void *b)
{
    const struct by_id *left = a;
    const struct by_id *right = b;

    return (left->dump_id > right->dump_id) - (left->dump_id < right->dump_id);
}

static struct err *index_ids(struct archive_toc *reader)
{
    size_t count = reader->toc->count;

    reader->ids = mem_new(count + 1, sizeof(*reader->ids));
    for (size_t i = 0; i < count; i++)
        reader->ids[i] = (struct by_id){reader->toc->entries[i].dump_id, (uint32_t)i};
    qsort(reader->ids, count, sizeof(*reader->ids), compare_ids);
    for (size_t i = 1; i < count; i++)
        if (reader->ids[i].dump_id == reader->ids[i - 1].dump_id)
            return err_new(ERR_PROTOCOL, "table of contents: two entries have the dump id %d",
                           reader->ids[i].dump_id);
    reader->done = true;
    return NULL;
}

/* Moves on to the next field, or to the end. */
static struct err *advance(struct archive_toc *reader)
{
    bool again = reader->at == ENTRY_DEPENDENCY && reader->field.value >= 0;

    digest_text(reader);
    if (!again) {
        do
            reader->at++;
        while (reader->at < ARCHIVE_FIELD_COUNT && !applies(reader, reader->at));
    }
    if (reader->at == ARCHIVE_FIELD_COUNT) {
        end_entry(reader);
        reader->at = ENTRY_DUMP_ID;
    }
    if (reader->at == ENTRY_DUMP_ID) {
        if (reader->toc->count == reader->announced)
            return index_ids(reader);
        begin_entry(reader);
    }
    const struct archive_rule *rule = &archive_rules[reader->at];
    bool keep =
        reader->at == ENTRY_DEFINITION && strcmp(reader->entry->desc, "SEQUENCE SET") == 0;
    size_t keep_max = (size_t)archive_rules[ENTRY_TAG].max;

    reader->field_at = reader->offset;
    if (keep)
        archive_field_begin(&reader->field, ARCHIVE_TEXT, keep_max);
    else if (rule->kind == ARCHIVE_SHORT)
        archive_field_begin(&reader->field, rule->kind, SETTLED_MAX_BYTES);
    else
        archive_field_begin(&reader->field, rule->kind, (size_t)rule->max);
    digest_begin_text(reader);
    return NULL;
}

struct err *archive_toc_feed(struct archive_toc *reader, const uint8_t **data, size_t *len,
                             bool *done)
{
    while (*len > 0 && !reader->done) {
        size_t before = *len;
        bool whole = false;
        struct err *e = archive_field_feed(&reader->field, data, len, &whole);

        reader->offset += before - *len;
        if (!e && whole)
            e = check_and_store(reader);
        if (e)
            return damaged(reader, e);
        if (whole)
            PASS(advance(reader));
    }
    *done = reader->done;
    return NULL;
}

struct err *archive_toc_finish(const struct archive_toc *reader)
{
    if (reader->done)
        return NULL;
    return damaged(reader, err_new(ERR_CUT, "the archive ends at byte %llu",
                                   (unsigned long long)reader->offset));
}

struct toc *archive_toc_get(const struct archive_toc *reader)
{
    return reader->toc;
}

struct toc_entry *archive_toc_entry(const struct archive_toc *reader, int dump_id)
{
    const struct by_id key = {dump_id, 0};
    const struct by_id *found =
        bsearch(&key, reader->ids, reader->toc->count, sizeof(key), compare_ids);

    return found ? &reader->toc->entries[found->index] : NULL;
}

size_t archive_toc_with_data(const struct archive_toc *reader)
{
    return reader->with_data;
}

bool archive_toc_place(const struct archive_toc *reader, const struct toc_entry *entry,
                       uint64_t *out_offset)
{
    *out_offset = reader->places[entry - reader->toc->entries];
    return *out_offset != 0;
}

size_t archive_toc_int_size(const struct archive_toc *reader)
{
    return reader->field.int_size;
}

uint64_t archive_toc_bytes(const struct archive_toc *reader)
{
    return reader->offset;
}

void archive_toc_free(struct archive_toc *reader)
{
    if (!reader)
        return;
    if (reader->entry)
        reader->toc->count++; /* what was read of the last entry belongs to the toc too */
    toc_free(reader->toc);
    archive_field_clear(&reader->field);
    entry_digest_free(reader->digest);
    free(reader->places);
    free(reader->ids);
    free(reader);
}
