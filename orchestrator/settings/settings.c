#include "orchestrator/settings/settings.h"
#include "base/mem.h"
#include "orchestrator/settings/layers.h"
#include <stdio.h>
#include <stdlib.h>

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    for (size_t layer = 0; layer < LAYER_COUNT; layer++)
        for (size_t i = 0; i < SETTING_COUNT; i++)
            value_clear(&settings->layers[layer][i]);
    config_clear(&settings->config);
    free(settings);
}

void settings_freep(struct settings **settings)
{
    settings_free(*settings);
    *settings = NULL;
}

/* The value that counts, or NULL; ends the process where the table says another type. */
static const struct value *get(const struct settings *settings, enum setting_id id,
                               unsigned types)
{
    if (!(types >> setting_table[id].type & 1U)) {
        fprintf(stderr, "pgkeep: defect: setting %s was read as another type\n",
                setting_table[id].name);
        abort();
    }
    return layers_find(settings, id);
}

const char *settings_text(const struct settings *settings, enum setting_id id)
{
    const struct value *value = get(settings, id,
                                    1U << TYPE_TEXT | 1U << TYPE_CHOICE | 1U << TYPE_DECIMAL |
                                        1U << TYPE_SECRET | 1U << TYPE_PATH);

    return value ? value->text : NULL;
}

static int64_t get_number(const struct settings *settings, enum setting_id id,
                          enum setting_type type)
{
    const struct value *value = get(settings, id, 1U << type);

    return value ? value->number : 0;
}

bool settings_bool(const struct settings *settings, enum setting_id id)
{
    return get_number(settings, id, TYPE_BOOL) != 0;
}

int64_t settings_int(const struct settings *settings, enum setting_id id)
{
    return get_number(settings, id, TYPE_INT);
}

int settings_percent(const struct settings *settings, enum setting_id id)
{
    return (int)get_number(settings, id, TYPE_PERCENT);
}

int64_t settings_duration_ms(const struct settings *settings, enum setting_id id)
{
    return get_number(settings, id, TYPE_DURATION);
}

uint64_t settings_size_bytes(const struct settings *settings, enum setting_id id)
{
    return (uint64_t)get_number(settings, id, TYPE_SIZE);
}

const struct strv *settings_list(const struct settings *settings, enum setting_id id)
{
    static const struct strv none = STRV_INIT;
    const struct value *value = get(settings, id, 1U << TYPE_LIST);

    return value ? &value->list : &none;
}

bool settings_is_set(const struct settings *settings, enum setting_id id)
{
    const struct value *value = layers_find(settings, id);

    return value && value != &settings->layers[LAYER_DEFAULT][id];
}

const char *settings_source(const struct settings *settings, enum setting_id id)
{
    const struct value *value = layers_find(settings, id);

    return value ? value->source : "default";
}

struct err *settings_for_target(const struct settings *base, const char *target,
                                const json_t *labels, struct settings **out)
{
    AUTO(settings_freep) struct settings *settings = layers_copy(base);

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        value_clear(&settings->layers[LAYER_LABEL][i]);
        value_clear(&settings->layers[LAYER_SECTION][i]);
    }
    PASS(layers_read_labels(settings, target, labels));
    PASS(config_apply(&settings->config, target, settings->layers[LAYER_SECTION]));
    *out = TAKE(settings);
    return NULL;
}
