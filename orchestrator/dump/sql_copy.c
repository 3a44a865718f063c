#include "orchestrator/dump/sql_copy.h"
#include <string.h>

/* One byte at a line's start. Returns false where it makes the line a row. */
static bool take_mark(struct sql_copy *copy, uint8_t c)
{
    static const char mark[] = "\\.\r"; /* the carriage return may be left out */

    if (c == '\n' && copy->mark_len >= 2) {
        copy->ended = true;
        return true;
    }
    if (copy->mark_len < sizeof(mark) - 1 && c == (uint8_t)mark[copy->mark_len]) {
        copy->mark_len++;
        return true;
    }
    return false;
}

const uint8_t *sql_copy_feed(struct sql_copy *copy, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *from = at;
    uint64_t held = copy->mark_len;

    copy->rows = 0;
    while (at < end && !copy->ended) {
        if (!copy->in_line && take_mark(copy, *at)) {
            at++;
            continue;
        }
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));

        copy->mark_len = 0;
        copy->in_line = newline == NULL;
        copy->rows += newline != NULL;
        at = newline ? newline + 1 : end;
    }
    copy->bytes = held + (uint64_t)(at - from) - copy->mark_len - copy->ended;
    return at;
}
