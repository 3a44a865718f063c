/* Takes the answer of a session's psql apart. Every position is found inside of what is left
 * after the last line was taken off, so no length is ever less than nothing. */
#include "orchestrator/session/session_psql_answer.h"
#include "base/brief.h"
#include "base/mem.h"
#include "orchestrator/postgres/psql.h"
#include "orchestrator/postgres/tool.h"
#include <string.h>

/* Of the last line, the line break before it included. */
static size_t end_len(const char *token)
{
    return strlen("\n") + strlen(token) + strlen(".\n");
}

bool session_psql_answer_ended(const struct buf *answer, const char *token)
{
    size_t token_len = strlen(token);
    size_t len = end_len(token);
    const char *end;

    if (answer->len < len)
        return false;
    end = answer->data + answer->len - len;
    return end[0] == '\n' && memcmp(end + 1, token, token_len) == 0 &&
           memcmp(end + 1 + token_len, ".\n", 2) == 0;
}

static struct err *not_told(void)
{
    return err_new(ERR_PROTOCOL, "psql did not say how the statement ended");
}

/* "true 42P01 relation ...", after the token. */
static struct err *judge(const char *state, size_t len)
{
    AUTO(mem_freep) char *text = mem_strndup(state, len);
    char *code = strchr(text, ' ');
    char *message = code ? strchr(code + 1, ' ') : NULL;
    AUTO(mem_freep) char *said = NULL;

    if (!message)
        return not_told();
    *code++ = '\0';
    *message++ = '\0';
    if (strcmp(text, "false") == 0)
        return NULL;
    if (strcmp(text, "true") != 0)
        return not_told();
    said = brief_text(message, TOOL_LINE_BYTES);
    return err_new(ERR_TOOL, "%s (SQLSTATE %s)", said, code);
}

MUST_USE struct err *session_psql_answer_read(const struct buf *answer, const char *token,
                                              size_t columns, struct rows *out)
{
    size_t token_len = strlen(token);
    const char *data = buf_text(answer);
    const char *end;
    const char *mark;

    *out = (struct rows){0};
    if (!session_psql_answer_ended(answer, token))
        return not_told();
    end = data + answer->len - end_len(token);
    mark = memmem(data, (size_t)(end - data), token, token_len);
    if (!mark || mark + token_len == end || mark[token_len] != ' ')
        return not_told();
    mark += token_len + 1;
    PASS(judge(mark, (size_t)(end - mark)));
    if (columns == 0)
        return NULL;
    return psql_cells(data, mark - 1 - token_len, columns, out);
}
