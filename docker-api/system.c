#include "docker-api/system.h"

MUST_USE struct err *system_ping(struct engine *engine)
{
    struct engine_request request = {.method = "GET", .path = "/_ping", .timeout_ms = 30000};

    TRY(engine_call(engine, &request, NULL), "ping the engine");
    return NULL;
}

MUST_USE struct err *system_version(struct engine *engine, json_t **out)
{
    TRY(engine_get(engine, out, "/version"), "ask the engine for its version");
    return NULL;
}

MUST_USE struct err *system_info(struct engine *engine, json_t **out)
{
    TRY(engine_get(engine, out, "/info"), "ask the engine about itself");
    return NULL;
}

MUST_USE struct err *system_disk_usage(struct engine *engine, json_t **out)
{
    TRY(engine_get(engine, out, "/system/df"), "ask the engine for its disk usage");
    return NULL;
}
