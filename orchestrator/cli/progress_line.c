#include "orchestrator/cli/progress_line.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/shown.h"
#include "base/units.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define DRAW_EVERY_MS 100
#define LOG_EVERY_MS 30000

/* stderr is one per process, and so is its state. */
static struct {
    bool terminal;
    bool drawn;
    int64_t started_ms;
    int64_t shown_ms;
    char phase[160]; /* subject and phase: a new one starts the clock again */
} line;

static size_t columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

void progress_line_wipe(void)
{
    if (line.drawn)
        fputs("\r\033[K", stderr);
    line.drawn = false;
}

/* Prints as much of the text as fits, a column at a time. */
static void draw(const char *text)
{
    mbstate_t state = {0};
    size_t left = columns() - 1;

    progress_line_wipe();
    while (*text) {
        wchar_t wide;
        size_t len = mbrtowc(&wide, text, MB_CUR_MAX, &state);
        int width;

        if (len == (size_t)-1 || len == (size_t)-2)
            break;
        width = wcwidth(wide);
        if (width < 0 || (size_t)width > left)
            break;
        fwrite(text, 1, len, stderr);
        left -= (size_t)width;
        text += len;
    }
    fflush(stderr);
    line.drawn = true;
}

char *progress_line_text(const struct progress_step *step, int64_t elapsed_ms)
{
    char bytes[UNITS_TEXT_SIZE], rate[UNITS_TEXT_SIZE], timer[UNITS_TEXT_SIZE];
    uint64_t per_second =
        elapsed_ms > 0 ? (uint64_t)((double)step->bytes * 1000 / (double)elapsed_ms) : 0;
    AUTO(mem_freep) char *where = NULL;
    AUTO(mem_freep) char *of = NULL;

    if (step->item && step->total > 0)
        where = mem_printf("%zu of %zu  %s  ", step->number, step->total, step->item);
    else
        where = mem_printf("%s%s", step->item ? step->item : "", step->item ? "  " : "");
    /* The text of a bytea is twice as long as its bytes, and TOAST is compressed. */
    if (step->expected_bytes >= step->bytes && step->expected_bytes > 0) {
        char expected[UNITS_TEXT_SIZE];
        of = mem_printf(" of about %s", units_size(step->expected_bytes, expected));
    }
    return mem_printf("%s  %s  %s%s%s  %s/s  %s", step->subject, step->phase, where,
                      units_size(step->bytes, bytes), of ? of : "",
                      units_size(per_second, rate), units_timer(elapsed_ms, timer));
}

static void on_step(void *ctx, const struct progress_step *step)
{
    int64_t now = clock_mono_ms();
    char phase[sizeof(line.phase)];
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *safe = NULL;

    if (log_get_level() < LOG_INFO)
        return;
    snprintf(phase, sizeof(phase), "%s\t%s", step->subject, step->phase);
    if (strcmp(phase, line.phase) != 0) {
        memcpy(line.phase, phase, sizeof(phase));
        line.started_ms = now;
        line.shown_ms = now;
        return;
    }
    if (now - line.shown_ms < (line.terminal ? DRAW_EVERY_MS : LOG_EVERY_MS))
        return;
    line.shown_ms = now;
    text = progress_line_text(step, now - line.started_ms);
    safe = shown_line(text);
    if (line.terminal)
        draw(safe);
    else
        log_info("%s", safe);
}

static void on_event(void *ctx, const char *subject, const char *phase, const char *text)
{
    line.phase[0] = '\0';
    log_info("%s  %s  %s", subject, phase, text);
}

const struct progress *progress_line(void)
{
    static const struct progress progress = {.step = on_step, .event = on_event};

    line.terminal = isatty(STDERR_FILENO) && getenv("TERM") && strcmp(getenv("TERM"), "dumb");
    log_set_before_line(progress_line_wipe);
    return &progress;
}
