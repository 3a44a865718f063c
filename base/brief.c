/* The beginning fills first, then the end forgets its oldest bytes: so memory does not grow
 * with the text, and a text that fits both is there whole. */
#include "base/brief.h"
#include "base/mem.h"
#include "base/units.h"
#include <stdbool.h>
#include <string.h>

static bool brief_is_inside(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

void brief_init(struct brief *brief, size_t most)
{
    *brief = (struct brief){.head = BUF_INIT(most - most / 3), .tail = BUF_INIT(most / 3)};
}

void brief_add(struct brief *brief, const void *data, size_t len)
{
    size_t room = brief->head.max - brief->head.len;
    size_t first = len < room ? len : room;

    err_free(buf_append(&brief->head, data, first));
    buf_append_tail(&brief->tail, (const char *)data + first, len - first);
    brief->len += len;
}

char *brief_take(struct brief *brief)
{
    const char *head = buf_text(&brief->head), *tail = buf_text(&brief->tail);
    size_t head_len = brief->head.len, tail_len = brief->tail.len;
    size_t left_out = brief->len - head_len - tail_len;
    char count[UNITS_TEXT_SIZE];
    char *text;

    if (left_out > 0) {
        size_t end = head_len; /* where the head's last character begins */

        while (end > 0 && head_len - end < 3 && brief_is_inside(head[end - 1]))
            end--;
        head_len =
            end > 0 && ((unsigned char)head[end - 1] & 0xC0) == 0xC0 ? end - 1 : head_len;
        for (int i = 0; i < 3 && tail_len > 0 && brief_is_inside(*tail); i++, tail_len--)
            tail++;
        left_out = brief->len - head_len - tail_len;
        text = mem_printf("%.*s [... %s bytes ...] %s", (int)head_len, head,
                          units_count(left_out, count), tail);
    } else
        text = mem_printf("%s%s", head, tail);
    buf_reset(&brief->head);
    buf_reset(&brief->tail);
    brief->len = 0;
    return text;
}

void brief_clear(struct brief *brief)
{
    buf_clear(&brief->head);
    buf_clear(&brief->tail);
    brief->len = 0;
}

char *brief_text(const char *text, size_t most)
{
    AUTO(brief_clear) struct brief brief;

    brief_init(&brief, most);
    brief_add(&brief, text, strlen(text));
    return brief_take(&brief);
}
