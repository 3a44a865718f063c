/* orchestrator/dump/tar_dump.h: pg_dump's tar format, read as it passes.
 *
 * Layer: orchestrator/dump. Pure; behind dump.h. A tar archive of the files that members.h
 * knows, toc.dat first.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_TAR_DUMP_H
#define PGKEEP_ORCHESTRATOR_DUMP_TAR_DUMP_H

#include "orchestrator/dump/dump.h"

struct tar_dump;

struct tar_dump *tar_dump_new(const struct dump_listener *listener) MUST_USE;

/* As dump_reader_feed and _finish. */
MUST_USE struct err *tar_dump_feed(struct tar_dump *dump, const uint8_t *data, size_t len);
MUST_USE struct err *tar_dump_finish(struct tar_dump *dump);

const struct toc *tar_dump_get_toc(const struct tar_dump *dump);
uint64_t tar_dump_raw_bytes(const struct tar_dump *dump);
void tar_dump_free(struct tar_dump *dump);

#endif
