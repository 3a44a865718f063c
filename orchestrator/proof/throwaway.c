#include "orchestrator/proof/throwaway.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/secret.h"
#include "docker-api/container.h"
#include "docker-api/image.h"
#include "docker-api/system.h"
#include "orchestrator/proof/command_line.h"
#include "orchestrator/repository/mark.h"
#include "orchestrator/settings/label.h"
#include "orchestrator/target/ready.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHM_BYTES ((json_int_t)256 << 20)
#define PIDS_MOST 4096

struct throwaway {
    struct engine *engine; /* borrowed */
    char *id;
    struct target *target;
    struct server *server;
};

struct server *throwaway_server(const struct throwaway *throwaway)
{
    return throwaway->server;
}

const char *throwaway_image_id(const struct throwaway *throwaway)
{
    return throwaway->target->image_id;
}

/* -- what it is made of -- */

/* Only what shapes the server comes along; no password, no key of the source does. */
static bool may_copy(const char *variable)
{
    static const char *const names[] = {"PGDATA=",
                                        "PGPORT=",
                                        "POSTGRES_INITDB_ARGS=",
                                        "LANG=",
                                        "LC_",
                                        "TZ=",
                                        "POSTGRESQL_SHARED_PRELOAD_LIBRARIES=",
                                        "BITNAMI_"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static json_t *environment(const struct throwaway_spec *spec, const char *password)
{
    json_t *env = json_array();
    const json_t *source = spec->source ? jsonx_at(spec->source->inspect, "Config.Env") : NULL;
    const char *database = settings_text(spec->settings, SETTING_DATABASE);
    size_t i;
    const json_t *item;

    json_array_foreach(source, i, item) if (may_copy(json_string_value(item)))
        json_array_append_new(env, json_string(json_string_value(item)));
    json_array_append_new(env, json_sprintf("POSTGRES_USER=%s", spec->user));
    json_array_append_new(env, json_sprintf("POSTGRES_PASSWORD=%s", password));
    json_array_append_new(env, json_sprintf("POSTGRESQL_PASSWORD=%s", password));
    json_array_append_new(env,
                          json_sprintf("POSTGRES_DB=%s", database ? database : "postgres"));
    return env;
}

/* The image's own scripts would fill the server, and take their time. Nothing in these folders
 * is needed to restore: what shapes a server is its command line and its libraries. Podman
 * copies the folder's content into a tmpfs unless it is told not to, in a word that Docker
 * refuses. */
static json_t *without_scripts(bool is_podman)
{
    static const char *const folders[] = {"/docker-entrypoint-initdb.d",
                                          "/docker-entrypoint-preinitdb.d"};
    json_t *tmpfs = json_object();

    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        jsonx_set_string(tmpfs, folders[i],
                         is_podman ? "ro,size=64k,mode=0755,notmpcopyup"
                                   : "ro,size=64k,mode=0755");
    return tmpfs;
}

static json_t *host_config(const struct throwaway_spec *spec, bool is_podman)
{
    const char *cpus = settings_text(spec->settings, SETTING_CPUS);
    json_t *config =
        json_pack("{s:s, s:I, s:I, s:I, s:{s:s}, s:o}", "NetworkMode", "none", "Memory",
                  (json_int_t)settings_size_bytes(spec->settings, SETTING_MEMORY), "ShmSize",
                  SHM_BYTES, "PidsLimit", (json_int_t)PIDS_MOST, "RestartPolicy", "Name", "no",
                  "Tmpfs", without_scripts(is_podman));

    if (cpus)
        jsonx_set_int(config, "NanoCpus", (int64_t)(strtod(cpus, NULL) * 1e9));
    return config;
}

static void source_command(const struct throwaway_spec *spec, struct strv *out)
{
    const json_t *cmd = spec->source ? jsonx_at(spec->source->inspect, "Config.Cmd") : NULL;
    size_t i;
    const json_t *word;

    json_array_foreach(cmd, i, word) strv_push(out, json_string_value(word));
}

static json_t *container_config(const struct throwaway_spec *spec, const char *password,
                                const struct strv *command, bool is_podman)
{
    return json_pack("{s:s, s:o, s:o, s:{s:s}, s:{s:[s]}, s:o}", "Image", spec->image, "Env",
                     environment(spec, password), "Cmd", jsonx_texts(command), "Labels",
                     LABEL_THROWAWAY, spec->mark, "Healthcheck", "Test", "NONE", "HostConfig",
                     host_config(spec, is_podman));
}

/* An engine that does not tell its version, as some proxies have it, is taken for Docker. */
static bool is_podman(struct engine *engine)
{
    AUTO(jsonx_freep) json_t *version = NULL;
    size_t i;
    const json_t *component;

    err_free(system_version(engine, &version));
    json_array_foreach(json_object_get(version, "Components"), i, component)
    {
        if (strstr(jsonx_string(component, "Name", ""), "Podman"))
            return true;
    }
    return false;
}

static struct err *create(const struct throwaway_spec *spec, const char *password,
                          const struct strv *command, char **out_id)
{
    AUTO(jsonx_freep) json_t *config =
        container_config(spec, password, command, is_podman(spec->engine));
    AUTO(mem_freep) char *digits = random_hex(6); /* everybody sees the name */
    AUTO(mem_freep) char *name = mem_printf("pgkeep-test-%s", digits);
    struct err *e;

    /* An engine goes on creating it where we do not wait for the answer, and only that has the
     * id by which we remove it. */
    interrupt_hold();
    e = container_create(spec->engine, name, config, out_id);
    interrupt_release();
    return e;
}

/* -- which files of the command line are in the image -- */

struct lookup {
    struct engine *engine;
    const char *id; /* a created, never started container of the image */
    struct err *error;
};

static bool has_file(void *ctx, const char *path)
{
    struct lookup *lookup = ctx;
    struct err *e = container_stat(lookup->engine, lookup->id, path);

    if (!e)
        return true;
    if (err_is(e, ERR_NOT_FOUND))
        err_free(e);
    else
        lookup->error = err_first(lookup->error, e);
    return false;
}

static bool mentions_files(const struct strv *command)
{
    for (size_t i = 0; i < command->len; i++)
        if (strstr(command->items[i], "=/"))
            return true;
    return false;
}

/* Whether a file is in the image is asked of a container that is never started. */
static struct err *fit_command(const struct throwaway_spec *spec, const char *password,
                               struct strv *command, struct strv *notes)
{
    AUTO(strv_clear) struct strv source = STRV_INIT;
    AUTO(mem_freep) char *id = NULL;
    struct lookup lookup = {.engine = spec->engine};

    source_command(spec, &source);
    if (mentions_files(&source)) {
        PASS(create(spec, password, &source, &id));
        lookup.id = id;
    }
    command_line_for_throwaway(&source, has_file, &lookup, command, notes);
    if (id)
        lookup.error = err_first(lookup.error, container_remove(spec->engine, id));
    return lookup.error;
}

/* -- life -- */

static struct err *start(const struct throwaway_spec *spec, struct strv *notes,
                         struct throwaway *throwaway)
{
    AUTO(strv_clear) struct strv command = STRV_INIT;
    AUTO(jsonx_freep) json_t *image = NULL;
    AUTO(secret_freep) char *password = random_hex(16);

    PASS(err_hint(image_inspect(spec->engine, spec->image, &image),
                  "docker pull %s, or give another one with --image", spec->image));
    PASS(fit_command(spec, password, &command, notes));
    PASS(create(spec, password, &command, &throwaway->id));
    PASS(interrupt_check());
    PASS(container_start(spec->engine, throwaway->id));
    PASS(target_load(spec->engine, spec->settings, throwaway->id, &throwaway->target));
    return target_wait(spec->engine, throwaway->target, spec->wait_ms, &throwaway->server);
}

MUST_USE struct err *throwaway_start(const struct throwaway_spec *spec, struct strv *notes,
                                     struct throwaway **out)
{
    AUTO(throwaway_freep) struct throwaway *throwaway = mem_new(1, sizeof(*throwaway));
    struct err *e;

    *out = NULL;
    throwaway->engine = spec->engine;
    e = start(spec, notes, throwaway);
    if (e) {
        e = err_wrap(e, "throwaway container");
        return err_is(e, ERR_INTERRUPTED) ? e : err_as(e, ERR_UNPROVEN);
    }
    *out = TAKE(throwaway);
    return NULL;
}

void throwaway_free(struct throwaway *throwaway)
{
    if (!throwaway)
        return;
    server_free(throwaway->server);
    target_free(throwaway->target);
    if (throwaway->id) {
        AUTO(err_freep) struct err *e = NULL;

        interrupt_hold();
        e = container_remove(throwaway->engine, throwaway->id);
        if (e)
            log_err(LOG_WARN, "throwaway left behind", e);
        interrupt_release();
    }
    free(throwaway->id);
    free(throwaway);
}

void throwaway_freep(struct throwaway **throwaway)
{
    throwaway_free(*throwaway);
    *throwaway = NULL;
}

MUST_USE struct err *throwaway_sweep(struct engine *engine, struct repository *repository)
{
    AUTO(jsonx_freep) json_t *filters = json_pack("{s:[s]}", "label", LABEL_THROWAWAY);
    AUTO(jsonx_freep) json_t *list = NULL;
    size_t i;
    const json_t *container;

    PASS(container_list(engine, filters, true, &list));
    json_array_foreach(list, i, container)
    {
        const char *id = jsonx_string(container, "Id", "");
        const char *mark =
            jsonx_string(json_object_get(container, "Labels"), LABEL_THROWAWAY, "");

        if (!mark_is_stray(repository, mark))
            continue;
        log_info("removing throwaway container %.12s of an interrupted run", id);
        PASS(container_remove(engine, id));
    }
    return NULL;
}
