#include "orchestrator/settings/rules.h"
#include "base/mem.h"
#include <stdlib.h>

struct pair {
    enum setting_id one;
    enum setting_id other;
};

static const struct pair exclusive[] = {
    {SETTING_QUIET, SETTING_VERBOSE},
    {SETTING_SCHEMA_ONLY, SETTING_DATA_ONLY},
    {SETTING_PASSWORD, SETTING_PASSWORD_FILE_IN_TARGET},
    {SETTING_LIST, SETTING_TABLE},
    {SETTING_LIST, SETTING_SCHEMA},
    {SETTING_GLOBALS_ONLY, SETTING_TABLE},
    {SETTING_GLOBALS_ONLY, SETTING_SCHEMA},
    {SETTING_GLOBALS_ONLY, SETTING_SCHEMA_ONLY},
    {SETTING_GLOBALS_ONLY, SETTING_DATA_ONLY},
    {SETTING_GLOBALS_ONLY, SETTING_EXCLUDE_TABLE},
    {SETTING_GLOBALS_ONLY, SETTING_EXCLUDE_TABLE_DATA},
    {SETTING_GLOBALS_ONLY, SETTING_EXCLUDE_SCHEMA},
    {SETTING_GLOBALS_ONLY, SETTING_TEST},
    {SETTING_DIFF, SETTING_CONTENTS},
};

static const struct pair needing[] = {
    {SETTING_DROP_OLD, SETTING_REPLACE},
};

static bool is_given(const struct settings *settings, enum setting_id id)
{
    const struct value *value = &settings->layers[LAYER_FLAG][id];

    return value->is_set && (setting_table[id].type != TYPE_BOOL || value->number);
}

static struct err *check_flags(const struct settings *settings)
{
    for (size_t i = 0; i < ARRAY_LEN(exclusive); i++)
        if (is_given(settings, exclusive[i].one) && is_given(settings, exclusive[i].other)) {
            AUTO(mem_freep) char *one = setting_flag(&setting_table[exclusive[i].one]);
            AUTO(mem_freep) char *other = setting_flag(&setting_table[exclusive[i].other]);
            return err_hint(err_new(ERR_USAGE, "%s and %s exclude each other", one, other),
                            "give one of the two");
        }
    for (size_t i = 0; i < ARRAY_LEN(needing); i++)
        if (is_given(settings, needing[i].one) && !is_given(settings, needing[i].other)) {
            AUTO(mem_freep) char *one = setting_flag(&setting_table[needing[i].one]);
            AUTO(mem_freep) char *other = setting_flag(&setting_table[needing[i].other]);
            return err_hint(err_new(ERR_USAGE, "%s goes only with %s", one, other),
                            "add %s, or leave %s out", other, one);
        }
    return NULL;
}

char *rules_usage(const struct command *command)
{
    return mem_printf("pgkeep %s [FLAGS]%s%s", command->name, *command->synopsis ? " " : "",
                      command->synopsis);
}

static struct err *check_count(const struct command *command, const struct strv *arguments)
{
    AUTO(mem_freep) char *usage = rules_usage(command);
    int count = (int)arguments->len;

    if (count < command->min_arguments)
        return err_hint(err_new(ERR_USAGE, "an argument is missing"), "usage: %s", usage);
    if (command->max_arguments >= 0 && count > command->max_arguments)
        return err_hint(err_new(ERR_USAGE, "unexpected argument \"%s\"",
                                arguments->items[command->max_arguments]),
                        "usage: %s", usage);
    for (size_t i = 0; i < arguments->len; i++)
        if (!*arguments->items[i])
            return err_hint(err_new(ERR_USAGE, "argument %zu is empty", i + 1), "usage: %s",
                            usage);
    return NULL;
}

static struct err *check_show(const struct settings *settings, const struct strv *arguments)
{
    bool diff = is_given(settings, SETTING_DIFF);

    if (diff && arguments->len != 2)
        return err_hint(err_new(ERR_USAGE, "--diff compares two backups, and one is given"),
                        "pgkeep show --diff OLDER NEWER");
    if (!diff && arguments->len == 2)
        return err_hint(err_new(ERR_USAGE, "unexpected argument \"%s\"", arguments->items[1]),
                        "--diff compares two backups: pgkeep show --diff OLDER NEWER");
    return NULL;
}

/* The flag of `ids` that is given, as typed; NULL: none. The caller frees. */
static char *first_given(const struct settings *settings, const enum setting_id *ids,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_given(settings, ids[i]))
            return setting_flag(&setting_table[ids[i]]);
    return NULL;
}

/* What holds only a part must not take the place of the whole: whoever wants a table back means
 * the rows, not a database without all else. */
static struct err *check_replace(const struct settings *settings)
{
    static const enum setting_id parts[] = {SETTING_TABLE, SETTING_SCHEMA, SETTING_LIST,
                                            SETTING_SCHEMA_ONLY, SETTING_DATA_ONLY};
    AUTO(mem_freep) char *part = first_given(settings, parts, ARRAY_LEN(parts));

    if (!part || !is_given(settings, SETTING_REPLACE))
        return NULL;
    return err_hint(err_new(ERR_USAGE,
                            "--replace with %s would put a part of the backup in the place of "
                            "the whole database",
                            part),
                    "--beside --table NAME brings the rows of a table back and leaves all else "
                    "alone; a part alone goes into a database of another name, without "
                    "--replace");
}

static struct err *check_beside(const struct settings *settings)
{
    static const enum setting_id others[] = {
        SETTING_REPLACE, SETTING_DATA_ONLY, SETTING_SCHEMA_ONLY, SETTING_SCHEMA,
        SETTING_LIST,    SETTING_GLOBALS,   SETTING_STOP,        SETTING_JOBS};
    AUTO(mem_freep) char *other = first_given(settings, others, ARRAY_LEN(others));

    if (!is_given(settings, SETTING_BESIDE))
        return NULL;
    if (other)
        return err_hint(err_new(ERR_USAGE, "--beside and %s exclude each other", other),
                        "--beside copies the rows of tables and changes nothing else; leave "
                        "%s out",
                        other);
    if (!is_given(settings, SETTING_TABLE))
        return err_hint(err_new(ERR_USAGE, "--beside goes only with --table"),
                        "say which table: --table NAME or --table SCHEMA.NAME");
    return NULL;
}

static struct err *check_restore(const struct settings *settings)
{
    if (!is_given(settings, SETTING_INTO))
        return err_hint(err_new(ERR_USAGE, "--into is missing"),
                        "say where to: --into TARGET/DATABASE");
    PASS(check_beside(settings));
    return check_replace(settings);
}

/* What the counts of the command table cannot say. */
static struct err *check_command(const struct command *command, const struct settings *settings,
                                 const struct strv *arguments)
{
    bool all = is_given(settings, SETTING_ALL);

    if (command->id == COMMAND_RESTORE)
        return check_restore(settings);
    if (command->id == COMMAND_SHOW)
        return check_show(settings, arguments);
    if (command->id != COMMAND_VERIFY && command->id != COMMAND_TEST)
        all = false;
    else if (!all && arguments->len == 0)
        return err_hint(err_new(ERR_USAGE, "neither a BACKUP nor --all is given"),
                        "pgkeep list shows the backups");
    if (all && arguments->len > 0)
        return err_hint(
            err_new(ERR_USAGE, "--all and \"%s\" exclude each other", arguments->items[0]),
            "give one of the two");
    if (command->id == COMMAND_HELP && arguments->len > 0 && is_given(settings, SETTING_MAN))
        return err_hint(
            err_new(ERR_USAGE, "--man and \"%s\" exclude each other", arguments->items[0]),
            "the man page holds every command");
    return NULL;
}

struct err *rules_check(const struct command *command, const struct settings *settings,
                        const struct strv *arguments)
{
    PASS(check_count(command, arguments));
    PASS(check_flags(settings));
    return check_command(command, settings, arguments);
}
