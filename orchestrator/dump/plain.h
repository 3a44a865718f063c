/* orchestrator/dump/plain.h: a plain SQL dump read as it passes.
 *
 * Layer: orchestrator/dump. Pure. Behind dump.h; also used to tell SQL statements apart.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_PLAIN_H
#define PGKEEP_ORCHESTRATOR_DUMP_PLAIN_H

#include "orchestrator/dump/dump.h"

struct plain_reader;

struct plain_reader *plain_reader_new(const struct dump_listener *listener) MUST_USE;
MUST_USE struct err *plain_reader_feed(struct plain_reader *reader, const uint8_t *data,
                                       size_t len);
MUST_USE struct err *plain_reader_finish(struct plain_reader *reader);
struct toc *plain_reader_toc(struct plain_reader *reader);
uint64_t plain_reader_raw_bytes(const struct plain_reader *reader);
void plain_reader_free(struct plain_reader *reader);

#endif
