#include "base/strv.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

void strv_push_owned(struct strv *list, char *text)
{
    list->items = mem_resize(list->items, list->len + 2, sizeof(*list->items));
    list->items[list->len++] = text;
    list->items[list->len] = NULL;
}

void strv_push(struct strv *list, const char *text)
{
    strv_push_owned(list, mem_strdup(text));
}

void strv_pushf(struct strv *list, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strv_push_owned(list, mem_vprintf(format, args));
    va_end(args);
}

void strv_extend(struct strv *list, const struct strv *from)
{
    for (size_t i = 0; i < from->len; i++)
        strv_push(list, from->items[i]);
}

bool strv_contains(const struct strv *list, const char *text)
{
    for (size_t i = 0; i < list->len; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
    if (list->len > 1)
        qsort(list->items, list->len, sizeof(*list->items), compare);
}

void strv_split(struct strv *list, const char *text, char separator)
{
    if (!*text)
        return;
    for (;;) {
        const char *end = strchr(text, separator);

        if (!end) {
            strv_push(list, text);
            return;
        }
        strv_push_owned(list, mem_strndup(text, (size_t)(end - text)));
        text = end + 1;
    }
}

char *strv_join(const struct strv *list, const char *separator)
{
    return strv_join_some(list, separator, list->len);
}

char *strv_join_some(const struct strv *list, const char *separator, size_t most)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    for (size_t i = 0; i < list->len && i < most; i++)
        buf_printf(&text, "%s%s", i ? separator : "", list->items[i]);
    if (list->len > most)
        buf_printf(&text, " and %zu more", list->len - most);
    return buf_take(&text);
}

void strv_clear(struct strv *list)
{
    for (size_t i = 0; i < list->len; i++)
        free(list->items[i]);
    free(list->items);
    list->items = NULL;
    list->len = 0;
}
