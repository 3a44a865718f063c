#include "base/units.h"
#include "base/clock.h"
#include "base/own.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static bool parse_unit(const char *text, const struct unit *table, size_t count, uint64_t *out)
{
    char *end;
    unsigned long long number;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno)
        return false;
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(end, table[i].name) == 0)
            return !__builtin_mul_overflow(number, table[i].factor, out);
    return false;
}

bool units_parse_duration(const char *text, int64_t *out_ms)
{
    static const struct unit table[] = {
        {"ms", 1},      {"", 1000},     {"s", 1000},     {"sec", 1000},    {"m", 60000},
        {"min", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000},
    };
    uint64_t ms;

    if (!parse_unit(text, table, ARRAY_LEN(table), &ms) || ms > INT64_MAX)
        return false;
    *out_ms = (int64_t)ms;
    return true;
}

bool units_parse_size(const char *text, uint64_t *out_bytes)
{
    static const struct unit table[] = {
        {"", 1},
        {"B", 1},
        {"K", 1ULL << 10},
        {"KB", 1ULL << 10},
        {"KiB", 1ULL << 10},
        {"M", 1ULL << 20},
        {"MB", 1ULL << 20},
        {"MiB", 1ULL << 20},
        {"G", 1ULL << 30},
        {"GB", 1ULL << 30},
        {"GiB", 1ULL << 30},
        {"T", 1ULL << 40},
        {"TB", 1ULL << 40},
        {"TiB", 1ULL << 40},
    };

    return parse_unit(text, table, ARRAY_LEN(table), out_bytes);
}

bool units_parse_uint(const char *text, uint64_t *out)
{
    static const struct unit plain[] = {{"", 1}};

    return strchr(text, ' ') == NULL && parse_unit(text, plain, 1, out);
}

const char *units_size(uint64_t bytes, char out[UNITS_TEXT_SIZE])
{
    static const char *const names[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;

    if (bytes < 1024) {
        snprintf(out, UNITS_TEXT_SIZE, "%" PRIu64 " B", bytes);
        return out;
    }
    for (value /= 1024; value >= 1023.95 && unit + 1 < ARRAY_LEN(names); unit++)
        value /= 1024;
    snprintf(out, UNITS_TEXT_SIZE, "%.1f %s", value, names[unit]);
    return out;
}

const char *units_count(uint64_t count, char out[UNITS_TEXT_SIZE])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
    char *to = out;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

const char *units_of(uint64_t count, const char *noun, char out[UNITS_TEXT_SIZE])
{
    char digits[UNITS_TEXT_SIZE];

    snprintf(out, UNITS_TEXT_SIZE, "%.26s %.18s%s", units_count(count, digits), noun,
             count == 1 ? "" : "s");
    return out;
}

const char *units_elapsed(int64_t ms, char out[UNITS_TEXT_SIZE])
{
    int64_t s = (ms + 50) / 1000;

    if (ms < 59950) /* above, it would round to "60.0 s" */
        snprintf(out, UNITS_TEXT_SIZE, "%.1f s", (double)ms / 1000);
    else if (s < 3600)
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    return out;
}

const char *units_timer(int64_t ms, char out[UNITS_TEXT_SIZE])
{
    int64_t s = ms / 1000;

    if (s < 3600)
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
    else
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600,
                 s / 60 % 60, s % 60);
    return out;
}

uint64_t units_add(uint64_t a, uint64_t b)
{
    uint64_t sum;

    return __builtin_add_overflow(a, b, &sum) || sum > INT64_MAX ? INT64_MAX : sum;
}

const char *units_age(int64_t seconds, char out[UNITS_TEXT_SIZE])
{
    if (seconds < -CLOCK_SLACK_S) {
        char ahead[UNITS_TEXT_SIZE];

        snprintf(out, UNITS_TEXT_SIZE, "%.20s in the future", units_age(-seconds, ahead));
        return out;
    }
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "s", seconds);
    else if (seconds < 7200)
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "m", seconds / 60);
    else if (seconds < 172800)
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "h", seconds / 3600);
    else
        snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "d", seconds / 86400);
    return out;
}
