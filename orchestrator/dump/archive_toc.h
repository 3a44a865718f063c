/* orchestrator/dump/archive_toc.h: the header and table of contents of an archive.
 *
 * Layer: orchestrator/dump. Pure. The custom format begins with it; in tar and directory
 * format it is the member toc.dat. Source: ReadHead and ReadToc in pg_backup_archiver.c,
 * ReadOffset for the custom format's data positions. Definitions pass by unkept, so that what
 * stays in memory is names.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_TOC_H
#define PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_TOC_H

#include "orchestrator/dump/dump.h"

/* Archive versions 1.MIN to 1.MAX are known. */
#define ARCHIVE_MINOR_MIN 13
#define ARCHIVE_MINOR_MAX 16

struct archive_toc;

/* `format`: custom, tar or directory. */
struct archive_toc *archive_toc_new(enum dump_format format) MUST_USE;

/* Takes off the front of *data what belongs to the table of contents; *done says that it is
 * whole. ERR_PROTOCOL, ERR_TOO_LARGE, ERR_UNSUPPORTED as in dump.h. */
MUST_USE struct err *archive_toc_feed(struct archive_toc *reader, const uint8_t **data,
                                      size_t *len, bool *done);

/* ERR_CUT unless the table of contents is whole. */
MUST_USE struct err *archive_toc_finish(const struct archive_toc *reader);

/* Borrowed; entries are whole as far as `count` says. */
struct toc *archive_toc_get(const struct archive_toc *reader);

/* The entry with this dump id, or NULL, without a search through all. After the end only. */
struct toc_entry *archive_toc_entry(const struct archive_toc *reader, int dump_id);

/* Entries that have data. */
size_t archive_toc_with_data(const struct archive_toc *reader);

/* Custom format: where the entry's data block begins; false where pg_dump could not know. */
bool archive_toc_place(const struct archive_toc *reader, const struct toc_entry *entry,
                       uint64_t *out_offset);

/* Custom format: how a number is written from here on. */
size_t archive_toc_int_size(const struct archive_toc *reader);

/* Bytes taken so far. */
uint64_t archive_toc_bytes(const struct archive_toc *reader);

void archive_toc_free(struct archive_toc *reader);

#endif
