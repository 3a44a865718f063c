#include "docker-api/engine.h"
#include "base/log.h"
#include "base/mem.h"
#include "docker-api/engine_private.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_TIMEOUT_MS 30000
/* Of a call whose answer should not take long but may, on a busy host. */
#define CALL_TIMEOUT_MS (10 * 60 * 1000)

void engine_spec_from_env(struct engine_spec *spec)
{
    const char *verify = getenv("DOCKER_TLS_VERIFY");
    const char *cert_path = getenv("DOCKER_CERT_PATH");

    memset(spec, 0, sizeof(*spec));
    spec->host = getenv("DOCKER_HOST");
    spec->cert_path = cert_path && *cert_path ? cert_path : NULL;
    /* As the docker client does: any text but the empty one turns it on. */
    spec->tls_verify = verify && *verify;
    spec->tls = spec->tls_verify || spec->cert_path;
}

/* Engine's oldest and newest version out of GET /version. */
static struct err *ask_versions(struct engine *engine, struct version *min, struct version *max)
{
    AUTO(jsonx_freep) json_t *answer = NULL;

    TRY(engine_get(engine, &answer, "/version"), "ask the engine for its version");
    if (!version_parse(jsonx_string(answer, "ApiVersion", NULL), max))
        return err_new(ERR_PROTOCOL, "%s does not answer as an engine: no ApiVersion",
                       engine->endpoint.host);
    if (!version_parse(jsonx_string(answer, "MinAPIVersion", NULL), min))
        *min = (struct version){0, 0};
    return NULL;
}

/* The ping names only the engine's newest version. That is enough where it is not newer than
 * ours; otherwise its oldest one matters too. Socket proxies may refuse the ping. */
static struct err *negotiate(struct engine *engine)
{
    struct engine_request ping = {
        .method = "GET", .path = "/_ping", .timeout_ms = OPEN_TIMEOUT_MS};
    AUTO(err_freep) struct err *e = NULL;
    struct version min = {0, 0};
    struct version max = {0, 0};

    e = engine_call(engine, &ping, NULL);
    if (e && !err_is(e, ERR_DENIED) && !err_is(e, ERR_NOT_FOUND))
        return TAKE(e);
    if (e && !engine->answered)
        return TAKE(e);
    if (e || !version_parse(engine->ping_version, &max) ||
        version_compare(max, VERSION_CEILING) > 0)
        PASS(ask_versions(engine, &min, &max));
    PASS(version_negotiate(min, max, &engine->version));
    snprintf(engine->version_text, sizeof(engine->version_text), "%d.%d", engine->version.major,
             engine->version.minor);
    return NULL;
}

MUST_USE struct err *engine_open(const struct engine_spec *spec, struct engine **out)
{
    AUTO(engine_closep) struct engine *engine = mem_new(1, sizeof(*engine));

    PASS(endpoint_parse(spec, &engine->endpoint));
    if (engine->endpoint.tls && !engine->endpoint.tls_verify)
        log_warn("the certificate of the engine at %s is not checked, so anybody may answer "
                 "there; set DOCKER_TLS_VERIFY=1",
                 engine->endpoint.host);
    PASS(negotiate(engine));
    *out = TAKE(engine);
    return NULL;
}

struct engine *engine_dup(const struct engine *engine)
{
    struct engine *copy = mem_new(1, sizeof(*copy));

    endpoint_copy(&engine->endpoint, &copy->endpoint);
    copy->version = engine->version;
    memcpy(copy->version_text, engine->version_text, sizeof(copy->version_text));
    copy->input_passes = engine->input_passes;
    return copy;
}

void engine_close(struct engine *engine)
{
    if (!engine)
        return;
    channel_free(engine->idle);
    endpoint_clear(&engine->endpoint);
    free(engine);
}

void engine_closep(struct engine **engine)
{
    engine_close(*engine);
    *engine = NULL;
}

const char *engine_api_version(const struct engine *engine)
{
    return engine->version_text;
}

const char *engine_host(const struct engine *engine)
{
    return engine->endpoint.host;
}

int64_t engine_end_by(struct engine *engine, int64_t deadline_ms)
{
    int64_t before_ms = engine->end_by_ms;

    engine->end_by_ms = deadline_ms;
    return before_ms;
}

int64_t engine_deadline(const struct engine *engine, int64_t deadline_ms)
{
    if (engine->end_by_ms == 0 || (deadline_ms > 0 && deadline_ms < engine->end_by_ms))
        return deadline_ms;
    return engine->end_by_ms;
}

bool engine_input_passes(const struct engine *engine)
{
    return engine->input_passes;
}

void engine_saw_input_pass(struct engine *engine)
{
    engine->input_passes = true;
}

char *engine_url(const struct engine *engine, const char *path)
{
    if (engine->version.major == 0)
        return mem_printf("%s%s", engine->endpoint.base_url, path);
    return mem_printf("%s/v%s%s", engine->endpoint.base_url, engine->version_text, path);
}

/* One call with a collected answer; *out (may be NULL) gets its JSON. */
static struct err *simple_call(struct engine *engine, const char *method, const json_t *body,
                               const char *path, json_t **out)
{
    AUTO(engine_response_clear) struct engine_response response = {0};
    struct engine_request request = {
        .method = method, .path = path, .body = body, .timeout_ms = CALL_TIMEOUT_MS};

    if (out)
        *out = NULL;
    PASS(engine_call(engine, &request, &response));
    if (out)
        *out = TAKE(response.json);
    return NULL;
}

MUST_USE struct err *engine_get(struct engine *engine, json_t **out, const char *path_format,
                                ...)
{
    AUTO(mem_freep) char *path = NULL;
    va_list args;

    va_start(args, path_format);
    path = mem_vprintf(path_format, args);
    va_end(args);
    PASS(simple_call(engine, "GET", NULL, path, out));
    if (!*out)
        return err_new(ERR_PROTOCOL, "%s does not answer as an engine: no JSON",
                       engine->endpoint.host);
    return NULL;
}

MUST_USE struct err *engine_post(struct engine *engine, const json_t *body, json_t **out,
                                 const char *path_format, ...)
{
    AUTO(mem_freep) char *path = NULL;
    va_list args;

    va_start(args, path_format);
    path = mem_vprintf(path_format, args);
    va_end(args);
    return simple_call(engine, "POST", body, path, out);
}

MUST_USE struct err *engine_delete(struct engine *engine, const char *path_format, ...)
{
    AUTO(mem_freep) char *path = NULL;
    va_list args;

    va_start(args, path_format);
    path = mem_vprintf(path_format, args);
    va_end(args);
    return simple_call(engine, "DELETE", NULL, path, NULL);
}

char *engine_escape(const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *escaped = mem_new(strlen(text) * 3 + 1, 1);
    char *at = escaped;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if ((byte < 0x80 && isalnum(byte)) || strchr("-._~", byte)) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = hex[byte >> 4];
            *at++ = hex[byte & 15];
        }
    }
    return escaped;
}
