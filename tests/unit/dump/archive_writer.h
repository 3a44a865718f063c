/* tests/unit/dump/archive_writer.h: custom archives made by hand, of any version. */
#ifndef PGKEEP_TESTS_UNIT_DUMP_ARCHIVE_WRITER_H
#define PGKEEP_TESTS_UNIT_DUMP_ARCHIVE_WRITER_H

#include "base/buf.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct written_entry {
    int dump_id;
    const char *desc, *tag, *copy;
    bool has_data;
    int flag; /* 0: as has_data says, position not set */
    uint64_t place;
    const char *definition; /* NULL: "SELECT 1;" */
};

static UNUSED void put_bytes(struct buf *out, const void *data, size_t len)
{
    err_free(buf_append(out, data, len));
}

static UNUSED void put_byte(struct buf *out, int value)
{
    uint8_t byte = (uint8_t)value;

    put_bytes(out, &byte, 1);
}

static UNUSED void put_int(struct buf *out, int64_t value)
{
    uint64_t size = (uint64_t)(value < 0 ? -value : value);

    put_byte(out, value < 0);
    for (int i = 0; i < 4; i++)
        put_byte(out, (int)(size >> 8 * i & 0xff));
}

static UNUSED void put_text(struct buf *out, const char *text)
{
    put_int(out, text ? (int64_t)strlen(text) : -1);
    put_bytes(out, text, text ? strlen(text) : 0);
}

/* The header; gzip is 0 or 1. */
static UNUSED void put_head(struct buf *out, int minor, int gzip, int entries)
{
    put_bytes(out, "PGDMP", 5);
    put_byte(out, 1);
    put_byte(out, minor);
    put_byte(out, 0);
    put_byte(out, 4);
    put_byte(out, 8);
    put_byte(out, 1);
    if (minor >= 15)
        put_byte(out, gzip);
    else
        put_int(out, gzip ? -1 : 0);
    for (int i = 0; i < 7; i++)
        put_int(out, (const int[]){5, 4, 3, 2, 1, 126, 0}[i]); /* 2026-02-02 03:04:05 */
    put_text(out, "a database");
    put_text(out, "11.22");
    put_text(out, "11.22");
    put_int(out, entries);
}

static UNUSED void put_entry(struct buf *out, int minor, const struct written_entry *entry)
{
    put_int(out, entry->dump_id);
    put_int(out, entry->has_data);
    put_text(out, "1259");
    put_text(out, "16384");
    put_text(out, entry->tag);
    put_text(out, entry->desc);
    put_int(out, entry->has_data ? 3 : 2);
    put_text(out, entry->definition ? entry->definition : entry->has_data ? "" : "SELECT 1;\n");
    put_text(out, "");
    put_text(out, entry->copy);
    put_text(out, "public");
    put_text(out, NULL);
    if (minor >= 14)
        put_text(out, "heap");
    if (minor >= 16)
        put_int(out, 'r');
    put_text(out, "owner");
    put_text(out, "false");
    put_text(out, "200");
    put_text(out, NULL);
    put_byte(out, entry->flag ? entry->flag : entry->has_data ? 1 : 3);
    for (int i = 0; i < 8; i++)
        put_byte(out, (int)(entry->place >> 8 * i & 0xff));
}

/* A data block of one chunk. */
static UNUSED void put_data(struct buf *out, int dump_id, const char *text)
{
    put_byte(out, 1);
    put_int(out, dump_id);
    put_text(out, text);
    put_int(out, 0);
}

#endif
