#include "base/buf.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct buf *buf, size_t len)
{
    size_t size = buf->size ? buf->size : 64;

    if (len + 1 <= buf->size)
        return;
    while (size < len + 1)
        size *= 2;
    buf->data = mem_resize(buf->data, size, 1);
    buf->size = size;
}

MUST_USE struct err *buf_append(struct buf *buf, const void *data, size_t len)
{
    if (len > buf->max - buf->len)
        return err_new(ERR_TOO_LARGE, "more than %zu bytes", buf->max);
    reserve(buf, buf->len + len);
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return NULL;
}

MUST_USE struct err *buf_append_text(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    AUTO(mem_freep) char *text = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    if (buf_append_text(buf, text)) {
        fputs("pgkeep: internal text too long\n", stderr);
        _Exit(1);
    }
}

void buf_append_tail(struct buf *buf, const void *data, size_t len)
{
    const char *bytes = data;

    if (len > buf->max) {
        bytes += len - buf->max;
        len = buf->max;
    }
    if (len > buf->max - buf->len)
        buf_consume(buf, len - (buf->max - buf->len));
    err_free(buf_append(buf, bytes, len));
}

void buf_consume(struct buf *buf, size_t len)
{
    if (len == 0)
        return;
    memmove(buf->data, buf->data + len, buf->len - len + 1);
    buf->len -= len;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
    char *text = buf->data ? buf->data : mem_strdup("");

    buf->data = NULL;
    buf->len = 0;
    buf->size = 0;
    return text;
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_clear(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->size = 0;
}
