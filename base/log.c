#include "base/log.h"
#include "base/mem.h"
#include "base/shown.h"
#include <stdarg.h>
#include <stdio.h>

static enum log_level shown = LOG_INFO;
static void (*before)(void);

void log_set_level(enum log_level level)
{
    shown = level;
}

enum log_level log_get_level(void)
{
    return shown;
}

void log_set_before_line(void (*before_line)(void))
{
    before = before_line;
}

PRINTF_LIKE(3, 0)
static void line(enum log_level level, const char *word, const char *format, va_list args)
{
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *safe = NULL;

    if (level > shown)
        return;
    text = mem_vprintf(format, args);
    safe = shown_line(text);
    if (before)
        before();
    fprintf(stderr, "%s%s\n", word, safe);
}

#define DEFINE_LEVEL(name, level, word)                                                        \
    void name(const char *format, ...)                                                         \
    {                                                                                          \
        va_list args;                                                                          \
                                                                                               \
        va_start(args, format);                                                                \
        line(level, word, format, args);                                                       \
        va_end(args);                                                                          \
    }

DEFINE_LEVEL(log_error, LOG_ERROR, "error: ")
DEFINE_LEVEL(log_warn, LOG_WARN, "warning: ")
DEFINE_LEVEL(log_info, LOG_INFO, "")
DEFINE_LEVEL(log_debug, LOG_DEBUG, "debug: ")

void log_err(enum log_level level, const char *prefix, const struct err *e)
{
    AUTO(mem_freep) char *text = err_text(e);
    const char *hint = err_hint_of(e);
    const char *colon = prefix && *prefix ? ": " : "";

    prefix = prefix ? prefix : "";
    if (level == LOG_ERROR)
        log_error("%s%s%s", prefix, colon, text);
    else if (level == LOG_WARN)
        log_warn("%s%s%s", prefix, colon, text);
    else
        log_info("%s%s%s", prefix, colon, text);
    if (hint && level <= shown) {
        AUTO(mem_freep) char *safe = shown_line(hint);
        fprintf(stderr, "hint: %s\n", safe);
    }
}
