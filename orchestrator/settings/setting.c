#include "orchestrator/settings/setting.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FLAG PLACE_FLAG
#define ENV PLACE_ENV
#define LABEL PLACE_LABEL
#define CONFIG PLACE_CONFIG
#define ANYWHERE (FLAG | ENV | LABEL | CONFIG)

#define ON(COMMAND) (1U << COMMAND_##COMMAND)
#define EVERYTHING ((1U << COMMAND_COUNT) - 1)
#define TESTING (ON(TEST) | ON(BACKUP))
#define CONNECTING                                                                             \
    (ON(TARGETS) | ON(DOCTOR) | ON(WAIT) | ON(BACKUP) | ON(TEST) | ON(RESTORE) | ON(RUN))

const struct setting setting_table[SETTING_COUNT] = {
#define SETTING(ID, NAME, TYPE, FALLBACK, CHOICES, PLACES, COMMANDS, VALUE_NAME, HELP)         \
    [SETTING_##ID] = {SETTING_##ID, NAME,     TYPE_##TYPE, FALLBACK, CHOICES,                  \
                      PLACES,       COMMANDS, VALUE_NAME,  HELP},
#include "orchestrator/settings/table.def"
#undef SETTING
};

bool setting_belongs_to(const struct setting *setting, const struct command *command)
{
    return (setting->commands >> command->id & 1U) != 0;
}

enum setting_group setting_group(const struct setting *setting, const struct command *command)
{
    if (setting->commands == EVERYTHING)
        return GROUP_COMMON;
    if (setting->commands == CONNECTING)
        return GROUP_CONNECTION;
    if (setting->commands == TESTING && command->id == COMMAND_BACKUP)
        return GROUP_TESTING;
    return GROUP_OWN;
}

char *setting_flag(const struct setting *setting)
{
    return mem_printf("--%s%s", setting->name, setting->type == TYPE_SECRET ? "-from" : "");
}

char *setting_variable(const struct setting *setting, bool as_file)
{
    char *variable = mem_printf("PGKEEP_%s%s", setting->name, as_file ? "_FILE" : "");

    for (char *p = variable; *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return variable;
}

char *setting_label(const struct setting *setting)
{
    return mem_printf("pgkeep.%s", setting->name);
}

char *setting_key(const struct setting *setting, bool as_file)
{
    return mem_printf("%s%s", setting->name, as_file ? "-file" : "");
}

static char *spell(const struct setting *setting, enum setting_spelling spelling, bool as_file)
{
    switch (spelling) {
    case SPELL_FLAG:
        return setting_flag(setting);
    case SPELL_VARIABLE:
        return setting_variable(setting, as_file);
    case SPELL_LABEL:
        return setting_label(setting);
    case SPELL_KEY:
        return setting_key(setting, as_file);
    }
    abort();
}

/* Secrets have a form that names a file besides the plain one. */
static int count_forms(const struct setting *setting, enum setting_spelling spelling)
{
    bool both = spelling == SPELL_VARIABLE || spelling == SPELL_KEY;

    return setting->type == TYPE_SECRET && both ? 2 : 1;
}

static const struct setting *find(const char *typed, enum setting_spelling spelling,
                                  bool *as_file)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        for (int form = 0; form < count_forms(&setting_table[i], spelling); form++) {
            AUTO(mem_freep) char *name = spell(&setting_table[i], spelling, form == 1);

            if (strcmp(name, typed) == 0) {
                *as_file = form == 1;
                return &setting_table[i];
            }
        }
    return NULL;
}

const struct setting *setting_by_flag(const char *flag)
{
    bool as_file;

    return find(flag, SPELL_FLAG, &as_file);
}

const struct setting *setting_by_variable(const char *variable, bool *as_file)
{
    return find(variable, SPELL_VARIABLE, as_file);
}

const struct setting *setting_by_label(const char *label)
{
    bool as_file;

    return find(label, SPELL_LABEL, &as_file);
}

const struct setting *setting_by_key(const char *key, bool *as_file)
{
    return find(key, SPELL_KEY, as_file);
}

/* What every name of that spelling begins with; it says nothing about nearness. */
static const char *prefix_of(enum setting_spelling spelling)
{
    static const char *const prefixes[] = {"--", "PGKEEP_", "pgkeep.", ""};

    return prefixes[spelling];
}

char *setting_nearest(const char *typed, enum setting_spelling spelling, unsigned places,
                      const struct command *command)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *prefix = prefix_of(spelling);
    size_t skip = strncmp(typed, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    const char *nearest;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];

        if (!(setting->places & places) || (command && !setting_belongs_to(setting, command)))
            continue;
        for (int form = 0; form < count_forms(setting, spelling); form++) {
            AUTO(mem_freep) char *name = spell(setting, spelling, form == 1);
            strv_push(&names, name + strlen(prefix));
        }
    }
    nearest = nearest_of(typed + skip, (const char *const *)names.items, names.len);
    return nearest ? mem_printf("%s%s", prefix, nearest) : NULL;
}

char *setting_places_text(const struct setting *setting)
{
    static const enum setting_place places[] = {PLACE_FLAG, PLACE_ENV, PLACE_LABEL,
                                                PLACE_CONFIG};
    static const char *const words[] = {"flag ", "", "label ", "config-file key "};
    AUTO(strv_clear) struct strv list = STRV_INIT;

    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (setting->places & places[i]) {
            AUTO(mem_freep) char *name = spell(setting, (enum setting_spelling)i, false);
            strv_pushf(&list, "%s%s", words[i], name);
        }
    return strv_join(&list, ", ");
}
