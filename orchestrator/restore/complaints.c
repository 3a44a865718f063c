#include "orchestrator/restore/complaints.h"
#include "base/brief.h"
#include "base/mem.h"
#include "orchestrator/postgres/tool.h"
#include <string.h>

#define HEAD_BYTES ((size_t)256 << 10)
#define TAIL_BYTES ((size_t)4 << 10)
#define COMMAND_BYTES 100 /* of a command that are shown */
#define COMPLAINT_BYTES ((size_t)2000)

static const char TOOL[] = "pg_restore: ";
static const char COMPLAINT[] = "pg_restore: error: ";
static const char QUERY[] = "could not execute query: ";
static const char COMMAND[] = "Command was: ";
static const char WENT_ON[] = "\npg_restore: warning: errors ignored on restore: ";

void complaints_init(struct complaints *complaints)
{
    complaints->head = (struct buf)BUF_INIT(HEAD_BYTES);
    complaints->tail = (struct buf)BUF_INIT(TAIL_BYTES);
}

void complaints_clear(struct complaints *complaints)
{
    buf_clear(&complaints->head);
    buf_clear(&complaints->tail);
}

void complaints_add(struct complaints *complaints, const uint8_t *data, size_t len)
{
    size_t room = HEAD_BYTES - complaints->head.len;

    err_free(buf_append(&complaints->head, data, len < room ? len : room));
    buf_append_tail(&complaints->tail, data, len);
}

bool complaints_went_on(const struct complaints *complaints)
{
    return strstr(buf_text(&complaints->tail), WENT_ON) != NULL;
}

/* -- one after the other -- */

static const char *past(const char *line, const char *words)
{
    size_t len = strlen(words);

    return strncmp(line, words, len) == 0 ? line + len : NULL;
}

/* `len` bytes at most, and no part of a character. */
static void add_start(struct buf *text, const char *from, size_t len, size_t most)
{
    if (len > most)
        for (len = most; len > 0 && ((unsigned char)from[len] & 0xC0) == 0x80;)
            len--;
    buf_printf(text, "%.*s", (int)len, from);
}

static void end_complaint(struct buf *text, struct strv *out)
{
    if (text->len > 0)
        strv_push_owned(out, brief_text(buf_text(text), COMPLAINT_BYTES));
    buf_reset(text);
}

static void add_words(struct buf *text, const char *before, const char *from, size_t len)
{
    AUTO(mem_freep) char *words = mem_strndup(from, len);
    AUTO(mem_freep) char *brief = brief_text(words, TOOL_LINE_BYTES);

    buf_printf(text, "%s%s", before, brief);
}

/* A line of a complaint that has begun; false: nothing after it belongs to it. */
static bool add_line(struct buf *text, const char *line, size_t len)
{
    const char *command = past(line, COMMAND);

    if (command) {
        size_t rest = len - (size_t)(command - line);

        buf_printf(text, " (");
        add_start(text, command, rest, COMMAND_BYTES);
        buf_printf(text, "%s)", rest > COMMAND_BYTES ? " ..." : "");
        return false;
    }
    if (len > 0)
        add_words(text, " | ", line, len);
    return true;
}

void complaints_read(const struct complaints *complaints, struct strv *out)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    bool open = false; /* a complaint has begun, and its lines follow */

    for (const char *line = buf_text(&complaints->head); *line;) {
        size_t len = strcspn(line, "\n");
        const char *complaint = past(line, COMPLAINT);

        if (complaint) {
            const char *query = past(complaint, QUERY);
            const char *from = query ? query : complaint;

            end_complaint(&text, out);
            add_words(&text, "", from, (size_t)(line + len - from));
            open = true;
        } else if (past(line, TOOL))
            open = false;
        else if (open)
            open = add_line(&text, line, len);
        line += len + (line[len] == '\n');
    }
    end_complaint(&text, out);
}
