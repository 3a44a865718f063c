/* orchestrator/dump/archive_data.h: the data of one archive entry, measured as it passes.
 *
 * Layer: orchestrator/dump. Pure. What the entry is need not be known while the data passes
 * (a directory's files come in any order): that is asked at the end only.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_DATA_H
#define PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_DATA_H

#include "orchestrator/dump/copy_text.h"
#include "orchestrator/dump/toc.h"

#define ARCHIVE_DATA_TAIL_BYTES 4

struct archive_data { /* all zero is the start */
    uint64_t raw_bytes;
    uint64_t stored_bytes; /* counted by the caller */
    struct copy_text copy;
    uint8_t tail[ARCHIVE_DATA_TAIL_BYTES]; /* the last bytes */
};

void archive_data_feed(struct archive_data *data, const uint8_t *bytes, size_t len);

/* Writes what was measured into `entry` and marks it as seen. ERR_CUT, ERR_PROTOCOL: the data
 * does not end as pg_dump ends that of a table; the entry is named. */
MUST_USE struct err *archive_data_finish(const struct archive_data *data,
                                         struct toc_entry *entry);

/* "TABLE DATA public.t", for errors; the caller frees. */
char *archive_data_entry_name(const struct toc_entry *entry) MUST_USE;

#endif
