#include "orchestrator/dump/copy_text.h"
#include <string.h>

enum { EMPTY_LINES_AT_END = 2 };

/* One byte of the first three of a line, where it may turn out to be "\.". */
static void take_byte(struct copy_text *copy, uint8_t byte)
{
    if (byte == '\n') {
        if (copy->state == COPY_TEXT_DOT) {
            copy->state = COPY_TEXT_ENDED;
            return;
        }
        copy->rows++;
        copy->state = COPY_TEXT_LINE_START;
    } else if (copy->state == COPY_TEXT_LINE_START && byte == '\\') {
        copy->state = COPY_TEXT_BACKSLASH;
    } else if (copy->state == COPY_TEXT_BACKSLASH && byte == '.') {
        copy->state = COPY_TEXT_DOT;
    } else {
        copy->state = COPY_TEXT_IN_LINE;
    }
}

static void take_end(struct copy_text *copy, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] != '\n' || ++copy->empty_lines > EMPTY_LINES_AT_END) {
            copy->state = COPY_TEXT_BROKEN;
            return;
        }
}

void copy_text_feed(struct copy_text *copy, const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len;

    while (data < end && copy->state < COPY_TEXT_ENDED) {
        if (copy->state != COPY_TEXT_IN_LINE) {
            take_byte(copy, *data++);
            continue;
        }
        const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
        if (!newline)
            return;
        copy->rows++;
        copy->state = COPY_TEXT_LINE_START;
        data = newline + 1;
    }
    if (copy->state == COPY_TEXT_ENDED)
        take_end(copy, data, (size_t)(end - data));
}

bool copy_text_ended(const struct copy_text *copy)
{
    return copy->state == COPY_TEXT_ENDED && copy->empty_lines == EMPTY_LINES_AT_END;
}
