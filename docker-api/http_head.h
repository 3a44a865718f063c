/* docker-api/http_head.h: the head of an HTTP/1.1 response.
 *
 * Layer: docker-api. Pure: no descriptor, no clock. Needed where a connection is hijacked and
 * libcurl no longer reads the response. Source: RFC 9112. Interim responses (100, 102, 103) are
 * passed over; 101 is final.
 */
#ifndef PGKEEP_DOCKER_API_HTTP_HEAD_H
#define PGKEEP_DOCKER_API_HTTP_HEAD_H

#include "base/buf.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define HTTP_HEAD_MAX_BYTES ((size_t)32 << 10)

struct http_head {
    struct buf line;        /* the line being read */
    size_t seen;            /* bytes of this head, against HTTP_HEAD_MAX_BYTES */
    bool done;              /* the empty line was read */
    int status;             /* 0 until the status line was read */
    int64_t content_length; /* -1: none given */
    bool chunked;           /* Transfer-Encoding ends in chunked */
    char *content_type;     /* or NULL */
};

/* http_head_clear frees what init and feed allocated. */
void http_head_init(struct http_head *head);
void http_head_clear(struct http_head *head);

/* Takes any number of bytes; *used says how many belong to the head: what follows once `done`
 * is true is the body. ERR_PROTOCOL: not an HTTP/1 head; ERR_TOO_LARGE: longer than the cap. */
MUST_USE struct err *http_head_feed(struct http_head *head, const uint8_t *data, size_t len,
                                    size_t *used);

#endif
