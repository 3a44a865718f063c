#include "orchestrator/repository/manifest_fields.h"
#include "orchestrator/repository/manifest.h"

#define FIELD(key, kind, required)                                                             \
    {                                                                                          \
#key, MANIFEST_##kind, offsetof(struct manifest, key), required                        \
    }
#define TIME_FIELD(key, member)                                                                \
    {                                                                                          \
        key, MANIFEST_TIME, offsetof(struct manifest, member), false                           \
    }

const struct manifest_field manifest_fields[] = {
    FIELD(target, TEXT, true),
    FIELD(database, TEXT, true),
    FIELD(stamp, TEXT, true),
    FIELD(order, INT64, false),
    TIME_FIELD("started_at", started_unix_s),
    TIME_FIELD("finished_at", finished_unix_s),
    FIELD(elapsed_ms, INT64, false),
    FIELD(container_id, TEXT, false),
    FIELD(image, TEXT, false),
    FIELD(image_id, TEXT, false),
    FIELD(engine_version, TEXT, false),
    FIELD(pgkeep_version, TEXT, false),
    FIELD(server_version, TEXT, false),
    FIELD(server_version_num, INT, false),
    FIELD(tool_version, TEXT, false),
    FIELD(encoding, TEXT, false),
    FIELD(locale_provider, TEXT, false),
    FIELD(collate, TEXT, false),
    FIELD(ctype, TEXT, false),
    FIELD(icu_locale, TEXT, false),
    FIELD(icu_rules, TEXT, false),
    FIELD(owner, TEXT, false),
    FIELD(database_comment, TEXT, false),
    FIELD(database_properties, TEXTS, false),
    FIELD(database_bytes, BYTES, false),
    FIELD(snapshot, TEXT, false),
    FIELD(lsn, TEXT, false),
    FIELD(in_recovery, BOOL, false),
    FIELD(dump_format, TEXT, true),
    FIELD(compression, TEXT, false),
    FIELD(dump, TEXT, true),
    FIELD(globals, TEXT, true),
    FIELD(globals_have_passwords, BOOL, false),
    FIELD(selection, TEXTS, false),
    FIELD(commands, COMMANDS, false),
    FIELD(notes, TEXTS, false),
    FIELD(warnings, TEXTS, false),
    FIELD(subscriptions, TEXTS, false),
    FIELD(raw_bytes, BYTES, false),
    FIELD(compared_with, TEXT, false),
};

const size_t manifest_field_count = ARRAY_LEN(manifest_fields);
