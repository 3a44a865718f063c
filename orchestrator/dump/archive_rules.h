/* orchestrator/dump/archive_rules.h: the fields of an archive's table of contents, in
 * order.
 *
 * Layer: orchestrator/dump. A table: what each field is, in which versions and formats it
 * stands, and which values it can have. Source: WriteHead and WriteToc in
 * pg_backup_archiver.c; the versions are listed in pg_backup_archiver.h.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_RULES_H
#define PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_RULES_H

#include "orchestrator/dump/archive_field.h"

enum archive_field_id {
    /* Once: */
    HEAD_MAGIC_P,
    HEAD_MAGIC_G,
    HEAD_MAGIC_D,
    HEAD_MAGIC_M,
    HEAD_MAGIC_P2,
    HEAD_MAJOR,
    HEAD_MINOR,
    HEAD_REVISION,
    HEAD_INT_SIZE,
    HEAD_OFFSET_SIZE,
    HEAD_FORMAT,
    HEAD_ALGORITHM,
    HEAD_LEVEL,
    HEAD_SECOND,
    HEAD_MINUTE,
    HEAD_HOUR,
    HEAD_DAY,
    HEAD_MONTH,
    HEAD_YEAR,
    HEAD_SUMMER_TIME,
    HEAD_DATABASE,
    HEAD_SERVER_VERSION,
    HEAD_DUMP_VERSION,
    HEAD_COUNT,
    /* For each entry: */
    ENTRY_DUMP_ID,
    ENTRY_HAS_DATA,
    ENTRY_TABLE_OID,
    ENTRY_OID,
    ENTRY_TAG,
    ENTRY_DESC,
    ENTRY_SECTION,
    ENTRY_DEFINITION,
    ENTRY_DROP,
    ENTRY_COPY,
    ENTRY_SCHEMA,
    ENTRY_TABLESPACE,
    ENTRY_TABLE_METHOD,
    ENTRY_RELATION_KIND,
    ENTRY_OWNER,
    ENTRY_WITH_OIDS,
    ENTRY_DEPENDENCY, /* repeats until NULL */
    ENTRY_PLACE,      /* custom format */
    ENTRY_FILE,       /* tar and directory format */
    ARCHIVE_FIELD_COUNT,
};

struct archive_rule {
    const char *name; /* for errors */
    enum archive_field_kind kind;
    int64_t min, max; /* of a number; a text's least and most bytes, -1: NULL is allowed */
    int since, until; /* minor versions; 0: any */
};

extern const struct archive_rule archive_rules[ARCHIVE_FIELD_COUNT];

#endif
