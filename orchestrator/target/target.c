#include "orchestrator/target/target.h"
#include "base/mem.h"
#include "docker-api/container.h"
#include "orchestrator/target/name.h"
#include <stdlib.h>
#include <string.h>

void target_free(struct target *target)
{
    if (!target)
        return;
    free(target->name);
    free(target->id);
    free(target->image);
    free(target->image_id);
    free(target->state);
    free(target->health);
    free(target->project);
    free(target->service);
    free(target->recognised);
    json_decref(target->inspect);
    settings_free(target->settings);
    free(target);
}

void target_freep(struct target **target)
{
    target_free(*target);
    *target = NULL;
}

/* Labels have dots in their names, so jsonx_at cannot reach them. */
static const char *label(const json_t *inspect, const char *name)
{
    return jsonx_string(jsonx_at(inspect, "Config.Labels"), name, "");
}

const char *target_env(const struct target *target, const char *name)
{
    const json_t *env = jsonx_at(target->inspect, "Config.Env");
    size_t len = strlen(name);
    size_t i;
    json_t *item;

    json_array_foreach(env, i, item)
    {
        const char *text = json_string_value(item);

        if (text && strncmp(text, name, len) == 0 && text[len] == '=')
            return text + len + 1;
    }
    return NULL;
}

static bool exposes_5432(const struct target *target)
{
    return json_object_get(jsonx_at(target->inspect, "Config.ExposedPorts"), "5432/tcp") !=
           NULL;
}

/* The last part of the image's name, without tag and digest: "registry/x/postgres:17" is one.
 */
static bool image_named_postgres(const struct target *target)
{
    static const char *const names[] = {"postgres",    "postgresql",     "postgis",
                                        "timescaledb", "timescaledb-ha", "pgvector"};
    const char *slash = strrchr(target->image, '/');
    const char *base = slash ? slash + 1 : target->image;
    size_t len = strcspn(base, ":@");

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == len && strncmp(base, names[i], len) == 0)
            return true;
    return false;
}

/* Clients carry POSTGRES_USER, POSTGRES_PASSWORD and PGHOST too; only what a server alone has
 * counts, so that pgAdmin or an application is not taken for one. */
static void recognise(struct target *target)
{
    static const char *const variables[] = {
        "PG_MAJOR",
        "PGDATA",
        "POSTGRES_INITDB_ARGS",
        "POSTGRES_HOST_AUTH_METHOD",
        "POSTGRESQL_VOLUME_DIR",
        "POSTGRESQL_DATA_DIR",
    };

    mem_replace(&target->recognised, NULL);
    for (size_t i = 0; i < ARRAY_LEN(variables) && !target->recognised; i++)
        if (target_env(target, variables[i]))
            target->recognised = mem_printf("%s is set", variables[i]);
    if (!target->recognised && image_named_postgres(target))
        target->recognised = mem_strdup("the image's name");
    if (!target->recognised && exposes_5432(target))
        target->recognised = mem_strdup("port 5432");
    target->postgres = target->recognised != NULL;
}

static void fill(struct target *target)
{
    const json_t *root = target->inspect;

    mem_replace(&target->id, jsonx_string(root, "Id", ""));
    mem_replace(&target->image, jsonx_string_at(root, "Config.Image", ""));
    mem_replace(&target->image_id, jsonx_string(root, "Image", ""));
    mem_replace(&target->state, jsonx_string_at(root, "State.Status", ""));
    mem_replace(&target->health, jsonx_string_at(root, "State.Health.Status", ""));
    if (strcmp(target->health, "none") == 0)
        mem_replace(&target->health, "");
    mem_replace(&target->project, label(root, "com.docker.compose.project"));
    mem_replace(&target->service, label(root, "com.docker.compose.service"));
    recognise(target);
}

static struct err *name_it(struct engine *engine, struct target *target)
{
    const char *name = jsonx_string(target->inspect, "Name", "");
    AUTO(mem_freep) char *own_project = NULL;

    PASS(target_own_project(engine, &own_project));
    target->name = target_name_make(*name == '/' ? name + 1 : name,
                                    jsonx_at(target->inspect, "Config.Labels"), own_project);
    return NULL;
}

MUST_USE struct err *target_load_leniently(struct engine *engine,
                                           const struct settings *settings,
                                           const char *container, struct target **out,
                                           struct err **label_error)
{
    AUTO(target_freep) struct target *target = mem_new(1, sizeof(*target));

    *out = NULL;
    PASS(container_inspect(engine, container, &target->inspect));
    PASS(name_it(engine, target));
    fill(target);
    *label_error = settings_for_target(
        settings, target->name, jsonx_at(target->inspect, "Config.Labels"), &target->settings);
    if (*label_error)
        PASS(settings_for_target(settings, target->name, NULL, &target->settings));
    *out = TAKE(target);
    return NULL;
}

MUST_USE struct err *target_load(struct engine *engine, const struct settings *settings,
                                 const char *container, struct target **out)
{
    struct err *label_error = NULL;

    PASS(target_load_leniently(engine, settings, container, out, &label_error));
    if (label_error)
        target_freep(out);
    return label_error;
}

MUST_USE struct err *target_refresh(struct engine *engine, struct target *target)
{
    json_t *fresh = NULL;

    PASS(container_inspect(engine, target->id, &fresh));
    json_decref(target->inspect);
    target->inspect = fresh;
    fill(target);
    return NULL;
}

const char *target_state_text(const struct target *target)
{
    if (strcmp(target->state, "running") == 0 && *target->health)
        return target->health;
    return target->state;
}

MUST_USE struct err *target_require_postgres(const struct target *target)
{
    if (!target->postgres && !settings_bool(target->settings, SETTING_ENABLE))
        return err_hint(err_new(ERR_CONFLICT, "%s does not look like PostgreSQL (image %s)",
                                target->name, target->image),
                        "if it is, label it pgkeep.enable=true; `pgkeep targets` lists what "
                        "was found");
    if (strcmp(target->state, "running") != 0)
        return err_hint(err_new(ERR_CONFLICT, "container %s is not running (%s)", target->name,
                                target->state),
                        "start it with: docker start %s", target->name);
    return NULL;
}
