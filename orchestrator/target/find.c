/* What a user typed, found among the containers. */
#include "base/mem.h"
#include "base/nearest.h"
#include "docker-api/container.h"
#include "orchestrator/settings/label.h"
#include "orchestrator/target/name.h"
#include "orchestrator/target/swarm.h"
#include "orchestrator/target/target.h"
#include <stdlib.h>
#include <string.h>

static const char *list_name(const json_t *container)
{
    const char *name =
        json_string_value(json_array_get(json_object_get(container, "Names"), 0));

    return name && *name == '/' ? name + 1 : name ? name : "";
}

static const char *list_label(const json_t *container, const char *name)
{
    return jsonx_string(json_object_get(container, "Labels"), name, "");
}

static bool is_id_prefix(const json_t *container, const char *text)
{
    const char *id = jsonx_string(container, "Id", "");

    return strlen(text) >= 4 && strncmp(id, text, strlen(text)) == 0;
}

static bool is_service(const json_t *container, const char *project, const char *service)
{
    const char *of_project = list_label(container, "com.docker.compose.project");

    if (*list_label(container, LABEL_THROWAWAY))
        return false;
    return strcmp(list_label(container, "com.docker.compose.service"), service) == 0 &&
           (!project || strcmp(of_project, project) == 0);
}

/* In a stack the service SERVICE is called STACK_SERVICE. */
static bool is_swarm_service(const json_t *container, const char *stack, const char *service)
{
    const json_t *labels = json_object_get(container, "Labels");
    AUTO(mem_freep) char *name =
        stack ? mem_printf("%s_%s", stack, service) : mem_strdup(service);

    return strcmp(swarm_service(labels), name) == 0 &&
           (!stack || strcmp(swarm_stack(labels), stack) == 0);
}

struct search {
    const json_t *containers;
    const char *own_project; /* "" if none */
};

/* In this order: inside a compose project its own services come first, so that a container of
 * somebody else's that happens to have the name is never taken for one of them. */
enum match { MATCH_OWN_SERVICE, MATCH_NAME, MATCH_ID, MATCH_SERVICE };

static bool has_name(const struct search *search, const json_t *container, const char *text)
{
    AUTO(mem_freep) char *name = target_name_make(
        list_name(container), json_object_get(container, "Labels"), search->own_project);

    return strcmp(list_name(container), text) == 0 ||
           (strcmp(name, text) == 0 && !swarm_is_past(search->containers, container));
}

static bool matches(const struct search *search, const json_t *container, enum match how,
                    const char *project, const char *text)
{
    switch (how) {
    case MATCH_OWN_SERVICE:
        return *search->own_project && is_service(container, search->own_project, text);
    case MATCH_NAME:
        return has_name(search, container, text);
    case MATCH_ID:
        return is_id_prefix(container, text);
    default:
        return is_service(container, project, text) ||
               (is_swarm_service(container, project, text) &&
                !swarm_is_past(search->containers, container));
    }
}

/* The id of the one container that matches; several are an error that names them. */
static struct err *pick(const struct search *search, enum match how, const char *project,
                        const char *text, const char **out_id)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(mem_freep) char *all = NULL;
    size_t i;
    const json_t *container;

    *out_id = NULL;
    json_array_foreach(search->containers, i, container)
    {
        if (!matches(search, container, how, project, text))
            continue;
        *out_id = jsonx_string(container, "Id", "");
        strv_push(&names, list_name(container));
    }
    if (names.len <= 1)
        return NULL;
    all = strv_join(&names, ", ");
    return err_hint(err_new(ERR_USAGE, "\"%s\" means several containers: %s", text, all),
                    "name one of them");
}

static struct err *look_up(const struct search *search, const char *text, const char **out_id)
{
    for (enum match how = MATCH_OWN_SERVICE; how <= MATCH_SERVICE; how++) {
        PASS(pick(search, how, NULL, text, out_id));
        if (*out_id)
            return NULL;
    }
    return NULL;
}

static struct err *not_found(const struct search *search, const char *text)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *near;
    size_t i;
    const json_t *container;
    struct err *e = err_new(ERR_NOT_FOUND, "no container or compose service \"%s\"", text);

    json_array_foreach(search->containers, i, container)
    {
        strv_push(&names, list_name(container));
        if (*list_label(container, "com.docker.compose.service"))
            strv_push(&names, list_label(container, "com.docker.compose.service"));
        if (*swarm_service(json_object_get(container, "Labels")))
            strv_push(&names, swarm_service(json_object_get(container, "Labels")));
    }
    near = nearest_of(text, (const char *const *)names.items, names.len);
    if (near)
        return err_hint(e, "did you mean %s? `pgkeep targets` lists what was found", near);
    return err_hint(e, "`pgkeep targets` lists what was found");
}

static struct err *resolve(const struct search *search, const char *text, const char **out_id,
                           char **database)
{
    AUTO(mem_freep) char *first = mem_strdup(text);
    char *rest = strchr(first, '/');
    char *second_end;

    if (rest)
        *rest++ = '\0';
    PASS(look_up(search, first, out_id));
    if (*out_id) {
        *database = rest ? mem_strdup(rest) : NULL;
        return NULL;
    }
    if (!rest)
        return not_found(search, first);
    second_end = strchr(rest, '/');
    if (second_end)
        *second_end++ = '\0';
    PASS(pick(search, MATCH_SERVICE, first, rest, out_id));
    if (!*out_id)
        return not_found(search, first);
    *database = second_end ? mem_strdup(second_end) : NULL;
    return NULL;
}

MUST_USE struct err *target_find(struct engine *engine, const struct settings *settings,
                                 const char *text, struct target **out, char **database)
{
    AUTO(jsonx_freep) json_t *containers = NULL;
    AUTO(mem_freep) char *own_project = NULL;
    AUTO(mem_freep) char *db = NULL;
    const char *id = NULL;
    struct search search;

    *out = NULL;
    *database = NULL;
    PASS(container_list(engine, NULL, true, &containers));
    PASS(target_own_project(engine, &own_project));
    search.containers = containers;
    search.own_project = own_project;
    PASS(resolve(&search, text, &id, &db));
    if (db && !*db)
        return err_new(ERR_USAGE, "\"%s\" ends in a slash: give TARGET or TARGET/DATABASE",
                       text);
    PASS(target_load(engine, settings, id, out));
    *database = TAKE(db);
    return NULL;
}
