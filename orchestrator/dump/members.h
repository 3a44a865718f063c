/* orchestrator/dump/members.h: the files of a tar or directory dump, in any order.
 *
 * Layer: orchestrator/dump. Pure; behind dump.h. Each file is measured as it passes and
 * matched with the table of contents at the end, so memory grows with the number of files
 * (about 60 bytes each), not with their size. A large object in a directory without compression
 * carries no length of its own: that it was cut only its checksum can tell.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_MEMBERS_H
#define PGKEEP_ORCHESTRATOR_DUMP_MEMBERS_H

#include "orchestrator/dump/dump.h"

struct members;

/* `format`: tar or directory. */
struct members *members_new(enum dump_format format, const struct dump_listener *listener)
    MUST_USE;

/* begin, feed*, end for each file. ERR_PROTOCOL: pg_dump writes no such file, or it is damaged;
 * ERR_CUT: it ends early. The file is named. */
MUST_USE struct err *members_begin(struct members *members, const char *name);
MUST_USE struct err *members_feed(struct members *members, const uint8_t *data, size_t len);
MUST_USE struct err *members_end(struct members *members);

/* ERR_CUT: a file is missing; ERR_PROTOCOL: one is too many. */
MUST_USE struct err *members_finish(struct members *members);

const struct toc *members_get_toc(const struct members *members);
uint64_t members_raw_bytes(const struct members *members);
void members_free(struct members *members);

#endif
