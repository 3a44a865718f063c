#include "base/mem.h"
#include "docker-api/container.h"
#include "docker-api/container_error.h"
#include "docker-api/demux.h"

struct logs {
    struct demux demux;
    struct demux_handler handler;
    bool tty; /* the engine sends the text as it is, without frames */
    struct buf *out;
};

/* A log of overlong lines keeps its end: the reason why a container died stands there. */
static struct err *keep(void *ctx, const uint8_t *data, size_t len)
{
    struct logs *logs = ctx;

    buf_append_tail(logs->out, data, len);
    return NULL;
}

static struct err *on_body(void *ctx, const uint8_t *data, size_t len)
{
    struct logs *logs = ctx;

    if (logs->tty)
        return keep(logs, data, len);
    return demux_feed(&logs->demux, &logs->handler, data, len);
}

MUST_USE struct err *container_logs(struct engine *engine, const char *id, int lines,
                                    struct buf *out)
{
    AUTO(mem_freep) char *escaped = engine_escape(id);
    AUTO(mem_freep) char *path = mem_printf("/containers/%s/logs?stdout=1&stderr=1&tail=%d",
                                            escaped, lines > 0 ? lines : 0);
    AUTO(jsonx_freep) json_t *container = NULL;
    struct logs logs = {.handler = {keep, keep, &logs}, .out = out};
    struct engine_request request = {
        .method = "GET", .path = path, .on_body = on_body, .ctx = &logs};

    PASS(container_inspect(engine, id, &container));
    logs.tty = json_is_true(jsonx_at(container, "Config.Tty"));
    demux_init(&logs.demux);
    TRY(container_error_no_such(engine_call(engine, &request, NULL), id),
        "logs of container %s", id);
    TRY(demux_finish(&logs.demux), "logs of container %s", id);
    return NULL;
}
