#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/engine.h"
#include "docker-api/engine_private.h"
#include "docker-api/reply.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RESPONSE_MAX_BYTES ((size_t)64 << 20)
#define REFUSAL_MAX_BYTES ((size_t)64 << 10)

/* What the callbacks of one transfer share. */
struct transfer {
    struct engine *engine;
    const struct engine_request *request;
    struct channel *channel;
    struct curl_slist *headers;
    struct buf body;
    int status;
    char *path_stat;
    char *content_type;
    char *json_body;
    struct err *error; /* raised in a callback */
};

void engine_response_clear(struct engine_response *response)
{
    jsonx_freep(&response->json);
    buf_clear(&response->body);
    mem_freep(&response->path_stat);
}

static void transfer_clear(struct transfer *transfer)
{
    struct engine *engine = transfer->engine;

    curl_slist_free_all(transfer->headers);
    buf_clear(&transfer->body);
    mem_freep(&transfer->path_stat);
    mem_freep(&transfer->content_type);
    mem_freep(&transfer->json_body);
    err_freep(&transfer->error);
    if (!transfer->channel)
        return;
    channel_reset(transfer->channel);
    /* A call made inside another call's callback had a channel of its own: one is kept. */
    if (engine->idle)
        channel_free(transfer->channel);
    else
        engine->idle = transfer->channel;
}

static bool is_success(int status)
{
    return (status >= 200 && status < 300) || status == 304;
}

/* The header's value, trimmed, if `line` is the header `name`; the caller frees. */
static char *header_value(const char *line, size_t len, const char *name)
{
    size_t name_len = strlen(name);

    if (len <= name_len || strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
        return NULL;
    line += name_len + 1;
    len -= name_len + 1;
    for (; len > 0 && strchr(" \t", *line); len--)
        line++;
    while (len > 0 && strchr(" \t\r\n", line[len - 1]))
        len--;
    return mem_strndup(line, len);
}

static void take_header(char **slot, const char *line, size_t len, const char *name)
{
    char *value = header_value(line, len, name);

    if (!value)
        return;
    free(*slot);
    *slot = value;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    AUTO(mem_freep) char *version = NULL;
    size_t len = size * count;

    transfer->engine->answered = true;
    take_header(&transfer->path_stat, line, len, "X-Docker-Container-Path-Stat");
    take_header(&transfer->content_type, line, len, "Content-Type");
    take_header(&version, line, len, "Api-Version");
    /* One that is too long is cut, and then no version that anybody could parse. */
    if (version)
        snprintf(transfer->engine->ping_version, ENGINE_VERSION_SIZE, "%s", version);
    return len;
}

static int status_of(const struct transfer *transfer)
{
    long status = 0;

    curl_easy_getinfo(transfer->channel->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static struct err *take_body(struct transfer *transfer, const uint8_t *data, size_t len)
{
    const struct engine_request *request = transfer->request;

    PASS(interrupt_check());
    if (!is_success(status_of(transfer))) {
        /* Only the beginning of a refusal is ever shown. */
        size_t max =
            transfer->body.max < REFUSAL_MAX_BYTES ? transfer->body.max : REFUSAL_MAX_BYTES;
        size_t room = max > transfer->body.len ? max - transfer->body.len : 0;

        return buf_append(&transfer->body, data, len < room ? len : room);
    }
    if (request->on_body)
        return request->on_body(request->ctx, data, len);
    TRY(buf_append(&transfer->body, data, len), "the engine's answer");
    return NULL;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    size_t len = size * count;

    transfer->error = take_body(transfer, (const uint8_t *)data, len);
    return transfer->error ? CURL_WRITEFUNC_ERROR : len;
}

static size_t on_read(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    const struct engine_request *request = transfer->request;
    size_t len = 0;

    transfer->error = interrupt_check();
    if (!transfer->error)
        transfer->error = request->read_body(request->ctx, (uint8_t *)data, size * count, &len);
    return transfer->error ? CURL_READFUNC_ABORT : len;
}

static void set_body(struct transfer *transfer)
{
    const struct engine_request *request = transfer->request;
    CURL *easy = transfer->channel->easy;
    const char *json_body = "";

    if (request->read_body) {
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
        transfer->headers =
            curl_slist_append(transfer->headers, "Content-Type: application/x-tar");
        transfer->headers = curl_slist_append(transfer->headers, "Transfer-Encoding: chunked");
        return;
    }
    if (request->body)
        json_body = transfer->json_body = jsonx_compact(request->body);
    if (!request->body && strcmp(request->method, "POST") != 0)
        return;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(json_body));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json_body);
    transfer->headers = curl_slist_append(transfer->headers, "Expect:");
    transfer->headers =
        curl_slist_append(transfer->headers, request->body ? "Content-Type: application/json"
                                                           : "Content-Type: text/plain");
}

/* How long the call may take, as libcurl wants it: 0 is for ever. */
static long limit_ms(const struct transfer *transfer)
{
    int64_t own_ms = transfer->request->timeout_ms;
    int64_t by_ms =
        engine_deadline(transfer->engine, own_ms > 0 ? clock_mono_ms() + own_ms : 0);
    int64_t left_ms = by_ms - clock_mono_ms();

    if (by_ms == 0)
        return 0;
    return left_ms > 1 ? (long)left_ms : 1;
}

static void set_up(struct transfer *transfer)
{
    const struct engine_request *request = transfer->request;
    struct engine *engine = transfer->engine;
    AUTO(mem_freep) char *url = engine_url(engine, request->path);
    CURL *easy;

    transfer->channel = engine->idle ? TAKE(engine->idle) : channel_new();
    easy = transfer->channel->easy;
    endpoint_apply(&engine->endpoint, easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit_ms(transfer));
    set_body(transfer);
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

static struct err *refusal(const struct transfer *transfer)
{
    return reply_error(&(struct reply){
        .status = transfer->status,
        .method = transfer->request->method,
        .path = transfer->request->path,
        .body = transfer->body.data,
        .len = transfer->body.len,
    });
}

static bool is_json(const struct transfer *transfer)
{
    static const char type[] = "application/json";

    return transfer->content_type &&
           strncasecmp(transfer->content_type, type, sizeof(type) - 1) == 0;
}

static struct err *fill(struct transfer *transfer, struct engine_response *response)
{
    memset(response, 0, sizeof(*response));
    response->status = transfer->status;
    response->path_stat = TAKE(transfer->path_stat);
    if (is_json(transfer) && transfer->body.len > 0) {
        TRY(jsonx_parse(transfer->body.data, transfer->body.len, &response->json),
            "the engine's answer to %s %s", transfer->request->method, transfer->request->path);
        return NULL;
    }
    response->body = transfer->body;
    memset(&transfer->body, 0, sizeof(transfer->body));
    return NULL;
}

MUST_USE struct err *engine_call(struct engine *engine, const struct engine_request *request,
                                 struct engine_response *response)
{
    size_t cap = request->max_response_bytes ? request->max_response_bytes : RESPONSE_MAX_BYTES;
    AUTO(transfer_clear) struct transfer transfer = {
        .engine = engine, .request = request, .body = BUF_INIT(cap)};
    CURLcode code;

    engine->answered = false;
    set_up(&transfer);
    PASS(channel_run(transfer.channel, &code));
    transfer.status = status_of(&transfer);
    if (transfer.error)
        return TAKE(transfer.error);
    /* A refusal counts even where the rest of the body could not be sent or read. */
    if (transfer.status >= 300 && !is_success(transfer.status))
        return refusal(&transfer);
    if (code != CURLE_OK)
        return endpoint_error(&engine->endpoint, transfer.channel, code);
    if (!is_success(transfer.status))
        return err_new(ERR_PROTOCOL, "%s does not answer as an engine: status %d",
                       engine->endpoint.host, transfer.status);
    return response ? fill(&transfer, response) : NULL;
}
