/* All lines but empty ones are kept, because what a tool says without being asked is said for a
 * reason, and a warning of pg_dump goes on in lines that have no level of their own. Only
 * --verbose makes it talk of what went well. */
#include "orchestrator/backup/warnings.h"
#include "base/mem.h"
#include <string.h>

void warnings_feed(struct buf *text, const uint8_t *data, size_t len)
{
    size_t room = WARNINGS_INIT.max - text->len;

    err_free(buf_append(text, data, len < room ? len : room));
}

static bool is_verbose(const struct strv *argv)
{
    for (size_t i = 0; i < argv->len; i++)
        if (strncmp(argv->items[i], "--verb", 6) == 0 || strncmp(argv->items[i], "-v", 2) == 0)
            return true;
    return false;
}

static bool has_level(const char *line)
{
    static const char *const levels[] = {"warning:", "error:", "detail:", "hint:", "WARNING:"};

    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strstr(line, levels[i]))
            return true;
    return false;
}

/* A line goes to a terminal, and may hold any name. */
static char *clean(const char *line)
{
    char *out = mem_strndup(line, strnlen(line, WARNINGS_LINE_BYTES));

    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = *c == '\t' ? ' ' : '?';
    return out;
}

void warnings_add(const struct buf *text, const struct strv *argv, struct strv *out)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;
    bool verbose = is_verbose(argv);
    size_t left_out = 0, added = 0;

    strv_split(&lines, buf_text(text), '\n');
    for (size_t i = 0; i < lines.len; i++) {
        char *line = lines.items[i];

        line[strcspn(line, "\r")] = '\0';
        if (!*line || (verbose && !has_level(line)))
            continue;
        if (added++ < WARNINGS_MOST)
            strv_push_owned(out, clean(line));
        else
            left_out++;
    }
    if (left_out > 0)
        strv_pushf(out, "... and %zu lines more", left_out);
}
