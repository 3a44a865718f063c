#include "base/mem.h"
#include "orchestrator/settings/rules.h"
#include <stdlib.h>
#include <string.h>

struct reader {
    char **argv;       /* ends with NULL */
    struct strv given; /* flags as typed, to be checked against the command */
    struct invocation *out;
};

void invocation_clear(struct invocation *invocation)
{
    strv_clear(&invocation->arguments);
    settings_free(invocation->settings);
    *invocation = (struct invocation){0};
}

static struct err *unknown_flag(const char *flag, const struct command *command)
{
    AUTO(mem_freep) char *nearest = setting_nearest(flag, SPELL_FLAG, PLACE_FLAG, command);
    const char *name = command ? command->name : "";

    if (!nearest && command)
        nearest = setting_nearest(flag, SPELL_FLAG, PLACE_FLAG, NULL);
    if (nearest)
        return err_new(ERR_USAGE, "unknown flag %s; did you mean %s?", flag, nearest);
    return err_hint(err_new(ERR_USAGE, "unknown flag %s", flag),
                    "pgkeep %s%s--help lists the flags", name, *name ? " " : "");
}

/* A password on a command line is everybody's to read, so it gets its own answer. */
static struct err *secret_flag(const char *flag)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];

        if (setting->type == TYPE_SECRET && strcmp(flag + 2, setting->name) == 0) {
            AUTO(mem_freep) char *instead = setting_flag(setting);
            AUTO(mem_freep) char *variable = setting_variable(setting, false);
            return err_hint(err_new(ERR_USAGE,
                                    "%s does not exist, because a command line is "
                                    "public",
                                    flag),
                            "use %s FILE, or the environment variable %s", instead, variable);
        }
    }
    return NULL;
}

static struct err *set_flag(struct reader *reader, const char *flag,
                            const struct setting *setting, const char *text)
{
    struct value *value = &reader->out->settings->layers[LAYER_FLAG][setting->id];

    strv_push(&reader->given, flag);
    return setting->type == TYPE_SECRET ? value_set_from_file(value, setting, flag, text)
                                        : value_set(value, setting, flag, text);
}

/* --flag, --flag=value or --flag value. */
static struct err *read_long(struct reader *reader)
{
    const char *typed = *reader->argv++;
    size_t len = strcspn(typed, "=");
    AUTO(mem_freep) char *flag = mem_strndup(typed, len);
    const char *text = typed[len] ? typed + len + 1 : NULL;

    if (strcmp(typed, "--help") == 0 || strcmp(typed, "--version") == 0) {
        *(typed[2] == 'h' ? &reader->out->help : &reader->out->version) = true;
        return NULL;
    }
    PASS(secret_flag(flag));
    const struct setting *setting = setting_by_flag(flag);
    if (!setting || !(setting->places & PLACE_FLAG))
        return unknown_flag(flag, reader->out->command);
    if (!text && setting->type == TYPE_BOOL)
        text = "yes";
    if (!text && *reader->argv)
        text = *reader->argv++;
    if (!text)
        return err_hint(err_new(ERR_USAGE, "%s needs a value", flag), "write it as %s %s", flag,
                        setting->value_name);
    return set_flag(reader, flag, setting, text);
}

/* -h -V -v -q, also joined. */
static struct err *read_short(struct reader *reader)
{
    const char *typed = *reader->argv++;

    for (const char *letter = typed + 1; *letter; letter++) {
        if (*letter == 'h')
            reader->out->help = true;
        else if (*letter == 'V')
            reader->out->version = true;
        else if (*letter == 'v')
            PASS(set_flag(reader, "--verbose", &setting_table[SETTING_VERBOSE], "yes"));
        else if (*letter == 'q')
            PASS(set_flag(reader, "--quiet", &setting_table[SETTING_QUIET], "yes"));
        else
            return err_hint(err_new(ERR_USAGE, "unknown flag %s", typed),
                            "flags are written out, as in --verbose; pgkeep --help lists them");
    }
    return NULL;
}

static struct err *read_word(struct reader *reader)
{
    const char *word = *reader->argv++;

    if (reader->out->command) {
        strv_push(&reader->out->arguments, word);
        return NULL;
    }
    reader->out->command = command_find(word);
    if (reader->out->command)
        return NULL;
    const char *nearest = command_nearest(word);
    if (nearest)
        return err_new(ERR_USAGE, "unknown command \"%s\"; did you mean %s?", word, nearest);
    return err_hint(err_new(ERR_USAGE, "unknown command \"%s\"", word),
                    "pgkeep --help lists the commands");
}

static struct err *read_arguments(struct reader *reader)
{
    bool flags_ended = false;

    while (*reader->argv) {
        const char *next = *reader->argv;

        if (!flags_ended && strcmp(next, "--") == 0) {
            flags_ended = true;
            reader->argv++;
        } else if (!flags_ended && strncmp(next, "--", 2) == 0) {
            PASS(read_long(reader));
        } else if (!flags_ended && next[0] == '-' && next[1]) {
            PASS(read_short(reader));
        } else {
            PASS(read_word(reader));
        }
    }
    return NULL;
}

/* The commands that take a setting, "backup, restore"; the caller frees. */
static char *takers(const struct setting *setting)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (setting_belongs_to(setting, &command_table[i]))
            strv_push(&names, command_table[i].name);
    return strv_join(&names, ", ");
}

/* Flags may stand before the command, so they are held against it at the end. */
static struct err *check_belonging(const struct reader *reader)
{
    const struct command *command = reader->out->command;

    for (size_t i = 0; i < reader->given.len; i++) {
        const struct setting *setting = setting_by_flag(reader->given.items[i]);

        if (!setting_belongs_to(setting, command)) {
            AUTO(mem_freep) char *names = takers(setting);
            return err_new(ERR_USAGE, "%s takes no %s; it belongs to: %s", command->name,
                           reader->given.items[i], names);
        }
    }
    return NULL;
}

static struct err *read_all(struct reader *reader, char **environment)
{
    struct invocation *out = reader->out;

    PASS(read_arguments(reader));
    if (out->help || out->version)
        return NULL;
    if (!out->command)
        return err_hint(err_new(ERR_USAGE, "a command is missing"),
                        "pgkeep --help lists the commands");
    PASS(check_belonging(reader));
    PASS(rules_check(out->command, out->settings, &out->arguments));
    if (out->command->id == COMMAND_HELP)
        return NULL; /* help must work while the configuration does not */
    PASS(layers_read_environment(out->settings, environment));
    return layers_read_config(out->settings);
}

struct err *invocation_parse(int argc, char **argv, char **environment, struct invocation *out)
{
    struct reader reader = {.argv = argc > 0 ? argv + 1 : argv, .out = out};

    *out = (struct invocation){.settings = layers_new()};
    struct err *e = read_all(&reader, environment);
    strv_clear(&reader.given);
    return e;
}
