/* orchestrator/dump/dump.h: a dump read as it passes, in any of the four formats.
 *
 * Layer: orchestrator/dump. Pure: no descriptor, no clock. A reader is fed the dump's bytes
 * in pieces of any size, follows its structure, decompresses, counts rows, and knows at the end
 * whether the dump is whole. It serves backup (as a tap), verify, show and test.
 *
 * Custom: versions 1.13 to 1.16. Complete means: every TOC entry that has data was seen exactly
 * once, each block ended, and nothing follows.
 * Tar: pg_dump -Ft; directory: pg_dump -Fd, fed member by member (dump_member_*).
 * Plain: SQL text (not gzipped: the caller decodes); complete means pg_dump's trailer comment
 * is the last thing but for blank lines and \unrestrict. Its toc is made from the "-- Name:
 * ...; Type: ...;" comments outside of data and strings.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_DUMP_H
#define PGKEEP_ORCHESTRATOR_DUMP_DUMP_H

#include "orchestrator/dump/toc.h"

enum dump_format { DUMP_CUSTOM, DUMP_PLAIN, DUMP_TAR, DUMP_DIRECTORY };

/* "custom", "plain", "tar", "directory"; and back: false if unknown. */
const char *dump_format_name(enum dump_format format);
bool dump_format_parse(const char *text, enum dump_format *out);

/* What the reader tells while it reads (any may be NULL). */
struct dump_listener {
    /* The table of contents is known (custom, tar: before any data). */
    void (*on_toc)(void *ctx, const struct toc *toc);
    /* The data of an entry begins; `number` counts from 1 of `total` entries with data
     * (total 0: unknown). */
    void (*on_entry)(void *ctx, const struct toc_entry *entry, size_t number, size_t total);
    void *ctx;
};

struct dump_reader;

/* listener may be NULL; it is copied. */
struct dump_reader *dump_reader_new(enum dump_format format,
                                    const struct dump_listener *listener) MUST_USE;

/* The dump's bytes: custom, tar, plain. ERR_PROTOCOL: the structure is damaged ("at byte N"
 * and the entry's name in the message); ERR_UNSUPPORTED: an archive version we do not know. */
MUST_USE struct err *dump_reader_feed(struct dump_reader *reader, const void *data, size_t len);

/* Directory format: members in any order, each begin, feed*, end. Names as in the folder. */
MUST_USE struct err *dump_reader_member_begin(struct dump_reader *reader, const char *name);
MUST_USE struct err *dump_reader_member_end(struct dump_reader *reader);

/* ERR_CUT with what is missing unless the dump is complete. */
MUST_USE struct err *dump_reader_finish(struct dump_reader *reader);

/* The table of contents so far, or NULL; borrowed, valid until free. */
const struct toc *dump_reader_toc(const struct dump_reader *reader);

/* Bytes after decompression of all table data plus the rest as is; what a plain dump would
 * roughly take. */
uint64_t dump_reader_raw_bytes(const struct dump_reader *reader);

void dump_reader_free(struct dump_reader *reader);
void dump_reader_freep(struct dump_reader **reader);

#endif
