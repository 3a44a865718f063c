#include "base/mem.h"
#include "docker-api/json_lines.h"
#include "docker-api/system.h"

struct follow {
    const struct system_events_spec *spec;
    struct json_lines lines;
    bool stopped; /* the caller has seen enough */
    bool failed;  /* the caller raised an error, maybe a timeout of its own */
};

static void follow_clear(struct follow *follow)
{
    json_lines_clear(&follow->lines);
}

static struct err *on_value(void *ctx, const json_t *event)
{
    struct follow *follow = ctx;

    struct err *e = follow->spec->on_event(follow->spec->ctx, event, &follow->stopped);

    follow->failed = e != NULL;
    PASS(e);
    /* Only an error ends a call; system_events knows this one by `stopped`. */
    return follow->stopped ? err_new(ERR_FAILED, "stopped") : NULL;
}

static struct err *on_body(void *ctx, const uint8_t *data, size_t len)
{
    struct follow *follow = ctx;

    return json_lines_feed(&follow->lines, data, len);
}

static char *events_path(const struct system_events_spec *spec)
{
    AUTO(mem_freep) char *json =
        spec->filters ? jsonx_compact(spec->filters) : mem_strdup("{}");
    AUTO(mem_freep) char *escaped = engine_escape(json);

    if (spec->since_unix_s > 0)
        return mem_printf("/events?since=%lld&filters=%s", (long long)spec->since_unix_s,
                          escaped);
    return mem_printf("/events?filters=%s", escaped);
}

MUST_USE struct err *system_events(struct engine *engine, const struct system_events_spec *spec)
{
    AUTO(mem_freep) char *path = events_path(spec);
    AUTO(follow_clear) struct follow follow = {.spec = spec,
                                               .lines = JSON_LINES_INIT(on_value, &follow)};
    struct engine_request request = {.method = "GET",
                                     .path = path,
                                     .on_body = on_body,
                                     .ctx = &follow,
                                     .timeout_ms = spec->timeout_ms};
    struct err *e = engine_call(engine, &request, NULL);
    bool deadline = spec->timeout_ms > 0 && err_is(e, ERR_TIMEOUT) && !follow.failed;

    if (deadline || (follow.stopped && !follow.failed)) {
        err_free(e);
        return NULL;
    }
    TRY(e, "follow the engine's events");
    return err_new(ERR_CUT, "the engine ended the stream of events");
}
