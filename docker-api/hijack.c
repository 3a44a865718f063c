#include "docker-api/hijack.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "docker-api/engine_private.h"
#include "docker-api/http_body.h"
#include "docker-api/http_head.h"
#include "docker-api/reply.h"
#include "docker-api/tls_half_close.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_BYTES ((size_t)256 << 10)
#define REFUSAL_MAX_BYTES ((size_t)64 << 10)
/* Of the rest of a refusal's body, whose sender may keep the connection open. */
#define REFUSAL_WAIT_MS 2000

struct hijack {
    struct engine *engine; /* borrowed */
    struct channel *channel;
    curl_socket_t fd;
    struct http_head head;
    struct http_body body;
    uint8_t *buffer;
    size_t ahead_at; /* bytes of the body that came with the head, still to be handed on */
    size_t ahead_len;
};

static struct err *connect_only(struct hijack *hijack, int64_t deadline_ms)
{
    CURL *easy = hijack->channel->easy;
    AUTO(mem_freep) char *url = engine_url(hijack->engine, "/");
    CURLcode code;

    endpoint_apply(&hijack->engine->endpoint, easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    if (deadline_ms > 0) {
        int64_t left_ms = deadline_ms - clock_mono_ms();
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 1 ? left_ms : 1));
    }
    PASS(channel_run(hijack->channel, &code));
    if (code == CURLE_OK)
        code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &hijack->fd);
    if (code != CURLE_OK)
        return endpoint_error(&hijack->engine->endpoint, hijack->channel, code);
    return NULL;
}

static struct err *check_deadline(int64_t deadline_ms)
{
    if (deadline_ms > 0 && clock_mono_ms() >= deadline_ms)
        return err_new(ERR_TIMEOUT, "the engine took too long to answer");
    return NULL;
}

static struct err *send_request(struct hijack *hijack, const char *path, const json_t *body,
                                int64_t deadline_ms)
{
    AUTO(mem_freep) char *json = jsonx_compact(body);
    AUTO(mem_freep) char *url = engine_url(hijack->engine, path);
    const char *target = url + strlen(hijack->engine->endpoint.base_url);
    const char *host = strstr(url, "://") + 3;
    AUTO(mem_freep) char *text =
        mem_printf("POST %s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: pgkeep\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                   "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n%s",
                   target, (int)strcspn(host, "/"), host, strlen(json), json);
    size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        size_t sent;
        enum hijack_state state =
            hijack_write(hijack, (const uint8_t *)text + at, len - at, &sent);

        if (state == HIJACK_END)
            return err_new(ERR_CUT,
                           "the engine cut the connection before the request was sent");
        at += sent;
        if (state == HIJACK_AGAIN)
            PASS(hijack_wait(hijack, true));
        PASS(check_deadline(deadline_ms));
    }
    return NULL;
}

/* One receive into the buffer. */
static enum hijack_state receive(struct hijack *hijack, size_t *out_len)
{
    CURLcode code = curl_easy_recv(hijack->channel->easy, hijack->buffer, READ_BYTES, out_len);

    if (code == CURLE_AGAIN)
        return HIJACK_AGAIN;
    if (code != CURLE_OK)
        return HIJACK_BROKE;
    return *out_len > 0 ? HIJACK_MORE : HIJACK_END;
}

static struct err *read_head(struct hijack *hijack, const struct hijack_spec *spec)
{
    int64_t asked_ms = clock_mono_ms();

    while (!hijack->head.done) {
        size_t len = 0;
        size_t used = 0;
        enum hijack_state state = receive(hijack, &len);

        if (state == HIJACK_END || state == HIJACK_BROKE)
            return err_new(ERR_CUT, "the engine cut the connection before it answered");
        if (state == HIJACK_AGAIN)
            PASS(hijack_wait(hijack, false));
        PASS(http_head_feed(&hijack->head, hijack->buffer, len, &used));
        hijack->ahead_at = used;
        hijack->ahead_len = len - used;
        PASS(check_deadline(spec->deadline_ms));
        if (spec->silence_ms > 0 && clock_mono_ms() - asked_ms >= spec->silence_ms) {
            PASS(spec->on_silence(spec->ctx));
            asked_ms = clock_mono_ms();
        }
    }
    http_body_init(&hijack->body, &hijack->head);
    return NULL;
}

static struct err *keep(void *ctx, const uint8_t *data, size_t len)
{
    buf_append_tail(ctx, data, len);
    return NULL;
}

/* The engine's own words for why it did not start the stream. */
static struct err *refusal(struct hijack *hijack, const char *path)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(REFUSAL_MAX_BYTES);
    int64_t until_ms = clock_mono_ms() + REFUSAL_WAIT_MS;
    enum hijack_state state = HIJACK_MORE;

    while ((state == HIJACK_MORE || state == HIJACK_AGAIN) && clock_mono_ms() < until_ms) {
        struct err *e = hijack_read(hijack, keep, &text, &state);

        if (!e && state == HIJACK_AGAIN)
            e = hijack_wait(hijack, false);
        if (err_is(e, ERR_INTERRUPTED))
            return e;
        if (e)
            break;
    }
    return reply_error(&(struct reply){.status = hijack->head.status,
                                       .method = "POST",
                                       .path = path,
                                       .body = text.data,
                                       .len = text.len});
}

MUST_USE struct err *hijack_open(struct engine *engine, const struct hijack_spec *spec,
                                 struct hijack **out)
{
    AUTO(hijack_closep) struct hijack *hijack = mem_new(1, sizeof(*hijack));

    hijack->engine = engine;
    hijack->channel = channel_new();
    hijack->buffer = mem_new(READ_BYTES, 1);
    http_head_init(&hijack->head);
    PASS(connect_only(hijack, spec->deadline_ms));
    PASS(send_request(hijack, spec->path, spec->body, spec->deadline_ms));
    PASS(read_head(hijack, spec));
    if (hijack->head.status != 101 && hijack->head.status != 200)
        return refusal(hijack, spec->path);
    *out = TAKE(hijack);
    return NULL;
}

void hijack_close(struct hijack *hijack)
{
    if (!hijack)
        return;
    http_head_clear(&hijack->head);
    channel_free(hijack->channel);
    free(hijack->buffer);
    free(hijack);
}

int hijack_status(const struct hijack *hijack)
{
    return hijack->head.status;
}

void hijack_closep(struct hijack **hijack)
{
    hijack_close(*hijack);
    *hijack = NULL;
}

MUST_USE struct err *hijack_read(struct hijack *hijack,
                                 struct err *(*on_data)(void *ctx, const uint8_t *data,
                                                        size_t len),
                                 void *ctx, enum hijack_state *out_state)
{
    const uint8_t *data = hijack->buffer + hijack->ahead_at;
    size_t len = hijack->ahead_len;

    if (hijack->body.state == HTTP_BODY_DONE) {
        *out_state = HIJACK_END;
        return NULL;
    }
    *out_state = HIJACK_MORE;
    hijack->ahead_len = 0;
    if (len == 0) {
        data = hijack->buffer;
        *out_state = receive(hijack, &len);
    }
    if (*out_state == HIJACK_END)
        return http_body_finish(&hijack->body);
    if (*out_state == HIJACK_MORE)
        return http_body_feed(&hijack->body, data, len, on_data, ctx);
    return NULL;
}

enum hijack_state hijack_write(struct hijack *hijack, const uint8_t *data, size_t len,
                               size_t *out_sent)
{
    CURLcode code;

    *out_sent = 0;
    code = curl_easy_send(hijack->channel->easy, data, len, out_sent);
    if (code == CURLE_AGAIN)
        return HIJACK_AGAIN;
    return code == CURLE_OK ? HIJACK_MORE : HIJACK_END;
}

MUST_USE struct err *hijack_half_close(struct hijack *hijack)
{
    if (hijack->engine->endpoint.tls)
        return tls_half_close(hijack->channel->easy, hijack->fd);
    /* A peer that has already gone needs no telling. */
    if (shutdown(hijack->fd, SHUT_WR) != 0 && errno != ENOTCONN && errno != EPIPE &&
        errno != ECONNRESET)
        return err_errno("end the input of the engine's stream");
    return NULL;
}

int hijack_fd(const struct hijack *hijack)
{
    return hijack->fd;
}

MUST_USE struct err *hijack_wait(struct hijack *hijack, bool also_write)
{
    struct pollfd poller = {.fd = hijack->fd,
                            .events = (short)(POLLIN | (also_write ? POLLOUT : 0))};

    PASS(interrupt_check());
    if (poll(&poller, 1, CHANNEL_TICK_MS) < 0 && errno != EINTR)
        return err_errno("wait for the engine");
    return interrupt_check();
}
