#include "orchestrator/cli/recovery.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"

void recovery_see(struct recovery *recovery, const struct backup *backup)
{
    if (!backup_is_proven(backup))
        return;
    mem_replace(&recovery->id, backup->id);
    recovery->at_unix_s = backup->at_unix_s;
    recovery->restore_ms = backup_restore_ms(backup);
}

void recovery_clear(struct recovery *recovery)
{
    mem_freep(&recovery->id);
    *recovery = (struct recovery){0};
}

void recovery_cells(struct table *table, const struct recovery *recovery)
{
    bool is_timed = recovery->id && recovery->restore_ms >= 0;
    char text[UNITS_TEXT_SIZE];

    table_cell(table,
               recovery->id ? units_age(clock_unix_s() - recovery->at_unix_s, text) : "-");
    table_cell(table, is_timed ? units_elapsed(recovery->restore_ms, text) : "-");
}

void recovery_set_json(json_t *json, const struct recovery *recovery)
{
    bool is_timed = recovery->id && recovery->restore_ms >= 0;
    char at[CLOCK_TEXT_SIZE];

    clock_rfc3339(recovery->at_unix_s, at);
    jsonx_set_string(json, "proven_backup", recovery->id);
    jsonx_set_string(json, "proven_at", recovery->id ? at : NULL);
    jsonx_set(json, "proven_age_s",
              recovery->id ? json_integer(clock_unix_s() - recovery->at_unix_s) : json_null());
    jsonx_set(json, "restore_ms", is_timed ? json_integer(recovery->restore_ms) : json_null());
}
