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

/* Where both go into one pipe or file, a result stands before what was logged after it. A write
 * that fails shows at the end: the stream remembers. */
static void log_put(const char *word, const char *text)
{
    AUTO(mem_freep) char *safe = shown_line(text);

    fflush(stdout);
    if (before)
        before();
    fprintf(stderr, "%s%s\n", word, safe);
}

PRINTF_LIKE(3, 0)
static void line(enum log_level level, const char *word, const char *format, va_list args)
{
    AUTO(mem_freep) char *text = NULL;

    if (level > shown)
        return;
    text = mem_vprintf(format, args);
    log_put(word, text);
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
    if (hint && level <= shown)
        log_put("hint: ", hint);
}
