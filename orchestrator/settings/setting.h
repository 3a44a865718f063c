/* orchestrator/settings/setting.h: one setting as table.def declares it, and its names.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. Pure.
 *
 * A setting has one name, "exclude-table", and a spelling for each place: --exclude-table,
 * PGKEEP_EXCLUDE_TABLE, label pgkeep.exclude-table, key exclude-table. A SECRET has two in the
 * environment and the config file (NAME and NAME_FILE), and its flag, --NAME-from, takes a file
 * only, since everybody on the machine can read a command line.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_SETTING_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_SETTING_H

#include "base/strv.h"
#include "orchestrator/settings/command.h"
#include "orchestrator/settings/settings.h"

enum setting_type {
    TYPE_BOOL,
    TYPE_TEXT,
    TYPE_INT,
    TYPE_DURATION,
    TYPE_SIZE,
    TYPE_DECIMAL, /* kept as text that is a positive decimal number */
    TYPE_PERCENT, /* a whole number from 0 to 99, with or without the sign */
    TYPE_CHOICE,
    TYPE_LIST,
    TYPE_SECRET,
    TYPE_PATH,
};

enum setting_place {
    PLACE_FLAG = 1,
    PLACE_ENV = 2,
    PLACE_LABEL = 4, /* and a target's section of the config file */
    PLACE_CONFIG = 8,
};

/* How help groups a flag of a command. */
enum setting_group { GROUP_OWN, GROUP_TESTING, GROUP_CONNECTION, GROUP_COMMON, GROUP_COUNT };

struct setting {
    enum setting_id id;
    const char *name;
    enum setting_type type;
    const char *fallback; /* the default as typed, or NULL */
    const char *choices;
    unsigned places;
    unsigned commands; /* bits 1 << enum command_id */
    const char *value_name;
    const char *help;
};

extern const struct setting setting_table[SETTING_COUNT];

bool setting_belongs_to(const struct setting *setting, const struct command *command);
enum setting_group setting_group(const struct setting *setting, const struct command *command);

/* The spellings; the caller frees. `as_file` asks for a SECRET's form that names a file. */
char *setting_flag(const struct setting *setting) MUST_USE;
char *setting_variable(const struct setting *setting, bool as_file) MUST_USE;
char *setting_label(const struct setting *setting) MUST_USE;
char *setting_key(const struct setting *setting, bool as_file) MUST_USE;

/* Finds by spelling ("--jobs", "PGKEEP_JOBS", "pgkeep.jobs", "jobs") whatever the places;
 * *as_file tells which form of a SECRET it was. NULL if unknown. */
const struct setting *setting_by_flag(const char *flag);
const struct setting *setting_by_variable(const char *variable, bool *as_file);
const struct setting *setting_by_label(const char *label);
const struct setting *setting_by_key(const char *key, bool *as_file);

/* The nearest spelling among settings of `places` (any of them), and of `command` unless it is
 * NULL; or NULL. `spelling` is the kind of name that is compared. The caller frees. */
enum setting_spelling { SPELL_FLAG, SPELL_VARIABLE, SPELL_LABEL, SPELL_KEY };
char *setting_nearest(const char *typed, enum setting_spelling spelling, unsigned places,
                      const struct command *command) MUST_USE;

/* "flag --jobs, PGKEEP_JOBS or label pgkeep.jobs": where it may be set; the caller frees. */
char *setting_places_text(const struct setting *setting) MUST_USE;

#endif
