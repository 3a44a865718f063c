/* orchestrator/restore/dump_feed.h: a backup's files pushed into the reader of its dump.
 *
 * Layer: orchestrator/restore. Opens nothing itself: whoever reads a file for another purpose
 * (a digest) pushes the same bytes here. A compressed plain dump is decoded on the way.
 *
 * Life: dump_feed_new, (begin, bytes*, end for each file that dump_feed_wants), finish, free.
 * In the directory format toc.dat comes first.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_DUMP_FEED_H
#define PGKEEP_ORCHESTRATOR_RESTORE_DUMP_FEED_H

#include "orchestrator/dump/dump.h"
#include "orchestrator/repository/manifest.h"

struct dump_feed;

/* ERR_UNSUPPORTED: a dump format that this pgkeep does not know. The manifest must have a dump
 * and outlive the feed. listener may be NULL. */
MUST_USE struct err *dump_feed_new(const struct manifest *manifest,
                                   const struct dump_listener *listener,
                                   struct dump_feed **out);

/* From now on a plain dump that psql must not be given is refused (dump/plain_guard.h). Call it
 * before the first byte; without effect on other formats. */
void dump_feed_guard(struct dump_feed *feed);

/* True if the file (by its name in the manifest) is part of the dump. */
bool dump_feed_wants(const struct dump_feed *feed, const char *file);

/* True if the file has the table of contents. */
bool dump_feed_is_first(const struct dump_feed *feed, const char *file);

MUST_USE struct err *dump_feed_begin(struct dump_feed *feed, const char *file);
MUST_USE struct err *dump_feed_bytes(struct dump_feed *feed, const void *data, size_t len);
MUST_USE struct err *dump_feed_end(struct dump_feed *feed);

/* ERR_CUT unless the dump is complete. */
MUST_USE struct err *dump_feed_finish(struct dump_feed *feed);

/* Borrowed; NULL while unknown. */
const struct toc *dump_feed_toc(const struct dump_feed *feed);

void dump_feed_free(struct dump_feed *feed);
void dump_feed_freep(struct dump_feed **feed);

/* Reads just as much of the backup in `folder` as it takes to know the table of contents: the
 * head of a custom or tar dump, toc.dat of a folder, the whole of a plain dump. */
MUST_USE struct err *dump_feed_read_toc(const char *folder, const struct manifest *manifest,
                                        struct dump_feed **out);

#endif
