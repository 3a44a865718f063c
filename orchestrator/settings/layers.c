#include "orchestrator/settings/layers.h"
#include "base/mem.h"
#include "orchestrator/settings/label.h"
#include <stdlib.h>
#include <string.h>

struct settings *layers_new(void)
{
    struct settings *settings = mem_new(1, sizeof(*settings));

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];
        struct value *value = &settings->layers[LAYER_DEFAULT][i];

        if (setting->fallback) {
            struct err *e = value_set(value, setting, "default", setting->fallback);
            if (e)
                abort(); /* table.def is wrong; a unit test makes every default */
        }
    }
    return settings;
}

struct settings *layers_copy(const struct settings *from)
{
    struct settings *settings = mem_new(1, sizeof(*settings));

    for (size_t layer = 0; layer < LAYER_COUNT; layer++)
        for (size_t i = 0; i < SETTING_COUNT; i++)
            value_copy(&settings->layers[layer][i], &from->layers[layer][i]);
    config_copy(&settings->config, &from->config);
    return settings;
}

const struct value *layers_find(const struct settings *settings, enum setting_id id)
{
    for (size_t layer = 0; layer < LAYER_COUNT; layer++)
        if (settings->layers[layer][id].is_set)
            return &settings->layers[layer][id];
    return NULL;
}

static struct err *unknown(const char *what, char *nearest)
{
    AUTO(mem_freep) char *owned = nearest;

    if (owned)
        return err_new(ERR_USAGE, "unknown %s; did you mean %s?", what, owned);
    return err_hint(err_new(ERR_USAGE, "unknown %s", what),
                    "pgkeep help --man lists the settings");
}

static struct err *misplaced(const char *what, const struct setting *setting)
{
    AUTO(mem_freep) char *places = setting_places_text(setting);

    return err_hint(err_new(ERR_USAGE, "%s has no effect", what), "set it as: %s", places);
}

static struct err *read_variable(struct settings *settings, const char *name, const char *text)
{
    bool as_file = false;
    const struct setting *setting = setting_by_variable(name, &as_file);

    if (!setting) {
        AUTO(mem_freep) char *what = mem_printf("environment variable %s", name);
        return unknown(what, setting_nearest(name, SPELL_VARIABLE, PLACE_ENV, NULL));
    }
    if (!(setting->places & PLACE_ENV)) {
        AUTO(mem_freep) char *what = mem_printf("environment variable %s", name);
        return misplaced(what, setting);
    }
    struct value *value = &settings->layers[LAYER_ENV][setting->id];
    if (value->is_set)
        return err_hint(err_new(ERR_USAGE, "%s and %s are both set", value->source, name),
                        "keep one of the two");
    return as_file ? value_set_from_file(value, setting, name, text)
                   : value_set_whole(value, setting, name, text);
}

struct err *layers_read_environment(struct settings *settings, char **environment)
{
    static const char prefix[] = "PGKEEP_";

    for (char **variable = environment; variable && *variable; variable++) {
        const char *equals = strchr(*variable, '=');

        if (strncmp(*variable, prefix, strlen(prefix)) != 0 || !equals || !equals[1])
            continue;
        AUTO(mem_freep) char *name = mem_strndup(*variable, (size_t)(equals - *variable));
        PASS(read_variable(settings, name, equals + 1));
    }
    return NULL;
}

struct err *layers_read_config(struct settings *settings)
{
    const struct value *path = layers_find(settings, SETTING_CONFIG);
    bool is_default = path == &settings->layers[LAYER_DEFAULT][SETTING_CONFIG];
    struct err *e = config_read(path->text, &settings->config);

    if (is_default && err_is(e, ERR_NOT_FOUND)) {
        err_free(e);
        return NULL;
    }
    if (e && e->kind != ERR_USAGE)
        e = err_hint(err_wrap(e, "%s", is_default ? "config file" : path->source),
                     "name a config file that can be read, with --config");
    PASS(err_as(e, ERR_USAGE));
    PASS(config_check(&settings->config));
    return config_apply(&settings->config, CONFIG_GLOBAL, settings->layers[LAYER_GLOBAL]);
}

static bool is_own_mark(const char *label)
{
    return strcmp(label, LABEL_THROWAWAY) == 0 || strcmp(label, "pgkeep.owner") == 0;
}

static struct err *read_label(struct settings *settings, const char *target, const char *label,
                              const char *text)
{
    const struct setting *setting = setting_by_label(label);
    AUTO(mem_freep) char *source = mem_printf("label %s", label);

    if (!setting || !(setting->places & PLACE_LABEL)) {
        struct err *e =
            setting ? misplaced(source, setting)
                    : unknown(source, setting_nearest(label, SPELL_LABEL, PLACE_LABEL, NULL));
        return err_wrap(e, "%s", target);
    }
    struct value *value = &settings->layers[LAYER_LABEL][setting->id];
    return err_wrap(value_set_whole(value, setting, source, text), "%s", target);
}

struct err *layers_read_labels(struct settings *settings, const char *target,
                               const json_t *labels)
{
    void *at;

    /* jansson's iterators take a plain pointer though they only read. */
    json_t *object = json_is_object(labels) ? json_incref((json_t *)(uintptr_t)labels) : NULL;
    AUTO(jsonx_freep) json_t *held = object;

    for (at = json_object_iter(held); at; at = json_object_iter_next(held, at)) {
        const char *label = json_object_iter_key(at);
        const char *text = json_string_value(json_object_iter_value(at));

        if (strncmp(label, "pgkeep.", strlen("pgkeep.")) != 0 || is_own_mark(label) || !text ||
            !*text)
            continue;
        PASS(read_label(settings, target, label, text));
    }
    return NULL;
}
