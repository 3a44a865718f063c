#include "docker-api/demux.h"
#include <string.h>

enum { STREAM_STDIN = 0, STREAM_STDOUT = 1, STREAM_STDERR = 2, STREAM_SYSTEM_ERROR = 3 };

void demux_init(struct demux *demux)
{
    memset(demux, 0, sizeof(*demux));
}

/* The header is whole: checks it and begins the frame. */
static struct err *begin_frame(struct demux *demux)
{
    const uint8_t *header = demux->header;

    if (header[0] > STREAM_SYSTEM_ERROR || header[1] || header[2] || header[3])
        return err_new(ERR_PROTOCOL,
                       "frame %llu of the engine's stream has the header %02x %02x %02x %02x, "
                       "which no engine sends",
                       (unsigned long long)demux->frames + 1, header[0], header[1], header[2],
                       header[3]);
    demux->stream = header[0];
    demux->frame_left = (uint64_t)header[4] << 24 | (uint64_t)header[5] << 16 |
                        (uint64_t)header[6] << 8 | (uint64_t)header[7];
    demux->frames++;
    demux->header_len = 0;
    if (demux->stream == STREAM_SYSTEM_ERROR && demux->frame_left == 0)
        return err_new(ERR_FAILED, "the engine ended the stream with an error");
    return NULL;
}

/* The engine reports its own failure in such a frame; what of the text has arrived is shown,
 * so that nothing needs to be kept for the rest. */
static struct err *system_error(const uint8_t *data, size_t len)
{
    while (len > 0 && (data[len - 1] == '\n' || data[len - 1] == '\r'))
        len--;
    if (len == 0)
        return err_new(ERR_FAILED, "the engine ended the stream with an error");
    return err_new(ERR_FAILED, "the engine ended the stream: %.*s",
                   (int)(len < 500 ? len : 500), (const char *)data);
}

static struct err *payload(struct demux *demux, const struct demux_handler *handler,
                           const uint8_t *data, size_t len)
{
    switch (demux->stream) {
    case STREAM_STDIN: /* the API names 0 "stdin (is written on stdout)" */
    case STREAM_STDOUT:
        return handler->on_stdout ? handler->on_stdout(handler->ctx, data, len) : NULL;
    case STREAM_STDERR:
        return handler->on_stderr ? handler->on_stderr(handler->ctx, data, len) : NULL;
    default:
        return system_error(data, len);
    }
}

MUST_USE struct err *demux_feed(struct demux *demux, const struct demux_handler *handler,
                                const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t part;

        if (demux->frame_left > 0) {
            part = len < demux->frame_left ? len : (size_t)demux->frame_left;
            PASS(payload(demux, handler, data, part));
            demux->frame_left -= part;
        } else {
            part = sizeof(demux->header) - demux->header_len;
            part = len < part ? len : part;
            memcpy(demux->header + demux->header_len, data, part);
            demux->header_len += part;
            if (demux->header_len == sizeof(demux->header))
                PASS(begin_frame(demux));
        }
        data += part;
        len -= part;
    }
    return NULL;
}

MUST_USE struct err *demux_finish(const struct demux *demux)
{
    if (demux->frame_left > 0)
        return err_new(
            ERR_CUT, "the engine cut the stream: frame %llu ended %llu bytes too early",
            (unsigned long long)demux->frames, (unsigned long long)demux->frame_left);
    if (demux->header_len > 0)
        return err_new(ERR_CUT, "the engine cut the stream inside the header of frame %llu",
                       (unsigned long long)demux->frames + 1);
    return NULL;
}
