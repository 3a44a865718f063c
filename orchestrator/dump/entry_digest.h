/* orchestrator/dump/entry_digest.h: the texts of an entry of a table of contents, as one
 * number.
 *
 * Layer: orchestrator/dump. Pure. Life: new; then for each entry restart, each text by
 * add* and end_text, number; free.
 *
 * Texts count as they stand, but for one: PostgreSQL cannot bring back the order of the columns
 * of a child by inheritance (CREATE TABLE ... INHERITS puts the parents' columns first,
 * whatever ALTER TABLE made of the original), so pg_dump writes a copy's columns in another
 * order than the source's. The lines of such a definition count in any order, without commas at
 * their ends.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ENTRY_DIGEST_H
#define PGKEEP_ORCHESTRATOR_DUMP_ENTRY_DIGEST_H

#include "base/own.h"
#include <stddef.h>
#include <stdint.h>

struct entry_digest;

struct entry_digest *entry_digest_new(void) MUST_USE;
void entry_digest_free(struct entry_digest *digest);

void entry_digest_restart(struct entry_digest *digest);

/* The text that comes next is a table's definition: its lines are looked at one by one, and
 * count so if one of them begins with "INHERITS (". */
void entry_digest_begin_table(struct entry_digest *digest);

void entry_digest_add(struct entry_digest *digest, const uint8_t *data, size_t len);

/* A zero byte, which no text holds, goes between two texts. */
void entry_digest_end_text(struct entry_digest *digest);

/* Once an entry, after its last text. */
uint64_t entry_digest_number(struct entry_digest *digest) MUST_USE;

#endif
