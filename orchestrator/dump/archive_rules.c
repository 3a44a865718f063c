#include "orchestrator/dump/archive_rules.h"

enum {
    NAME_MAX_BYTES = 64 << 10,
    COPY_MAX_BYTES = 1 << 20,
    OID_MAX_BYTES = 10,
    LARGEST_ENTRY_COUNT = 1 << 24,
};

#define BYTE(text, low, high)                                                                  \
    {                                                                                          \
        .name = text, .kind = ARCHIVE_BYTE, .min = low, .max = high                            \
    }
#define INT(text, low, high)                                                                   \
    {                                                                                          \
        .name = text, .kind = ARCHIVE_INT, .min = low, .max = high                             \
    }
#define TEXT(text, least, most)                                                                \
    {                                                                                          \
        .name = text, .kind = ARCHIVE_TEXT, .min = least, .max = most                          \
    }
#define SKIPPED(text)                                                                          \
    {                                                                                          \
        .name = text, .kind = ARCHIVE_SKIPPED, .min = -1, .max = INT32_MAX                     \
    }

/* Versions, formats and compressions are judged where they are stored, to say it better. */
const struct archive_rule archive_rules[ARCHIVE_FIELD_COUNT] = {
    [HEAD_MAGIC_P] = BYTE("its signature", 'P', 'P'),
    [HEAD_MAGIC_G] = BYTE("its signature", 'G', 'G'),
    [HEAD_MAGIC_D] = BYTE("its signature", 'D', 'D'),
    [HEAD_MAGIC_M] = BYTE("its signature", 'M', 'M'),
    [HEAD_MAGIC_P2] = BYTE("its signature", 'P', 'P'),
    [HEAD_MAJOR] = BYTE("its version", 0, 255),
    [HEAD_MINOR] = BYTE("its version", 0, 255),
    [HEAD_REVISION] = BYTE("its version", 0, 255),
    [HEAD_INT_SIZE] = BYTE("the size of numbers", 4, 8),
    [HEAD_OFFSET_SIZE] = BYTE("the size of offsets", 4, 8),
    [HEAD_FORMAT] = BYTE("its format", 0, 255),
    [HEAD_ALGORITHM] = {.name = "its compression", .kind = ARCHIVE_BYTE, .max = 3, .since = 15},
    [HEAD_LEVEL] = {.name = "its compression level",
                    .kind = ARCHIVE_INT,
                    .min = -1,
                    .max = 9,
                    .until = 14},
    [HEAD_SECOND] = INT("its second", 0, 60),
    [HEAD_MINUTE] = INT("its minute", 0, 59),
    [HEAD_HOUR] = INT("its hour", 0, 23),
    [HEAD_DAY] = INT("its day", 1, 31),
    [HEAD_MONTH] = INT("its month", 0, 11),
    [HEAD_YEAR] = INT("its year", 70, 8099),
    [HEAD_SUMMER_TIME] = INT("its summer time", -1, 1),
    [HEAD_DATABASE] = TEXT("the database's name", -1, NAME_MAX_BYTES),
    [HEAD_SERVER_VERSION] = TEXT("the server's version", -1, NAME_MAX_BYTES),
    [HEAD_DUMP_VERSION] = TEXT("pg_dump's version", -1, NAME_MAX_BYTES),
    [HEAD_COUNT] = INT("the number of entries", 0, LARGEST_ENTRY_COUNT),
    [ENTRY_DUMP_ID] = INT("the dump id", 1, INT32_MAX),
    [ENTRY_HAS_DATA] = INT("the data mark", 0, 1),
    [ENTRY_TABLE_OID] = TEXT("the catalog's oid", 1, OID_MAX_BYTES),
    [ENTRY_OID] = TEXT("the oid", 1, OID_MAX_BYTES),
    [ENTRY_TAG] = TEXT("the name", -1, NAME_MAX_BYTES),
    [ENTRY_DESC] = TEXT("the kind", 1, NAME_MAX_BYTES),
    [ENTRY_SECTION] = INT("the section", 1, 4),
    [ENTRY_DEFINITION] = {.name = "the definition",
                          .kind = ARCHIVE_SHORT,
                          .min = -1,
                          .max = INT32_MAX},
    [ENTRY_DROP] = SKIPPED("the drop statement"),
    [ENTRY_COPY] = TEXT("the copy statement", -1, COPY_MAX_BYTES),
    [ENTRY_SCHEMA] = TEXT("the schema", -1, NAME_MAX_BYTES),
    [ENTRY_TABLESPACE] = TEXT("the tablespace", -1, NAME_MAX_BYTES),
    [ENTRY_TABLE_METHOD] = {.name = "the table access method",
                            .kind = ARCHIVE_TEXT,
                            .min = -1,
                            .max = NAME_MAX_BYTES,
                            .since = 14},
    [ENTRY_RELATION_KIND] = {.name = "the kind of relation",
                             .kind = ARCHIVE_INT,
                             .max = 127,
                             .since = 16},
    [ENTRY_OWNER] = TEXT("the owner", -1, NAME_MAX_BYTES),
    [ENTRY_WITH_OIDS] = TEXT("the oids mark", 4, 5),
    [ENTRY_DEPENDENCY] = TEXT("a dependency", -1, OID_MAX_BYTES),
    [ENTRY_PLACE] = {.name = "the data's place", .kind = ARCHIVE_PLACE, .min = 1, .max = 3},
    [ENTRY_FILE] = TEXT("the file's name", 0, NAME_MAX_BYTES),
};
