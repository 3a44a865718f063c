#include "base/clock.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_mono_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_unix_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

static struct tm utc(int64_t at_unix_s)
{
    time_t at = (time_t)at_unix_s;
    struct tm tm = {0};

    gmtime_r(&at, &tm);
    return tm;
}

static bool parse(const char *text, const char *pattern, int64_t *out_unix_s)
{
    struct tm tm = {0};
    const char *end = strptime(text, pattern, &tm);

    if (!end || *end != '\0')
        return false;
    *out_unix_s = (int64_t)timegm(&tm);
    return true;
}

void clock_stamp(int64_t at_unix_s, char out[CLOCK_STAMP_SIZE])
{
    struct tm tm = utc(at_unix_s);

    if (strftime(out, CLOCK_STAMP_SIZE, "%Y-%m-%dT%H%M%SZ", &tm) == 0)
        out[0] = '\0';
}

bool clock_parse_stamp(const char *text, int64_t *out_unix_s)
{
    char back[CLOCK_STAMP_SIZE];

    if (strlen(text) != CLOCK_STAMP_SIZE - 1 || !parse(text, "%Y-%m-%dT%H%M%SZ", out_unix_s))
        return false;
    clock_stamp(*out_unix_s, back); /* strptime takes day 31 of any month */
    return strcmp(text, back) == 0;
}

void clock_rfc3339(int64_t at_unix_s, char out[CLOCK_TEXT_SIZE])
{
    struct tm tm = utc(at_unix_s);

    if (strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

bool clock_parse_rfc3339(const char *text, int64_t *out_unix_s)
{
    char back[CLOCK_TEXT_SIZE];

    if (!parse(text, "%Y-%m-%dT%H:%M:%SZ", out_unix_s))
        return false;
    clock_rfc3339(*out_unix_s, back);
    return strcmp(text, back) == 0;
}

void clock_local(int64_t at_unix_s, char out[CLOCK_TEXT_SIZE])
{
    time_t at = (time_t)at_unix_s;
    struct tm tm = {0};

    localtime_r(&at, &tm);
    if (strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        out[0] = '\0';
}

struct typed_form {
    const char *form;
    size_t len; /* of a text of it */
    bool is_utc;
};

/* strptime takes one digit for two, and day 31 of any month. */
static bool parse_typed(const char *text, const struct typed_form *form, struct tm *tm)
{
    const char *end;
    struct tm day;

    *tm = (struct tm){0};
    end = strptime(text, form->form, tm);
    day = *tm;
    if (!end || *end != '\0' || strlen(text) != form->len)
        return false;
    timegm(&day);
    return day.tm_mday == tm->tm_mday && day.tm_sec == tm->tm_sec;
}

bool clock_parse_local(const char *text, int64_t *out_unix_s)
{
    static const struct typed_form forms[] = {
        {"%Y-%m-%d", 10, false},          {"%Y-%m-%dT%H:%M", 16, false},
        {"%Y-%m-%d %H:%M", 16, false},    {"%Y-%m-%dT%H:%M:%S", 19, false},
        {"%Y-%m-%d %H:%M:%S", 19, false}, {"%Y-%m-%dT%H:%MZ", 17, true},
        {"%Y-%m-%dT%H:%M:%SZ", 20, true}, {"%Y-%m-%dT%H%M%SZ", 18, true},
    };
    struct tm tm;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        if (parse_typed(text, &forms[i], &tm)) {
            tm.tm_isdst = -1; /* the zone's own rule says which it was */
            *out_unix_s = (int64_t)(forms[i].is_utc ? timegm(&tm) : mktime(&tm));
            return true;
        }
    return false;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};

    nanosleep(&pause, NULL);
}
