/* orchestrator/dump/listing.h: a table of contents as `pg_restore -l` prints it.
 *
 * Layer: orchestrator/dump. Pure. Source: PrintTOCSummary in pg_backup_archiver.c.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_LISTING_H
#define PGKEEP_ORCHESTRATOR_DUMP_LISTING_H

#include "base/buf.h"
#include "orchestrator/dump/toc.h"

/* Appends the lines "dumpId; tableoid oid DESC schema tag owner" of all entries, as pg_restore
 * -l does (the same entries left out, the same sanitising of newlines), without its header. */
void listing_entries(const struct toc *toc, struct buf *out);

/* Appends the header comment (";\n; Archive created at ..."). */
void listing_header(const struct toc *toc, struct buf *out);

#endif
