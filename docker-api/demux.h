/* docker-api/demux.h: the frames of an attached stream.
 *
 * Layer: docker-api. Pure: no descriptor, no clock. Source: Engine API, "Stream format": header
 * {stream, 0, 0, 0, length as 32 bit big-endian}, stream 0 stdin, 1 stdout, 2 stderr. An empty
 * frame is legal. A frame's length is not limited (an engine may send up to 4 GiB in one
 * frame); nothing is buffered but the header.
 */
#ifndef PGKEEP_DOCKER_API_DEMUX_H
#define PGKEEP_DOCKER_API_DEMUX_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct demux {
    uint8_t header[8];
    size_t header_len;   /* bytes of the header seen */
    uint64_t frame_left; /* payload bytes still to come */
    int stream;          /* of the current frame */
    uint64_t frames;     /* frames begun */
};

struct demux_handler {
    struct err *(*on_stdout)(void *ctx, const uint8_t *data, size_t len);
    struct err *(*on_stderr)(void *ctx, const uint8_t *data, size_t len);
    void *ctx;
};

void demux_init(struct demux *demux);

/* Takes any number of bytes. ERR_PROTOCOL: an unknown stream number, or padding that is not
 * zero. A stream 3 frame ("system error", sent by engines 1.24+) is ERR_FAILED with its text.
 */
MUST_USE struct err *demux_feed(struct demux *demux, const struct demux_handler *handler,
                                const uint8_t *data, size_t len);

/* ERR_CUT unless the stream ended between two frames. */
MUST_USE struct err *demux_finish(const struct demux *demux);

#endif
