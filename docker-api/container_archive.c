#include "base/mem.h"
#include "docker-api/container.h"

/* "/containers/ID/archive?path=PATH"; the caller frees. */
static char *archive_path(const char *id, const char *path)
{
    AUTO(mem_freep) char *escaped_id = engine_escape(id);
    AUTO(mem_freep) char *escaped_path = engine_escape(path);

    return mem_printf("/containers/%s/archive?path=%s", escaped_id, escaped_path);
}

MUST_USE struct err *container_stat(struct engine *engine, const char *id, const char *path)
{
    AUTO(mem_freep) char *call = archive_path(id, path);
    struct engine_request request = {.method = "HEAD", .path = call};
    struct err *e = engine_call(engine, &request, NULL);

    if (!err_is(e, ERR_NOT_FOUND))
        return err_wrap(e, "look at %s in container %s", path, id);
    /* The answer to HEAD has no text to show. */
    err_free(e);
    return err_new(ERR_NOT_FOUND, "no %s in container %s", path, id);
}

MUST_USE struct err *
container_archive_get(struct engine *engine, const char *id, const char *path,
                      struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len),
                      void *ctx)
{
    AUTO(mem_freep) char *call = archive_path(id, path);
    struct engine_request request = {
        .method = "GET", .path = call, .on_body = on_data, .ctx = ctx};

    TRY(engine_call(engine, &request, NULL), "read %s from container %s", path, id);
    return NULL;
}

MUST_USE struct err *container_archive_put(
    struct engine *engine, const char *id, const char *path,
    struct err *(*read_data)(void *ctx, uint8_t *data, size_t size, size_t *len), void *ctx)
{
    AUTO(mem_freep) char *call = archive_path(id, path);
    struct engine_request request = {
        .method = "PUT", .path = call, .read_body = read_data, .ctx = ctx};

    TRY(engine_call(engine, &request, NULL), "write to %s in container %s", path, id);
    return NULL;
}
