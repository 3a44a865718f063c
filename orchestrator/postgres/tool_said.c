/* Lines are made short as they come, so that no line pushes another out. A failed CREATE TABLE
 * is followed by its whole text: so the lines from the first error on are kept beside the last
 * ones. */
#include "orchestrator/postgres/tool_said.h"
#include "base/mem.h"
#include "orchestrator/postgres/tool.h"
#include <string.h>

#define KEPT_BYTES ((size_t)16 << 10)

void tool_said_init(struct tool_said *said)
{
    *said = (struct tool_said){.errors = BUF_INIT(KEPT_BYTES), .tail = BUF_INIT(KEPT_BYTES)};
    brief_init(&said->line, TOOL_LINE_BYTES);
}

static bool said_is_error_line(const char *line)
{
    static const char *const marks[] = {"error:", "ERROR:", "FATAL:", "PANIC:", "fatal:"};
    size_t len = strcspn(line, "\n");

    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (memmem(line, len, marks[i], strlen(marks[i])))
            return true;
    return false;
}

/* psql's verbose messages end with the place in PostgreSQL's own source. */
static bool said_is_source_line(const char *line)
{
    static const char location[] = "LOCATION:  ";

    return strncmp(line, location, strlen(location)) == 0;
}

static void said_end_line(struct tool_said *said)
{
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *line = brief_take(&said->line);

    line[strcspn(line, "\r\n")] = '\0';
    if (!*line || said_is_source_line(line))
        return;
    text = mem_printf("%s\n", line);
    if (said->errors.len > 0 || said_is_error_line(line))
        err_free(buf_append_text(&said->errors, text));
    buf_append_tail(&said->tail, text, strlen(text));
}

void tool_said_add(struct tool_said *said, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *end = memchr(data, '\n', len);
        size_t part = end ? (size_t)(end - data) : len;

        brief_add(&said->line, data, part);
        if (end)
            said_end_line(said);
        part += end != NULL;
        data += part;
        len -= part;
    }
}

bool tool_said_any(const struct tool_said *said)
{
    return said->line.len > 0 || said->tail.len > 0;
}

/* Where the server's advice on the first error begins, or NULL. */
static const char *said_find_hint(const char *errors)
{
    for (const char *line = errors; *line; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, "HINT:", 5) == 0)
            return line;
        if (line > errors && said_is_error_line(line))
            break;
    }
    return NULL;
}

char *tool_said_hint(struct tool_said *said)
{
    const char *hint;

    said_end_line(said);
    hint = said_find_hint(buf_text(&said->errors));
    return hint ? mem_strndup(hint, strcspn(hint, "\n")) : NULL;
}

char *tool_said_error(struct tool_said *said, int lines)
{
    const char *from, *end, *hint;
    AUTO(mem_freep) char *part = NULL;
    AUTO(mem_freep) char *text = NULL;

    said_end_line(said);
    from = end = buf_text(&said->errors);
    if (!*from)
        return tool_last_lines(buf_text(&said->tail), lines);
    for (int i = 0; i < lines && *end; i++)
        end += strcspn(end, "\n") + 1;
    part = mem_strndup(from, (size_t)(end - from));
    text = tool_last_lines(part, lines);
    hint = said_find_hint(from);
    if (!hint || hint < end)
        return TAKE(text);
    return mem_printf("%s | %.*s", text, (int)strcspn(hint, "\n"), hint);
}

void tool_said_reset(struct tool_said *said)
{
    buf_reset(&said->errors);
    buf_reset(&said->tail);
    brief_clear(&said->line);
}

void tool_said_clear(struct tool_said *said)
{
    brief_clear(&said->line);
    buf_clear(&said->errors);
    buf_clear(&said->tail);
}
