/* docker-api/engine.h: a connection to a Docker Engine, and one HTTP call on it.
 *
 * Layer: docker-api (knows base only; nothing of databases). Source: Docker Engine API,
 * https://docs.docker.com/reference/api/engine/. Errors carry the engine's own message, and a
 * hint where the user can do something: connection refused, permission denied on the socket,
 * ...
 *
 * An engine is used by one thread at a time.
 */
#ifndef PGKEEP_DOCKER_API_ENGINE_H
#define PGKEEP_DOCKER_API_ENGINE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/jsonx.h"
#include <stdbool.h>
#include <stdint.h>

struct engine;

struct engine_spec {
    const char *host; /* unix:///path, tcp://host:port; NULL: unix:///var/run/docker.sock */
    bool tls;         /* speak TLS over tcp:// (DOCKER_TLS_VERIFY or a cert path is set) */
    /* Check the engine's certificate against ca.pem. https:// does in any case, where there is
     * no ca.pem against the system's authorities. */
    bool tls_verify;
    const char *cert_path; /* folder with ca.pem, cert.pem, key.pem; NULL: ~/.docker */
};

/* Fills a spec from DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH; texts are borrowed
 * from the environment. */
void engine_spec_from_env(struct engine_spec *spec);

/* Connects, pings and negotiates the API version: the engine's newest, at most the newest that
 * this code was tested with (1.51), at least 1.41; ERR_UNSUPPORTED says which side is too old.
 * The caller closes. */
MUST_USE struct err *engine_open(const struct engine_spec *spec, struct engine **out);

/* A second handle on the same endpoint and version, without a ping, for use in another thread.
 * The first may be in use meanwhile. Never NULL; the caller closes. */
struct engine *engine_dup(const struct engine *engine) MUST_USE;

void engine_close(struct engine *engine);
void engine_closep(struct engine **engine);

/* Negotiated version, "1.41". */
const char *engine_api_version(const struct engine *engine);

/* The host as given or defaulted, for messages. */
const char *engine_host(const struct engine *engine);

/* From now on each call, and each exec, on this handle ends by then with ERR_TIMEOUT, whatever
 * its own limit. Of clock_mono_ms; 0: no more. Gives the limit that held before. */
int64_t engine_end_by(struct engine *engine, int64_t deadline_ms);

/* The earlier of a deadline (0: none) and the handle's; 0 where there is neither. */
int64_t engine_deadline(const struct engine *engine, int64_t deadline_ms) MUST_USE;

/* Whether the way to the engine carries the input of an exec: some proxies answer an upgrade
 * and pass nothing on. False until somebody saw input arrive; engine_dup copies it. */
bool engine_input_passes(const struct engine *engine);
void engine_saw_input_pass(struct engine *engine);

/* One ordinary call. `path` starts after the version ("/containers/json?all=1"); what stands in
 * it is already escaped (engine_escape). */
struct engine_request {
    const char *method;
    const char *path;
    const json_t *body; /* sent as JSON, or NULL */
    /* A body that is streamed instead (archive put): returns bytes, *len 0 at the end. */
    struct err *(*read_body)(void *ctx, uint8_t *data, size_t size, size_t *len);
    /* A response that is streamed instead of collected (events, logs, archive get, pull). An
     * error from it ends the call and is returned. */
    struct err *(*on_body)(void *ctx, const uint8_t *data, size_t len);
    void *ctx;
    int64_t timeout_ms;        /* of the whole call; 0: none */
    size_t max_response_bytes; /* cap of the collected response; 0: 64 MiB */
};

struct engine_response {
    int status;
    json_t *json;    /* the body where it is JSON; else NULL. Free with clear. */
    struct buf body; /* the raw body if it was not JSON */
    char *path_stat; /* X-Docker-Container-Path-Stat, or NULL */
};

void engine_response_clear(struct engine_response *response);

/* Success is a 2xx or 304 status. Other statuses are errors with the engine's `message` (JSON,
 * HTML and plain bodies alike): 404 ERR_NOT_FOUND, 409 ERR_CONFLICT, 401/403 ERR_DENIED, 501
 * ERR_UNSUPPORTED, else ERR_FAILED. `response` may be NULL. A body that ends before its
 * Content-Length or last chunk is ERR_CUT. Interrupts end the call. */
MUST_USE struct err *engine_call(struct engine *engine, const struct engine_request *request,
                                 struct engine_response *response);

/* GET of a JSON document; *out is the caller's. */
MUST_USE struct err *engine_get(struct engine *engine, json_t **out, const char *path_format,
                                ...) PRINTF_LIKE(3, 4);

/* POST or DELETE; *out (may be NULL) gets the response's JSON or NULL. */
MUST_USE struct err *engine_post(struct engine *engine, const json_t *body, json_t **out,
                                 const char *path_format, ...) PRINTF_LIKE(4, 5);
MUST_USE struct err *engine_delete(struct engine *engine, const char *path_format, ...)
    PRINTF_LIKE(2, 3);

/* Percent-escapes one path segment or query value; the caller frees. */
char *engine_escape(const char *text) MUST_USE;

#endif
