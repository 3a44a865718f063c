#include "orchestrator/dump/definition.h"
#include <string.h>

#define OPENING "(ARRAY["

/* Past a string or quoted name that begins at `p`; a doubled quote counts as two of them. */
static const char *skip_quoted(const char *p)
{
    const char *end = strchr(p + 1, *p);

    return end ? end + 1 : p + strlen(p);
}

/* The end of an element: the comma or bracket after it; NULL where there is none, or an array
 * within the array. */
static const char *element_end(const char *p)
{
    int depth = 0;

    while (*p) {
        if (*p == '\'' || *p == '"') {
            p = skip_quoted(p);
            continue;
        }
        if (depth == 0 && (*p == ',' || *p == ']'))
            return p;
        if (*p == '[' || *p == ']' || (*p == ')' && depth == 0))
            return NULL;
        depth += (*p == '(') - (*p == ')');
        p++;
    }
    return NULL;
}

/* Two quoted names of 63 bytes, and more than enough for a modifier. */
#define TYPE_MOST 300

/* The length of the type in ")::TYPE[]", which stands after the list; 0: there is none. */
static size_t type_length(const char *after)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_ .\"(),";
    size_t len;

    if (strncmp(after, ")::", 3) != 0)
        return 0;
    len = strspn(after + 3, chars);
    return len <= TYPE_MOST && strncmp(after + 3 + len, "[]", 2) == 0 ? len : 0;
}

/* Past the array that opens at `p`, or NULL if it is none to be rewritten. */
static const char *settle_array(const char *p, struct buf *out)
{
    const char *first = p + strlen(OPENING);
    const char *end = element_end(first);
    size_t len;

    while (end && *end == ',')
        end = element_end(end + 1);
    len = end && end > first ? type_length(end + 1) : 0;
    if (len == 0)
        return NULL;
    buf_printf(out, "ARRAY[");
    for (const char *element = first; element <= end;) {
        const char *until = element_end(element);

        buf_printf(out, "%s(%.*s)::%.*s", element == first ? "" : ", ", (int)(until - element),
                   element, (int)len, end + 4);
        element = until + 1;
        element += *until == ',' && *element == ' ';
    }
    buf_printf(out, "]");
    return end + 4 + len + 2;
}

void definition_settle(const char *text, struct buf *out)
{
    const char *at;

    while ((at = strstr(text, OPENING)) != NULL) {
        const char *after;

        buf_printf(out, "%.*s", (int)(at - text), text);
        after = settle_array(at, out);
        if (!after)
            buf_printf(out, "(");
        text = after ? after : at + 1;
    }
    buf_printf(out, "%s", text);
}

void definition_settle_rights(const char *text, struct buf *out)
{
    while (*text) {
        const char *end = *text == '"' ? skip_quoted(text) : text + 1;

        if (*text != ' ' || *end != ' ')
            buf_printf(out, "%.*s", (int)(end - text), text);
        text = end;
    }
}
