#include "docker-api/json_lines.h"
#include <string.h>

void json_lines_clear(struct json_lines *lines)
{
    buf_clear(&lines->line);
}

static bool is_blank(const struct buf *line)
{
    return strspn(buf_text(line), " \t\r") == line->len;
}

static struct err *end_of_line(struct json_lines *lines)
{
    AUTO(jsonx_freep) json_t *value = NULL;

    if (is_blank(&lines->line)) {
        buf_reset(&lines->line);
        return NULL;
    }
    TRY(jsonx_parse(lines->line.data, lines->line.len, &value), "a line of the stream");
    buf_reset(&lines->line);
    return lines->on_value(lines->ctx, value);
}

MUST_USE struct err *json_lines_feed(struct json_lines *lines, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *newline = memchr(data, '\n', len);
        size_t part = newline ? (size_t)(newline - data) : len;

        TRY(buf_append(&lines->line, data, part), "a line of the stream");
        if (newline) {
            part++;
            PASS(end_of_line(lines));
        }
        data += part;
        len -= part;
    }
    return NULL;
}

MUST_USE struct err *json_lines_finish(struct json_lines *lines)
{
    AUTO(jsonx_freep) json_t *value = NULL;

    if (is_blank(&lines->line))
        return NULL;
    TRY(err_as(jsonx_parse(lines->line.data, lines->line.len, &value), ERR_CUT),
        "the last line of the stream");
    return lines->on_value(lines->ctx, value);
}
