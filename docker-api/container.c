#include "docker-api/container.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/container_error.h"
#include <string.h>

/* A stop may take this much longer than the time that the container is given. */
#define STOP_EXTRA_MS 60000
#define REMOVE_TIMEOUT_MS 30000

MUST_USE struct err *container_list(struct engine *engine, const json_t *filters, bool all,
                                    json_t **out)
{
    AUTO(mem_freep) char *json = filters ? jsonx_compact(filters) : mem_strdup("{}");
    AUTO(mem_freep) char *escaped = engine_escape(json);

    TRY(engine_get(engine, out, "/containers/json?all=%d&filters=%s", all, escaped),
        "list containers");
    if (json_is_array(*out))
        return NULL;
    jsonx_freep(out);
    return err_new(ERR_PROTOCOL, "list containers: the engine's answer is no list");
}

MUST_USE struct err *container_inspect(struct engine *engine, const char *id, json_t **out)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);

    *out = NULL;
    /* An empty name would ask for /containers/json, the list. */
    if (*id == '\0')
        return err_new(ERR_NOT_FOUND, "no such container: the name is empty");
    return container_error_no_such(engine_get(engine, out, "/containers/%s/json", escaped), id);
}

MUST_USE struct err *container_create(struct engine *engine, const char *name,
                                      const json_t *config, char **out_id)
{
    AUTO(mem_freep) char *escaped = engine_escape(name ? name : "");
    AUTO(jsonx_freep) json_t *answer = NULL;

    TRY(engine_post(engine, config, &answer, "/containers/create%s%s", name ? "?name=" : "",
                    escaped),
        "create container %s", name ? name : "");
    if (!jsonx_string(answer, "Id", NULL))
        return err_new(ERR_PROTOCOL, "the engine made a container but did not name it");
    *out_id = mem_strdup(jsonx_string(answer, "Id", NULL));
    return NULL;
}

MUST_USE struct err *container_start(struct engine *engine, const char *id)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);

    TRY(engine_post(engine, NULL, NULL, "/containers/%s/start", escaped), "start container %s",
        id);
    return NULL;
}

MUST_USE struct err *container_stop(struct engine *engine, const char *id, int timeout_s)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);
    AUTO(mem_freep) char *path = mem_printf("/containers/%s/stop?t=%d", escaped, timeout_s);
    struct engine_request request = {
        .method = "POST", .path = path, .timeout_ms = timeout_s * 1000LL + STOP_EXTRA_MS};

    TRY(container_error_no_such(engine_call(engine, &request, NULL), id), "stop container %s",
        id);
    return NULL;
}

/* The wait's answer: {"StatusCode": 0, "Error": {"Message": ""}}. */
static struct err *exit_code_of(const json_t *answer, int64_t *out_exit_code)
{
    const char *failure = jsonx_string_at(answer, "Error.Message", "");
    const json_t *code = json_object_get(answer, "StatusCode");

    if (*failure)
        return err_new(ERR_FAILED, "%s", failure);
    if (!json_is_integer(code))
        return err_new(ERR_CUT, "the engine lost the exit code");
    *out_exit_code = json_integer_value(code);
    return NULL;
}

MUST_USE struct err *container_wait(struct engine *engine, const char *id,
                                    int64_t *out_exit_code)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);
    AUTO(mem_freep) char *path = mem_printf("/containers/%s/wait", escaped);
    struct engine_request request = {.method = "POST", .path = path};

    for (;;) {
        AUTO(engine_response_clear) struct engine_response response = {0};
        int64_t began_ms = clock_mono_ms();
        struct err *e = engine_call(engine, &request, &response);

        /* Socket proxies end calls that are silent for minutes; waiting again loses nothing. */
        if (err_is(e, ERR_CUT) && clock_mono_ms() - began_ms > 5000) {
            err_free(e);
            continue;
        }
        TRY(container_error_no_such(e, id), "wait for container %s", id);
        TRY(exit_code_of(response.json, out_exit_code), "wait for container %s", id);
        return NULL;
    }
}

MUST_USE struct err *container_remove(struct engine *engine, const char *id)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);
    int64_t until_ms = clock_mono_ms() + REMOVE_TIMEOUT_MS;

    for (;;) {
        struct err *e = engine_delete(engine, "/containers/%s?force=1&v=1", escaped);

        if (err_is(e, ERR_NOT_FOUND)) {
            err_free(e);
            return NULL;
        }
        /* "removal of container ... is already in progress": done when it is gone. */
        if (!err_is(e, ERR_CONFLICT) || clock_mono_ms() >= until_ms)
            return err_wrap(e, "remove container %s", id);
        err_free(e);
        clock_sleep_ms(100);
        PASS(interrupt_check());
    }
}
