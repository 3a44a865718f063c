#include "docker-api/image.h"
#include "base/mem.h"
#include "docker-api/json_lines.h"
#include <string.h>

MUST_USE struct err *image_inspect(struct engine *engine, const char *name, json_t **out)
{
    AUTO(mem_freep) char *escaped = engine_escape(name);

    struct err *e = engine_get(engine, out, "/images/%s/json", escaped);

    if (err_is(e,
               ERR_NOT_FOUND)) { /* the engine's words say the same, and "latest" for a tag */
        err_free(e);
        return err_new(ERR_NOT_FOUND, "no such image: %s", name);
    }
    return err_wrap(e, "image %s", name);
}

/* Where the tag or digest of "registry:5000/a/b:tag" or "a/b@sha256:..." begins, or NULL. */
static const char *tag_of(const char *name)
{
    const char *at = strchr(name, '@');
    const char *slash = strrchr(name, '/');
    const char *colon = strrchr(name, ':');

    if (at)
        return at + 1;
    return colon && (!slash || colon > slash) ? colon + 1 : NULL;
}

/* Without a tag the engine would pull every tag that there is. */
static char *pull_path(const char *name)
{
    const char *tag = tag_of(name);
    AUTO(mem_freep) char *repository =
        tag ? mem_strndup(name, (size_t)(tag - name) - 1) : mem_strdup(name);
    AUTO(mem_freep) char *escaped = engine_escape(repository);
    AUTO(mem_freep) char *escaped_tag = engine_escape(tag ? tag : "latest");

    return mem_printf("/images/create?fromImage=%s&tag=%s", escaped, escaped_tag);
}

static struct err *on_progress(void *ctx, const json_t *value)
{
    const char *failure = jsonx_string(value, "error", NULL);

    if (!failure)
        failure = jsonx_string_at(value, "errorDetail.message", NULL);
    return failure ? err_new(ERR_FAILED, "%s", failure) : NULL;
}

static struct err *on_body(void *ctx, const uint8_t *data, size_t len)
{
    return json_lines_feed(ctx, data, len);
}

MUST_USE struct err *image_pull(struct engine *engine, const char *name)
{
    AUTO(mem_freep) char *path = pull_path(name);
    AUTO(json_lines_clear) struct json_lines lines = JSON_LINES_INIT(on_progress, NULL);
    struct engine_request request = {
        .method = "POST", .path = path, .on_body = on_body, .ctx = &lines};

    TRY(engine_call(engine, &request, NULL), "pull image %s", name);
    TRY(json_lines_finish(&lines), "pull image %s", name);
    return NULL;
}
