#include "orchestrator/cli/report.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/shown.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* The process has one stdout and runs one command, so this is the process's state. */
static bool printed_document;
static int64_t lap_began_ms;

void report_begin(void)
{
    lap_began_ms = clock_mono_ms();
}

int64_t report_lap_ms(void)
{
    int64_t began_ms = lap_began_ms;

    lap_began_ms = clock_mono_ms();
    return lap_began_ms - began_ms;
}

/* In JSON a character that must not reach a terminal can only stand within a text, where it may
 * be written as its number. */
static void print_escaped(const char *text)
{
    while (*text) {
        mbstate_t state = {0};
        wchar_t character = 0;
        int columns;
        size_t len = *text == '\n' ? 1 : shown_next(text, &columns);

        if (len > 0) {
            printf("%.*s", (int)len, text);
            text += len;
            continue;
        }
        len = mbrtowc(&character, text, strlen(text), &state);
        len = len == (size_t)-1 || len == (size_t)-2 || len == 0 ? 1 : len;
        if (character > 0 && character <= 0xffff)
            printf("\\u%04x", (unsigned int)character);
        else
            printf("?");
        text += len;
    }
    printf("\n");
}

void cli_print_json(json_t *document)
{
    AUTO(jsonx_freep) json_t *owned = document;
    AUTO(mem_freep) char *text = jsonx_pretty(owned);

    if (isatty(STDOUT_FILENO))
        print_escaped(text);
    else
        printf("%s\n", text);
    printed_document = true;
}

void report_line(const char *format, ...)
{
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *line = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    line = shown_line(text);
    printf("%s\n", line);
}

void report_lines(const char *text)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    if (!isatty(STDOUT_FILENO)) {
        fputs(text, stdout);
        return;
    }
    strv_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.len; i++)
        if (i + 1 < lines.len || *lines.items[i])
            report_line("%s", lines.items[i]);
}

const char *report_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
        /* clang-format off */
        [ERR_FAILED] = "failed",
        [ERR_USAGE] = "usage",
        [ERR_NOT_FOUND] = "not-found",
        [ERR_EXISTS] = "exists",
        [ERR_DENIED] = "denied",
        [ERR_UNREACHABLE] = "unreachable",
        [ERR_CONFLICT] = "conflict",
        [ERR_UNSUPPORTED] = "unsupported",
        [ERR_NO_SPACE] = "no-space",
        [ERR_IO] = "io",
        [ERR_PROTOCOL] = "protocol",
        [ERR_CUT] = "cut",
        [ERR_TOO_LARGE] = "too-large",
        [ERR_TOOL] = "tool",
        [ERR_AUTH] = "auth",
        [ERR_STRANGER] = "stranger",
        [ERR_PARTIAL] = "partial",
        [ERR_BAD_BACKUP] = "bad-backup",
        [ERR_UNPROVEN] = "unproven",
        [ERR_TIMEOUT] = "timeout",
        [ERR_BUSY] = "busy",
        [ERR_INTERRUPTED] = "interrupted",
        /* clang-format on */
    };

    return (size_t)kind < ARRAY_LEN(names) ? names[kind] : names[ERR_FAILED];
}

void report_json_error(const struct err *e)
{
    AUTO(mem_freep) char *text = NULL;
    json_t *document, *error;

    if (printed_document)
        return;
    text = err_text(e);
    error = json_object();
    jsonx_set_string(error, "kind", report_kind_name(e->kind));
    jsonx_set_string(error, "message", text);
    jsonx_set_string(error, "hint", err_hint_of(e));
    document = json_object();
    jsonx_set(document, "error", error);
    cli_print_json(document);
}

/* Of an interrupt nobody asks where it came in. */
static const struct err *worth_telling(const struct err *e)
{
    while (err_is(e, ERR_INTERRUPTED) && e->cause)
        e = e->cause;
    return e;
}

void report_error(const char *command, const struct err *e)
{
    AUTO(mem_freep) char *text = err_text(worth_telling(e));
    AUTO(mem_freep) char *line = shown_line(text);
    const char *hint = err_hint_of(e);

    fprintf(stderr, "pgkeep%s%s: %s\n", command ? " " : "", command ? command : "", line);
    if (hint) {
        AUTO(mem_freep) char *safe = shown_line(hint);
        fprintf(stderr, "hint: %s\n", safe);
    }
}

struct err *report_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return NULL;
    if (errno == 0) /* an earlier write failed, and its reason is gone */
        return err_new(ERR_IO, "write standard output: not all of it could be written");
    return err_errno("write standard output");
}
