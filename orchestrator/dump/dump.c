#include "orchestrator/dump/dump.h"
#include "base/mem.h"
#include "orchestrator/dump/archive.h"
#include "orchestrator/dump/members.h"
#include "orchestrator/dump/plain.h"
#include "orchestrator/dump/tar_dump.h"
#include <stdlib.h>
#include <string.h>

static const char *const format_names[] = {
    [DUMP_CUSTOM] = "custom",
    [DUMP_PLAIN] = "plain",
    [DUMP_TAR] = "tar",
    [DUMP_DIRECTORY] = "directory",
};

struct dump_reader {
    enum dump_format format;
    union { /* by format */
        struct archive *custom;
        struct plain_reader *plain;
        struct tar_dump *tar;
        struct members *directory;
    };
    bool in_member; /* directory: between member_begin and member_end */
    bool broken;    /* an error was given; there is no going on */
};

const char *dump_format_name(enum dump_format format)
{
    return format_names[format];
}

bool dump_format_parse(const char *text, enum dump_format *out)
{
    for (size_t i = 0; i < ARRAY_LEN(format_names); i++)
        if (strcmp(text, format_names[i]) == 0) {
            *out = (enum dump_format)i;
            return true;
        }
    return false;
}

struct dump_reader *dump_reader_new(enum dump_format format,
                                    const struct dump_listener *listener)
{
    static const struct dump_listener nobody = {0};
    struct dump_reader *reader = mem_new(1, sizeof(*reader));

    if (!listener)
        listener = &nobody;
    reader->format = format;
    switch (format) {
    case DUMP_CUSTOM:
        reader->custom = archive_new(listener);
        break;
    case DUMP_PLAIN:
        reader->plain = plain_reader_new(listener);
        break;
    case DUMP_TAR:
        reader->tar = tar_dump_new(listener);
        break;
    case DUMP_DIRECTORY:
        reader->directory = members_new(DUMP_DIRECTORY, listener);
        break;
    }
    return reader;
}

/* Remembers that `e` happened. A length past any cap is damage: pg_dump writes none such. */
static struct err *noted(struct dump_reader *reader, struct err *e)
{
    if (!e)
        return NULL;
    reader->broken = true;
    return e->kind == ERR_TOO_LARGE ? err_as(e, ERR_PROTOCOL) : e;
}

static struct err *check_usable(const struct dump_reader *reader)
{
    if (reader->broken)
        return err_new(ERR_PROTOCOL, "the dump was already found damaged");
    return NULL;
}

static struct err *feed_format(struct dump_reader *reader, const uint8_t *data, size_t len)
{
    switch (reader->format) {
    case DUMP_CUSTOM:
        return archive_feed(reader->custom, data, len);
    case DUMP_PLAIN:
        return plain_reader_feed(reader->plain, data, len);
    case DUMP_TAR:
        return tar_dump_feed(reader->tar, data, len);
    case DUMP_DIRECTORY:
        break;
    }
    if (!reader->in_member)
        return err_new(ERR_FAILED, "bytes of a directory dump outside of its files");
    return members_feed(reader->directory, data, len);
}

struct err *dump_reader_feed(struct dump_reader *reader, const void *data, size_t len)
{
    PASS(check_usable(reader));
    return noted(reader, feed_format(reader, data, len));
}

struct err *dump_reader_member_begin(struct dump_reader *reader, const char *name)
{
    PASS(check_usable(reader));
    if (reader->format != DUMP_DIRECTORY || reader->in_member)
        return err_new(ERR_FAILED, "no file %s can begin here", name);
    reader->in_member = true;
    return noted(reader, members_begin(reader->directory, name));
}

struct err *dump_reader_member_end(struct dump_reader *reader)
{
    PASS(check_usable(reader));
    if (!reader->in_member)
        return err_new(ERR_FAILED, "no file can end here");
    reader->in_member = false;
    return noted(reader, members_end(reader->directory));
}

static struct err *finish_format(struct dump_reader *reader)
{
    switch (reader->format) {
    case DUMP_CUSTOM:
        return archive_finish(reader->custom);
    case DUMP_PLAIN:
        return plain_reader_finish(reader->plain);
    case DUMP_TAR:
        return tar_dump_finish(reader->tar);
    case DUMP_DIRECTORY:
        break;
    }
    return members_finish(reader->directory);
}

struct err *dump_reader_finish(struct dump_reader *reader)
{
    PASS(check_usable(reader));
    return noted(reader, finish_format(reader));
}

const struct toc *dump_reader_toc(const struct dump_reader *reader)
{
    switch (reader->format) {
    case DUMP_CUSTOM:
        return archive_get_toc(reader->custom);
    case DUMP_PLAIN:
        return plain_reader_toc(reader->plain);
    case DUMP_TAR:
        return tar_dump_get_toc(reader->tar);
    case DUMP_DIRECTORY:
        break;
    }
    return members_get_toc(reader->directory);
}

uint64_t dump_reader_raw_bytes(const struct dump_reader *reader)
{
    switch (reader->format) {
    case DUMP_CUSTOM:
        return archive_raw_bytes(reader->custom);
    case DUMP_PLAIN:
        return plain_reader_raw_bytes(reader->plain);
    case DUMP_TAR:
        return tar_dump_raw_bytes(reader->tar);
    case DUMP_DIRECTORY:
        break;
    }
    return members_raw_bytes(reader->directory);
}

void dump_reader_free(struct dump_reader *reader)
{
    if (!reader)
        return;
    switch (reader->format) {
    case DUMP_CUSTOM:
        archive_free(reader->custom);
        break;
    case DUMP_PLAIN:
        plain_reader_free(reader->plain);
        break;
    case DUMP_TAR:
        tar_dump_free(reader->tar);
        break;
    case DUMP_DIRECTORY:
        members_free(reader->directory);
        break;
    }
    free(reader);
}

void dump_reader_freep(struct dump_reader **reader)
{
    dump_reader_free(*reader);
    *reader = NULL;
}
