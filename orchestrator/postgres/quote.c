#include "orchestrator/postgres/quote.h"
#include "base/mem.h"
#include <string.h>

/* Copies text with `mark` and backslash (where `escape` is set) doubled or escaped. */
static char *wrap(const char *before, const char *text, char mark, char escape,
                  const char *after)
{
    char *out = mem_new(strlen(before) + 2 * strlen(text) + strlen(after) + 1, 1);
    char *to = stpcpy(out, before);

    for (; *text; text++) {
        if (*text == mark)
            *to++ = escape ? escape : mark;
        else if (escape && *text == '\\')
            *to++ = '\\';
        *to++ = *text;
    }
    stpcpy(to, after);
    return out;
}

char *quote_ident(const char *name)
{
    return wrap("\"", name, '"', 0, "\"");
}

char *quote_literal(const char *text)
{
    if (strchr(text, '\\'))
        return wrap("E'", text, '\'', '\\', "'");
    return wrap("'", text, '\'', 0, "'");
}

char *quote_conninfo_dbname(const char *database)
{
    return wrap("dbname='", database, '\'', '\\', "'");
}
