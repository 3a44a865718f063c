/* docker-api/json_lines.h: a stream of JSON documents, one a line.
 *
 * Layer: docker-api. Pure: no descriptor, no clock. Source: Engine API, /events and
 * /images/create.
 */
#ifndef PGKEEP_DOCKER_API_JSON_LINES_H
#define PGKEEP_DOCKER_API_JSON_LINES_H

#include "base/buf.h"
#include "base/jsonx.h"
#include <stdint.h>

#define JSON_LINES_MAX_LINE_BYTES ((size_t)1 << 20)

struct json_lines {
    struct buf line;
    struct err *(*on_value)(void *ctx, const json_t *value); /* an error ends the feeding */
    void *ctx;
};

#define JSON_LINES_INIT(on_value, ctx)                                                         \
    {                                                                                          \
        BUF_INIT(JSON_LINES_MAX_LINE_BYTES), (on_value), (ctx)                                 \
    }

void json_lines_clear(struct json_lines *lines);

/* Takes any number of bytes; empty lines are passed over. ERR_PROTOCOL: a line that is not
 * JSON; ERR_TOO_LARGE: one longer than the cap. */
MUST_USE struct err *json_lines_feed(struct json_lines *lines, const uint8_t *data, size_t len);

/* The stream has ended: a last line without a line end counts if it is whole, else ERR_CUT. */
MUST_USE struct err *json_lines_finish(struct json_lines *lines);

#endif
