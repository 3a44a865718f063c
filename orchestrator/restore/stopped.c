#include "orchestrator/restore/stopped.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "docker-api/container.h"
#include <stdlib.h>
#include <string.h>

#define STOP_TIMEOUT_S 30
#define ENDING ".stopped"

struct stopped {
    struct engine *engine; /* borrowed */
    char *path;            /* the note in the repository; NULL where that takes none */
    struct strv ids;
    struct strv names;
};

static bool has_label(const json_t *labels, const char *wanted)
{
    const char *equals = strchr(wanted, '=');
    AUTO(mem_freep) char *key =
        equals ? mem_strndup(wanted, (size_t)(equals - wanted)) : mem_strdup(wanted);
    const char *value = jsonx_string(labels, key, NULL);

    return value && (!equals || strcmp(value, equals + 1) == 0);
}

static bool wants(const json_t *container, const char *wanted)
{
    const json_t *labels = json_object_get(container, "Labels");

    return strcmp(jsonx_string(labels, "com.docker.compose.service", ""), wanted) == 0 ||
           has_label(labels, wanted);
}

static struct err *choose(struct stopped *stopped, const struct target *target,
                          const json_t *containers, const char *wanted)
{
    bool known = false;
    size_t i;
    const json_t *container;

    json_array_foreach(containers, i, container)
    {
        const char *id = jsonx_string(container, "Id", "");
        const json_t *labels = json_object_get(container, "Labels");
        const char *project = jsonx_string(labels, "com.docker.compose.project", "");

        if (strcmp(project, target->project) != 0 || strcmp(id, target->id) == 0 ||
            !wants(container, wanted))
            continue;
        known = true;
        if (strcmp(jsonx_string(container, "State", ""), "running") != 0 ||
            strv_contains(&stopped->ids, id))
            continue;
        strv_push(&stopped->ids, id);
        strv_push(&stopped->names,
                  json_string_value(json_array_get(json_object_get(container, "Names"), 0)));
    }
    if (known)
        return NULL;
    return err_hint(err_new(ERR_NOT_FOUND, "--stop %s: no such service or label in project %s",
                            wanted, target->project),
                    "name a compose service, or a label as KEY or KEY=VALUE");
}

static struct err *write_note(const struct stopped *stopped)
{
    AUTO(mem_freep) char *text = strv_join(&stopped->ids, "\n");

    return fs_replace_file(stopped->path, text, strlen(text));
}

static struct err *stop_all(struct stopped *stopped, struct repository *repository)
{
    if (stopped->ids.len == 0)
        return NULL;
    if (stopped->path)
        PASS(repository_do_without(repository, write_note(stopped)));
    if (repository_is_read_only(repository))
        mem_freep(&stopped->path);
    for (size_t i = 0; i < stopped->ids.len; i++) {
        log_info("stopping %s", stopped->names.items[i] + 1);
        PASS(container_stop(stopped->engine, stopped->ids.items[i], STOP_TIMEOUT_S));
    }
    return NULL;
}

MUST_USE struct err *stopped_begin(struct engine *engine, struct repository *repository,
                                   const struct run_token *token, const struct target *target,
                                   const struct strv *wanted, struct stopped **out)
{
    AUTO(stopped_endp) struct stopped *stopped = NULL;
    AUTO(jsonx_freep) json_t *containers = NULL;

    *out = NULL;
    if (!wanted || wanted->len == 0)
        return NULL;
    if (!*target->project)
        return err_new(ERR_USAGE, "--stop: container %s belongs to no compose project",
                       target->name);
    PASS(container_list(engine, NULL, true, &containers));
    stopped = mem_new(1, sizeof(*stopped));
    stopped->engine = engine;
    if (!repository_is_read_only(repository))
        stopped->path = mem_printf("%s/.runs/%s" ENDING, repository_path(repository),
                                   run_token_text(token));
    for (size_t i = 0; i < wanted->len; i++) {
        struct err *e = choose(stopped, target, containers, wanted->items[i]);
        if (e) {
            strv_clear(&stopped->ids); /* nothing was stopped yet */
            return e;
        }
    }
    PASS(stop_all(stopped, repository));
    *out = TAKE(stopped);
    return NULL;
}

static struct err *start_all(struct engine *engine, const struct strv *ids)
{
    struct err *first = NULL;

    for (size_t i = 0; i < ids->len; i++) {
        struct err *e = container_start(engine, ids->items[i]);

        if (err_is(e, ERR_NOT_FOUND)) { /* removed meanwhile: nothing to start */
            err_free(e);
            continue;
        }
        first = err_first(first, err_wrap(e, "start container %.12s again", ids->items[i]));
    }
    return first;
}

void stopped_end(struct stopped *stopped)
{
    AUTO(err_freep) struct err *e = NULL;

    if (!stopped)
        return;
    interrupt_hold();
    for (size_t i = 0; i < stopped->ids.len; i++)
        log_info("starting %s", stopped->names.items[i] + 1);
    e = start_all(stopped->engine, &stopped->ids);
    if (!e && stopped->path && stopped->ids.len > 0)
        e = fs_remove_tree(stopped->path);
    if (e)
        log_err(LOG_ERROR, NULL, e);
    interrupt_release();
    strv_clear(&stopped->ids);
    strv_clear(&stopped->names);
    free(stopped->path);
    free(stopped);
}

void stopped_endp(struct stopped **stopped)
{
    stopped_end(*stopped);
    *stopped = NULL;
}

static struct err *sweep_one(struct engine *engine, const char *folder, const char *name)
{
    AUTO(mem_freep) char *path = fs_join(folder, name);
    AUTO(buf_clear) struct buf text = BUF_INIT((size_t)1 << 20);
    AUTO(strv_clear) struct strv ids = STRV_INIT;

    PASS(fs_read_file(path, &text));
    strv_split(&ids, buf_text(&text), '\n');
    log_warn("an interrupted restore left %zu container%s stopped: starting again", ids.len,
             ids.len == 1 ? "" : "s");
    PASS(start_all(engine, &ids));
    return fs_remove_tree(path);
}

MUST_USE struct err *stopped_sweep(struct engine *engine, struct repository *repository)
{
    AUTO(mem_freep) char *folder = fs_join(repository_path(repository), ".runs");
    AUTO(strv_clear) struct strv names = STRV_INIT;

    if (!fs_is_dir(folder) || repository_is_read_only(repository))
        return NULL;
    PASS(fs_list_dir(folder, &names));
    for (size_t i = 0; i < names.len; i++) {
        const char *name = names.items[i];
        size_t len = strlen(name);
        AUTO(mem_freep) char *token = NULL;

        if (len <= strlen(ENDING) || strcmp(name + len - strlen(ENDING), ENDING) != 0)
            continue;
        token = mem_strndup(name, len - strlen(ENDING));
        if (!run_token_alive(repository, token))
            PASS(sweep_one(engine, folder, name));
    }
    return NULL;
}
