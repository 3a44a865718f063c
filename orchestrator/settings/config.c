#include "orchestrator/settings/config.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

/* inih keeps 49 bytes of a section's or key's name and drops the rest without a word. */
#define CONFIG_MAX_NAME 48

struct reading {
    struct config *config;
    const char *next;
    unsigned line;
    struct err *failed;
};

static struct err *at_line(const struct reading *reading, const char *what)
{
    return err_new(ERR_USAGE, "config file %s line %u: %s", reading->config->path,
                   reading->line, what);
}

/* inih would take what is beyond its buffer as another line, so that is refused here. */
static char *next_line(char *to, int size, void *ctx)
{
    struct reading *reading = ctx;
    const char *end = strchrnul(reading->next, '\n');
    size_t len = (size_t)(end - reading->next);

    if (!*reading->next || reading->failed)
        return NULL;
    reading->line++;
    if (len + 2 > (size_t)size) {
        AUTO(mem_freep) char *what = mem_printf("is longer than %d bytes", size - 2);

        reading->failed =
            err_hint(at_line(reading, what), "continue the value on the next line, indented");
        return NULL;
    }
    memcpy(to, reading->next, len);
    to[len] = '\n';
    to[len + 1] = '\0';
    reading->next = *end ? end + 1 : end;
    return to;
}

static int on_entry(void *ctx, const char *section, const char *key, const char *value)
{
    struct reading *reading = ctx;
    struct config *config = reading->config;

    if (strlen(section) > CONFIG_MAX_NAME || strlen(key) > CONFIG_MAX_NAME)
        reading->failed = err_hint(at_line(reading, "a name is longer than 48 bytes"),
                                   "give such a container labels instead");
    else if (!*section)
        reading->failed = err_hint(at_line(reading, "stands before any section"),
                                   "put a line [global] above it");
    if (reading->failed)
        return 0;
    config->entries = mem_resize(config->entries, config->count + 1, sizeof(*config->entries));
    config->entries[config->count++] = (struct config_entry){
        mem_strdup(section), mem_strdup(key), mem_strdup(value), reading->line};
    return 1;
}

static struct err *read_text(const char *text, struct config *config)
{
    struct reading reading = {.config = config, .next = text};
    int failed = ini_parse_stream(next_line, &reading, on_entry, &reading);

    /* inih reads on after its first error; the one that stands first in the file is told. */
    if (reading.failed && (failed <= 0 || (unsigned)failed >= reading.line))
        return reading.failed;
    err_free(reading.failed);
    if (failed == 0)
        return NULL;
    reading.line = (unsigned)failed;
    return err_hint(at_line(&reading, "is neither [SECTION] nor KEY = VALUE"),
                    "comments begin with ; or #");
}

struct err *config_read(const char *path, struct config *out)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(CONFIG_MAX_BYTES);
    struct err *e;

    PASS(fs_read_file(path, &text));
    if (strlen(buf_text(&text)) != text.len)
        return err_hint(err_new(ERR_USAGE, "config file %s holds NUL bytes", path),
                        "it is a text file of lines KEY = VALUE under [global]");
    *out = (struct config){.path = mem_strdup(path)};
    e = read_text(buf_text(&text), out);
    if (e)
        config_clear(out);
    return e;
}

static struct err *unknown_key(const char *source, const char *key, unsigned place)
{
    AUTO(mem_freep) char *nearest = setting_nearest(key, SPELL_KEY, place, NULL);
    struct err *e =
        err_new(ERR_USAGE, "%s: unknown key %s%s%s%s", source, key,
                nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");

    return err_hint(e, "pgkeep help --man lists the settings");
}

static struct err *misplaced_key(const char *source, const struct setting *setting,
                                 const char *section)
{
    AUTO(mem_freep) char *places = setting_places_text(setting);

    if (setting->places & PLACE_CONFIG)
        return err_hint(
            err_new(ERR_USAGE, "%s: %s cannot be set for one target", source, setting->name),
            "put it under [global] instead of [%s]", section);
    return err_hint(err_new(ERR_USAGE, "%s: %s cannot be set here", source, setting->name),
                    "set it as: %s", places);
}

static struct err *apply_entry(const struct config *config, const struct config_entry *entry,
                               struct value *values)
{
    AUTO(mem_freep) char *source =
        mem_printf("config file %s line %u", config->path, entry->line);
    bool is_global = strcmp(entry->section, CONFIG_GLOBAL) == 0;
    unsigned place = is_global ? PLACE_CONFIG : PLACE_LABEL;
    bool as_file = false;
    const struct setting *setting = setting_by_key(entry->key, &as_file);

    if (!setting)
        return unknown_key(source, entry->key, place);
    if (!(setting->places & place))
        return misplaced_key(source, setting, entry->section);
    struct value *value = &values[setting->id];
    if (value->is_set && setting->type != TYPE_LIST)
        return err_hint(
            err_new(ERR_USAGE, "%s: %s is set already, at %s", source, setting->name,
                    value->source),
            "keep one of the two lines; an indented line continues the value above it");
    if (!*entry->value)
        return NULL;
    return as_file ? value_set_from_file(value, setting, source, entry->value)
                   : value_set_whole(value, setting, source, entry->value);
}

struct err *config_apply(const struct config *config, const char *section, struct value *values)
{
    for (size_t i = 0; i < config->count; i++)
        if (strcmp(config->entries[i].section, section) == 0)
            PASS(apply_entry(config, &config->entries[i], values));
    return NULL;
}

static struct err *check_section(const struct config *config, const char *section)
{
    struct value values[SETTING_COUNT] = {0};
    struct err *e = config_apply(config, section, values);

    for (size_t i = 0; i < SETTING_COUNT; i++)
        value_clear(&values[i]);
    return e;
}

struct err *config_check(const struct config *config)
{
    const char *before = "";

    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->entries[i].section, before) != 0)
            PASS(check_section(config, config->entries[i].section));
        before = config->entries[i].section;
    }
    return NULL;
}

void config_copy(struct config *to, const struct config *from)
{
    config_clear(to);
    to->path = mem_strdup(from->path);
    to->entries = mem_new(from->count + 1, sizeof(*to->entries));
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        to->entries[i] = (struct config_entry){
            mem_strdup(from->entries[i].section), mem_strdup(from->entries[i].key),
            mem_strdup(from->entries[i].value), from->entries[i].line};
}

void config_clear(struct config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->entries[i].section);
        free(config->entries[i].key);
        free(config->entries[i].value);
    }
    free(config->entries);
    free(config->path);
    *config = (struct config){0};
}
