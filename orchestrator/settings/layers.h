/* orchestrator/settings/layers.h: what a struct settings is made of.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. One layer of
 * values for each source; the first that has a value wins.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_LAYERS_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_LAYERS_H

#include "orchestrator/settings/config.h"

enum layer {
    LAYER_FLAG,
    LAYER_LABEL,
    LAYER_ENV,
    LAYER_SECTION, /* the config file's section of one target */
    LAYER_GLOBAL,  /* its [global] */
    LAYER_DEFAULT,
    LAYER_COUNT
};

struct settings {
    struct value layers[LAYER_COUNT][SETTING_COUNT];
    struct config config; /* kept for the targets' sections */
};

/* With the defaults in place; the caller frees. */
struct settings *layers_new(void) MUST_USE;
struct settings *layers_copy(const struct settings *from) MUST_USE;

/* The value that counts, or NULL where there is not even a default. */
const struct value *layers_find(const struct settings *settings, enum setting_id id);

/* The PGKEEP_ variables of an environment. Empty ones count as unset. */
MUST_USE struct err *layers_read_environment(struct settings *settings, char **environment);

/* The config file: what --config or PGKEEP_CONFIG names, or the default one if it is there. */
MUST_USE struct err *layers_read_config(struct settings *settings);

/* The labels pgkeep.* of a target (borrowed; NULL: none). */
MUST_USE struct err *layers_read_labels(struct settings *settings, const char *target,
                                        const json_t *labels);

#endif
