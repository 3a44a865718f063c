/* tests/unit/dump/dumps.h: the dumps of tests/data/dumps, and ways to feed them. */
#ifndef PGKEEP_TESTS_UNIT_DUMP_DUMPS_H
#define PGKEEP_TESTS_UNIT_DUMP_DUMPS_H

#include "base/fs.h"
#include "base/mem.h"
#include "base/strv.h"
#include "orchestrator/dump/dump.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DUMPS "tests/data/dumps/"

/* One dump in memory: a file, or the files of a directory. */
struct sample {
    const char *name;
    enum dump_format format;
    struct strv names; /* a directory's files */
    struct buf *parts; /* their bytes; otherwise one */
    size_t count;
};

#define ALL_SAMPLES                                                                            \
    {                                                                                          \
        {.name = "13-gzip.dump", .format = DUMP_CUSTOM},                                       \
            {.name = "13.tar", .format = DUMP_TAR},                                            \
            {.name = "15-gzip.dump", .format = DUMP_CUSTOM},                                   \
            {.name = "15.tar", .format = DUMP_TAR},                                            \
            {.name = "15-gzip.dir", .format = DUMP_DIRECTORY},                                 \
            {.name = "17-none.dump", .format = DUMP_CUSTOM},                                   \
            {.name = "17-gzip.dump", .format = DUMP_CUSTOM},                                   \
            {.name = "17-lz4.dump", .format = DUMP_CUSTOM},                                    \
            {.name = "17-zstd.dump", .format = DUMP_CUSTOM},                                   \
            {.name = "17-places.dump", .format = DUMP_CUSTOM},                                 \
            {.name = "17-inserts.dump", .format = DUMP_CUSTOM},                                \
            {.name = "17-schema.dump", .format = DUMP_CUSTOM},                                 \
            {.name = "17-nothing.dump", .format = DUMP_CUSTOM},                                \
            {.name = "17.tar", .format = DUMP_TAR},                                            \
            {.name = "17-none.dir", .format = DUMP_DIRECTORY},                                 \
            {.name = "17-lz4.dir", .format = DUMP_DIRECTORY},                                  \
            {.name = "17-zstd.dir", .format = DUMP_DIRECTORY},                                 \
    }

static UNUSED void must(struct err *e)
{
    if (!e)
        return;
    char *text = err_text(e);
    err_free(e);
    print_error("%s\n", text);
    free(text);
    fail();
}

static UNUSED void sample_load(struct sample *sample)
{
    AUTO(mem_freep) char *path = mem_printf(DUMPS "%s", sample->name);

    if (sample->format == DUMP_DIRECTORY)
        must(fs_list_dir(path, &sample->names));
    sample->count = sample->format == DUMP_DIRECTORY ? sample->names.len : 1;
    sample->parts = mem_new(sample->count, sizeof(*sample->parts));
    for (size_t i = 0; i < sample->count; i++) {
        AUTO(mem_freep)
        char *file =
            sample->names.len ? fs_join(path, sample->names.items[i]) : mem_strdup(path);

        sample->parts[i].max = (size_t)1 << 20;
        must(fs_read_file(file, &sample->parts[i]));
    }
}

static UNUSED void sample_clear(struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        buf_clear(&sample->parts[i]);
    free(sample->parts);
    strv_clear(&sample->names);
}

/* Feeds `len` bytes in pieces of `piece` bytes, each in memory of its own size, so that a
 * sanitizer sees a read past the end. piece 0: as one. */
static UNUSED struct err *feed_pieces(struct dump_reader *reader, const char *data, size_t len,
                                      size_t piece)
{
    if (piece == 0)
        return dump_reader_feed(reader, data, len);
    for (size_t at = 0; at < len; at += piece) {
        size_t take = len - at < piece ? len - at : piece;
        AUTO(mem_freep) char *copy = mem_strndup("", 0);

        copy = mem_resize(copy, take, 1);
        memcpy(copy, data + at, take);
        PASS(dump_reader_feed(reader, copy, take));
    }
    return NULL;
}

/* Feeds a whole sample and finishes. */
static UNUSED struct err *sample_read(const struct sample *sample, struct dump_reader *reader,
                                      size_t piece)
{
    for (size_t i = 0; i < sample->count; i++) {
        if (sample->format == DUMP_DIRECTORY)
            PASS(dump_reader_member_begin(reader, sample->names.items[i]));
        PASS(feed_pieces(reader, sample->parts[i].data, sample->parts[i].len, piece));
        if (sample->format == DUMP_DIRECTORY)
            PASS(dump_reader_member_end(reader));
    }
    return dump_reader_finish(reader);
}

/* All that a table of contents says, as text to compare. */
static UNUSED char *toc_text(const struct toc *toc)
{
    struct buf text = BUF_OWN_TEXT;

    buf_printf(&text, "%s %d.%d %s %s\n", toc->format, toc->version_major, toc->version_minor,
               toc->database, toc_compression_name(toc->compression));
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *e = &toc->entries[i];

        buf_printf(&text, "%d %d %u %u %s|%s|%s|%s|%s|%s|%s|%s %d %d %d %llu %llu %llu\n",
                   e->dump_id, e->has_data, e->table_oid, e->oid, e->tag, e->desc, e->schema,
                   e->owner, e->tablespace, e->definition ? e->definition : "-",
                   e->copy_statement ? e->copy_statement : "-", e->file ? e->file : "-",
                   e->section, e->data_seen, e->rows_known, (unsigned long long)e->rows,
                   (unsigned long long)e->raw_bytes, (unsigned long long)e->stored_bytes);
    }
    return buf_take(&text);
}

#endif
