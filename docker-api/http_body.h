/* docker-api/http_body.h: where a response's body ends, and what is in it.
 *
 * Layer: docker-api. Pure: no descriptor, no clock. Three framings (RFC 9112, section 6): until
 * the connection closes, Content-Length, and chunked.
 */
#ifndef PGKEEP_DOCKER_API_HTTP_BODY_H
#define PGKEEP_DOCKER_API_HTTP_BODY_H

#include "base/err.h"
#include "docker-api/http_head.h"
#include <stdbool.h>
#include <stdint.h>

enum http_body_state {
    HTTP_BODY_UNTIL_CLOSE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNK_SIZE, /* in the line with the next chunk's size */
    HTTP_BODY_CHUNK_DATA,
    HTTP_BODY_CHUNK_END, /* at the line end behind a chunk's data */
    HTTP_BODY_TRAILER,   /* in the lines behind the last chunk */
    HTTP_BODY_DONE,
};

struct http_body {
    enum http_body_state state;
    uint64_t left;   /* of the length or of the chunk */
    unsigned digits; /* of the chunk size read so far */
    bool in_ext;     /* past the digits of the chunk size line */
    size_t line_len; /* of the current size or trailer line, without its end */
    size_t trailers; /* bytes of all trailer lines */
};

/* After the head is done. 101 is until close whatever its headers say. */
void http_body_init(struct http_body *body, const struct http_head *head);

/* Hands the payload on, uncopied. Bytes behind the end are ignored. ERR_PROTOCOL: bad chunks.
 */
MUST_USE struct err *
http_body_feed(struct http_body *body, const uint8_t *data, size_t len,
               struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len), void *ctx);

/* The connection has ended: ERR_CUT if the body had not. */
MUST_USE struct err *http_body_finish(const struct http_body *body);

#endif
