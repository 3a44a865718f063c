/* orchestrator/settings/config.h: the config file.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. INI as libinih
 * reads it (https://github.com/benhoyt/inih): [section], key = value, comments with ; or #, and
 * an indented line continues the value above it. [global] holds keys for every target, a
 * section named as a target holds those for that one.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_CONFIG_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_CONFIG_H

#include "orchestrator/settings/value.h"

#define CONFIG_GLOBAL "global"

struct config_entry {
    char *section;
    char *key;
    char *value;
    unsigned line;
};

struct config {
    char *path;
    struct config_entry *entries;
    size_t count;
};

/* Reads the file's structure. ERR_USAGE names path and line; ERR_NOT_FOUND if it is absent. */
MUST_USE struct err *config_read(const char *path, struct config *out);

/* Sets values[SETTING_COUNT] from one section. ERR_USAGE for keys that are unknown, that do not
 * belong into this section, or that stand there twice, and for bad values. */
MUST_USE struct err *config_apply(const struct config *config, const char *section,
                                  struct value *values);

/* Checks every section by applying it to nothing. */
MUST_USE struct err *config_check(const struct config *config);

void config_copy(struct config *to, const struct config *from);
void config_clear(struct config *config);

#endif
