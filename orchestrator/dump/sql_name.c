#include "orchestrator/dump/sql_name.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        p++;
    return p;
}

/* PostgreSQL takes every byte above ASCII as a letter. */
static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static const char *name_end(const char *p, const char *end)
{
    while (p < end && (is_name_start(*p) || (*p >= '0' && *p <= '9') || *p == '$'))
        p++;
    return p;
}

bool sql_word(const char **at, const char *end, const char *word)
{
    const char *p = skip_space(*at, end);
    size_t len = (size_t)(name_end(p, end) - p);

    if (len != strlen(word) || strncasecmp(p, word, len) != 0)
        return false;
    *at = p + len;
    return true;
}

bool sql_words(const char **at, const char *end, const char *words)
{
    AUTO(mem_freep) char *copy = mem_strdup(words);
    const char *p = *at;
    char *rest = copy;
    const char *word;

    while ((word = strsep(&rest, " ")) != NULL)
        if (!sql_word(&p, end, word))
            return false;
    *at = p;
    return true;
}

bool sql_char(const char **at, const char *end, char c)
{
    const char *p = skip_space(*at, end);

    if (p == end || *p != c)
        return false;
    *at = p + 1;
    return true;
}

/* The end of what is quoted at p by `quote`, doubled inside; NULL if it does not end. */
static const char *quoted_end(const char *p, const char *end, char quote)
{
    for (p++; p < end; p++) {
        if (*p != quote)
            continue;
        if (p + 1 == end || p[1] != quote)
            return p + 1;
        p++;
    }
    return NULL;
}

char *sql_name(const char **at, const char *end)
{
    const char *p = skip_space(*at, end);
    const char *stop;
    char *name, *to;

    if (p == end)
        return NULL;
    if (*p == '"') {
        stop = quoted_end(p, end, '"');
        if (!stop)
            return NULL;
        name = to = mem_new((size_t)(stop - p), 1);
        for (p++; p < stop - 1; p += *p == '"' ? 2 : 1)
            *to++ = *p;
        *at = stop;
        return name;
    }
    if (!is_name_start(*p))
        return NULL;
    stop = name_end(p, end);
    name = mem_strndup(p, (size_t)(stop - p));
    for (to = name; *to; to++)
        if (*to >= 'A' && *to <= 'Z')
            *to = (char)(*to + 32);
    *at = stop;
    return name;
}

bool sql_qualified_name(const char **at, const char *end, char **schema, char **name)
{
    const char *p = *at;
    char *first = sql_name(&p, end);

    *schema = *name = NULL;
    if (!first)
        return false;
    if (!sql_char(&p, end, '.')) {
        *schema = mem_strdup("");
        *name = first;
        *at = p;
        return true;
    }
    *name = sql_name(&p, end);
    if (!*name) {
        free(first);
        return false;
    }
    *schema = first;
    *at = p;
    return true;
}

bool sql_token(const char **at, const char *end)
{
    const char *p = skip_space(*at, end);
    const char *stop = NULL;

    if (p == end)
        return false;
    if (*p == '"' || *p == '\'')
        stop = quoted_end(p, end, *p);
    else if (is_name_start(*p) || (*p >= '0' && *p <= '9'))
        stop = name_end(p, end);
    *at = stop ? stop : p + 1;
    return true;
}
