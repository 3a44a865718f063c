/* orchestrator/dump/archive.h: pg_dump's custom format, read as it passes.
 *
 * Layer: orchestrator/dump. Pure; behind dump.h. After the table of contents come the data
 * blocks: a type byte, the entry's dump id, then chunks (a length as an integer, and bytes),
 * the last of length 0. In a block of large objects each object is its oid and such a run of
 * chunks; oid 0 ends the block. Each run of chunks is one compressed stream. Source:
 * pg_backup_custom.c.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_H
#define PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_H

#include "orchestrator/dump/dump.h"

struct archive;

struct archive *archive_new(const struct dump_listener *listener) MUST_USE;

/* As dump_reader_feed and _finish. */
MUST_USE struct err *archive_feed(struct archive *archive, const uint8_t *data, size_t len);
MUST_USE struct err *archive_finish(struct archive *archive);

const struct toc *archive_get_toc(const struct archive *archive);
uint64_t archive_raw_bytes(const struct archive *archive);
void archive_free(struct archive *archive);

#endif
