/* Which containers are targets, and why. */
#include "base/mem.h"
#include "docker-api/container.h"
#include "orchestrator/settings/label.h"
#include "orchestrator/target/swarm.h"
#include "orchestrator/target/target.h"
#include <stdlib.h>
#include <string.h>

void candidate_list_clear(struct candidate_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        target_free(list->items[i].target);
        err_free(list->items[i].error);
        free(list->items[i].reason);
    }
    free(list->items);
    *list = (struct candidate_list){0};
}

/* -- the verdict -- */

static void decide(const struct settings *settings, const char *own_project,
                   struct candidate *candidate)
{
    const struct target *target = candidate->target;
    bool host_scope = strcmp(settings_text(settings, SETTING_SCOPE), "host") == 0;
    bool labelled = settings_is_set(target->settings, SETTING_ENABLE);
    bool enabled = settings_bool(target->settings, SETTING_ENABLE);
    const char *reason;

    candidate->included = false;
    if (candidate->error) {
        candidate->reason = err_text(candidate->error);
        return;
    }
    if (labelled) {
        candidate->included = enabled;
        reason = enabled ? "label pgkeep.enable=true" : "label pgkeep.enable=false";
    } else if (host_scope) {
        candidate->included = true;
        reason = "--scope host";
    } else if (*own_project && strcmp(own_project, target->project) == 0) {
        candidate->included = true;
        reason = "same compose project";
    } else if (*target->project && *own_project) {
        reason = "another compose project (--scope host includes it)";
    } else {
        reason = "no label pgkeep.enable=true (--scope host includes it)";
    }
    candidate->reason = mem_strdup(reason);
}

static int by_name(const void *a, const void *b)
{
    const struct candidate *x = a;
    const struct candidate *y = b;

    return strcmp(x->target->name, y->target->name);
}

/* Two targets of one name would share a folder in the repository; neither is backed up then.
 * The list is sorted by name. */
static void refuse_twins(struct candidate_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct candidate *a = &list->items[i - 1];
        struct candidate *b = &list->items[i];

        if (strcmp(a->target->name, b->target->name) != 0 || !b->included ||
            (!a->included && !a->error))
            continue;
        for (struct candidate *c = a; c <= b; c++) {
            err_free(c->error);
            c->error = err_hint(err_new(ERR_USAGE, "two containers are called %s: %.12s, %.12s",
                                        c->target->name, a->target->id, b->target->id),
                                "give one of them a container_name, or pgkeep.enable=false");
            mem_freep(&c->reason);
            c->reason = err_text(c->error);
            c->included = false;
        }
    }
}

static struct err *add(struct engine *engine, const struct settings *settings,
                       const char *own_project, const char *id, struct candidate_list *out)
{
    AUTO(target_freep) struct target *target = NULL;
    AUTO(err_freep) struct err *label_error = NULL;
    struct err *e = target_load_leniently(engine, settings, id, &target, &label_error);
    struct candidate *slot;

    if (err_is(e, ERR_NOT_FOUND)) { /* gone since it was listed */
        err_free(e);
        return NULL;
    }
    PASS(e);
    if (!target->postgres && !label_error && !settings_is_set(target->settings, SETTING_ENABLE))
        return NULL;
    out->items = mem_resize(out->items, out->count + 1, sizeof(*out->items));
    slot = &out->items[out->count++];
    *slot = (struct candidate){.target = TAKE(target), .error = TAKE(label_error)};
    decide(settings, own_project, slot);
    return NULL;
}

MUST_USE struct err *target_discover(struct engine *engine, const struct settings *settings,
                                     struct candidate_list *out)
{
    AUTO(jsonx_freep) json_t *containers = NULL;
    AUTO(jsonx_freep) json_t *self = NULL;
    const char *own_project;
    size_t i;
    const json_t *container;

    PASS(container_list(engine, NULL, true, &containers));
    PASS(target_self(engine, &self));
    own_project =
        jsonx_string(jsonx_at(self, "Config.Labels"), "com.docker.compose.project", "");
    json_array_foreach(containers, i, container)
    {
        const char *id = jsonx_string(container, "Id", "");
        const json_t *labels = json_object_get(container, "Labels");

        if (json_object_get(labels, LABEL_THROWAWAY) || swarm_is_past(containers, container) ||
            strcmp(id, jsonx_string(self, "Id", "")) == 0)
            continue;
        PASS(add(engine, settings, own_project, id, out));
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof(*out->items), by_name);
    refuse_twins(out);
    return NULL;
}
