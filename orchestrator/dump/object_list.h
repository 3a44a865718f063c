/* orchestrator/dump/object_list.h: a blobs.toc file, read as it passes.
 *
 * Layer: orchestrator/dump. Pure. Source: _EndLO in pg_backup_directory.c, _StartLO in
 * pg_backup_tar.c: a line "OID blob_OID.dat" for each large object.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_OBJECT_LIST_H
#define PGKEEP_ORCHESTRATOR_DUMP_OBJECT_LIST_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct object_list { /* all zero is the start */
    uint32_t *oids;  /* in the file's order */
    size_t count, size;
    char line[64]; /* begun, not yet ended */
    size_t line_len;
};

MUST_USE struct err *object_list_feed(struct object_list *list, const uint8_t *data,
                                      size_t len);

/* ERR_CUT in the middle of a line. */
MUST_USE struct err *object_list_finish(const struct object_list *list);

void object_list_clear(struct object_list *list);

#endif
