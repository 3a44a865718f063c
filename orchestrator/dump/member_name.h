/* orchestrator/dump/member_name.h: what a file of a tar or directory dump is, by its name.
 *
 * Layer: orchestrator/dump. Pure. Source: pg_backup_tar.c, pg_backup_directory.c: toc.dat,
 * ID.dat, blob_OID.dat, blobs.toc (before archive version 1.16) or blobs_ID.toc, restore.sql
 * (tar). Compressed files end in .gz, .lz4 or .zst.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_MEMBER_NAME_H
#define PGKEEP_ORCHESTRATOR_DUMP_MEMBER_NAME_H

#include "orchestrator/stream/decoder.h"
#include <stdbool.h>
#include <stdint.h>

enum member_kind {
    MEMBER_TOC,
    MEMBER_DATA,    /* number: dump id */
    MEMBER_OBJECT,  /* number: oid of the large object */
    MEMBER_OBJECTS, /* a list of large objects; number: dump id, 0 for blobs.toc */
    MEMBER_SCRIPT,
};

struct member_name {
    enum member_kind kind;
    uint32_t number;
    enum decoder_kind decoder;
};

/* False: pg_dump writes no file of that name. */
bool member_name_parse(const char *name, struct member_name *out);

#endif
