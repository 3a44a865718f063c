#include "docker-api/http_body.h"
#include <string.h>

#define LINE_MAX_BYTES ((size_t)4 << 10)

void http_body_init(struct http_body *body, const struct http_head *head)
{
    memset(body, 0, sizeof(*body));
    if (head->status == 101)
        return;
    if (head->chunked) {
        body->state = HTTP_BODY_CHUNK_SIZE;
    } else if (head->content_length >= 0) {
        body->left = (uint64_t)head->content_length;
        body->state = body->left > 0 ? HTTP_BODY_LENGTH : HTTP_BODY_DONE;
    } else if (head->status == 204 || head->status == 304) {
        body->state = HTTP_BODY_DONE;
    }
}

static struct err *bad_chunk(void)
{
    return err_new(ERR_PROTOCOL, "the answer's chunked encoding is broken");
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static struct err *end_of_size_line(struct http_body *body)
{
    if (body->digits == 0)
        return bad_chunk();
    body->state = body->left > 0 ? HTTP_BODY_CHUNK_DATA : HTTP_BODY_TRAILER;
    body->digits = 0;
    body->in_ext = false;
    body->line_len = 0;
    return NULL;
}

static struct err *size_byte(struct http_body *body, uint8_t byte)
{
    int digit = body->in_ext ? -1 : hex_digit(byte);

    if (byte == '\n')
        return end_of_size_line(body);
    if (++body->line_len > LINE_MAX_BYTES)
        return bad_chunk();
    if (digit >= 0) {
        if (++body->digits > 15)
            return bad_chunk();
        body->left = body->left << 4 | (uint64_t)digit;
        return NULL;
    }
    if (!body->in_ext && byte != ';' && byte != '\r' && byte != ' ' && byte != '\t')
        return bad_chunk();
    body->in_ext = true;
    return NULL;
}

static struct err *trailer_byte(struct http_body *body, uint8_t byte)
{
    if (++body->trailers > LINE_MAX_BYTES)
        return bad_chunk();
    if (byte == '\n') {
        if (body->line_len == 0)
            body->state = HTTP_BODY_DONE;
        body->line_len = 0;
    } else if (byte != '\r') {
        body->line_len++;
    }
    return NULL;
}

/* One byte of what is not payload. */
static struct err *framing_byte(struct http_body *body, uint8_t byte)
{
    if (body->state == HTTP_BODY_CHUNK_SIZE)
        return size_byte(body, byte);
    if (body->state == HTTP_BODY_TRAILER)
        return trailer_byte(body, byte);
    if (byte == '\n')
        body->state = HTTP_BODY_CHUNK_SIZE;
    else if (byte != '\r')
        return bad_chunk();
    return NULL;
}

MUST_USE struct err *
http_body_feed(struct http_body *body, const uint8_t *data, size_t len,
               struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len), void *ctx)
{
    if (body->state == HTTP_BODY_UNTIL_CLOSE)
        return len > 0 ? on_data(ctx, data, len) : NULL;
    while (len > 0 && body->state != HTTP_BODY_DONE) {
        size_t part = 1;

        if (body->state == HTTP_BODY_LENGTH || body->state == HTTP_BODY_CHUNK_DATA) {
            part = len < body->left ? len : (size_t)body->left;
            PASS(on_data(ctx, data, part));
            body->left -= part;
            if (body->left == 0)
                body->state =
                    body->state == HTTP_BODY_LENGTH ? HTTP_BODY_DONE : HTTP_BODY_CHUNK_END;
        } else {
            PASS(framing_byte(body, *data));
        }
        data += part;
        len -= part;
    }
    return NULL;
}

MUST_USE struct err *http_body_finish(const struct http_body *body)
{
    if (body->state == HTTP_BODY_UNTIL_CLOSE || body->state == HTTP_BODY_DONE)
        return NULL;
    return err_new(ERR_CUT, "the connection ended before the answer did");
}
