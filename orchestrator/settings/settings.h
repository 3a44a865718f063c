/* orchestrator/settings/settings.h: every setting, from wherever it was set.
 *
 * Layer: orchestrator/settings. The one table (table.def) declares each setting once; from it
 * come flags, environment variables (PGKEEP_...), labels (pgkeep....), config-file keys, --help
 * and the man page. Precedence: flag > label of the target > environment > config file >
 * default.
 *
 * A struct settings is immutable once made; it is handed down, never global.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_SETTINGS_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_SETTINGS_H

#include "base/err.h"
#include "base/jsonx.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>

enum setting_id {
#define SETTING(ID, ...) SETTING_##ID,
#include "orchestrator/settings/table.def"
#undef SETTING
    SETTING_COUNT
};

struct settings;

void settings_free(struct settings *settings);
void settings_freep(struct settings **settings);

/* Values, already checked when they were read; asking for another type than declared is a
 * defect and ends the process. */
const char *settings_text(const struct settings *settings, enum setting_id id); /* or NULL */
bool settings_bool(const struct settings *settings, enum setting_id id);
int64_t settings_int(const struct settings *settings, enum setting_id id);
int settings_percent(const struct settings *settings, enum setting_id id);
int64_t settings_duration_ms(const struct settings *settings, enum setting_id id);
uint64_t settings_size_bytes(const struct settings *settings, enum setting_id id);
const struct strv *settings_list(const struct settings *settings, enum setting_id id);

/* True where it was set anywhere (not the default). */
bool settings_is_set(const struct settings *settings, enum setting_id id);

/* "--flag", "label pgkeep.x", "PGKEEP_X", "config file /path line 3", "default"; for messages.
 */
const char *settings_source(const struct settings *settings, enum setting_id id);

/* The settings for one target: labels (JSON object of strings, borrowed) put between flags and
 * environment. Unknown pgkeep.* labels are ERR_USAGE naming target, label and nearest name. */
MUST_USE struct err *settings_for_target(const struct settings *base, const char *target,
                                         const json_t *labels, struct settings **out);

/* What the user typed. */
struct invocation {
    const struct command *command; /* NULL: only --help or --version */
    bool help;
    bool version;
    struct strv arguments;
    struct settings *settings;
};
void invocation_clear(struct invocation *invocation);

/* Reads argv (argv[0] skipped), the environment and the config file. ERR_USAGE in one line with
 * the nearest name for anything unknown; flags that the command does not take are named so. */
MUST_USE struct err *invocation_parse(int argc, char **argv, char **environment,
                                      struct invocation *out);

#endif
