#include "base/err.h"
#include "base/mem.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct err *make(enum err_kind kind, char *message)
{
    struct err *e = mem_new(1, sizeof(*e));

    e->kind = kind;
    e->message = message;
    return e;
}

static enum err_kind kind_of_errno(int number)
{
    switch (number) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
        return ERR_UNREACHABLE;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_IO;
    }
}

struct err *err_new(enum err_kind kind, const char *format, ...)
{
    va_list args;
    char *message;

    va_start(args, format);
    message = mem_vprintf(format, args);
    va_end(args);
    return make(kind, message);
}

struct err *err_errno(const char *format, ...)
{
    int number = errno;
    va_list args;
    char *message;

    va_start(args, format);
    message = mem_vprintf(format, args);
    va_end(args);
    struct err *e =
        make(kind_of_errno(number), mem_printf("%s: %s", message, strerror(number)));
    free(message);
    return e;
}

struct err *err_wrap(struct err *cause, const char *format, ...)
{
    va_list args;
    char *message;

    if (!cause)
        return NULL;
    va_start(args, format);
    message = mem_vprintf(format, args);
    va_end(args);
    struct err *e = make(cause->kind, message);
    e->cause = cause;
    return e;
}

struct err *err_hint(struct err *e, const char *format, ...)
{
    va_list args;

    if (!e || err_hint_of(e))
        return e;
    va_start(args, format);
    e->hint = mem_vprintf(format, args);
    va_end(args);
    return e;
}

struct err *err_as(struct err *e, enum err_kind kind)
{
    if (e)
        e->kind = kind;
    return e;
}

char *err_text(const struct err *e)
{
    char *text = mem_strdup(e->message);

    for (e = e->cause; e; e = e->cause) {
        char *longer = mem_printf("%s: %s", text, e->message);
        free(text);
        text = longer;
    }
    return text;
}

const char *err_hint_of(const struct err *e)
{
    for (; e; e = e->cause)
        if (e->hint)
            return e->hint;
    return NULL;
}

bool err_is(const struct err *e, enum err_kind kind)
{
    return e && e->kind == kind;
}

struct err *err_first(struct err *first, struct err *second)
{
    if (!first)
        return second;
    err_free(second);
    return first;
}

void err_free(struct err *e)
{
    while (e) {
        struct err *cause = e->cause;

        free(e->message);
        free(e->hint);
        free(e);
        e = cause;
    }
}

void err_freep(struct err **e)
{
    err_free(*e);
    *e = NULL;
}
