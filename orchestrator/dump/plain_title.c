#include "orchestrator/dump/plain_title.h"
#include "base/mem.h"
#include <string.h>

struct span {
    const char *at;
    const char *end;
};

/* Cuts `text` at the last `mark`: *text keeps what is before, *after gets the rest. */
static bool split_last(struct span *text, const char *mark, struct span *after)
{
    size_t len = strlen(mark);

    if ((size_t)(text->end - text->at) < len)
        return false;
    for (const char *p = text->end - len; p >= text->at; p--) {
        if (memcmp(p, mark, len) == 0) {
            after->at = p + len;
            after->end = text->end;
            text->end = p;
            return true;
        }
    }
    return false;
}

static bool is_type(struct span text)
{
    for (const char *p = text.at; p < text.end; p++)
        if ((*p < 'A' || *p > 'Z') && *p != ' ')
            return false;
    return text.at < text.end;
}

/* Finds "; Type: TYPE; Schema: " from the end. */
static bool split_type(struct span *name, struct span *type, struct span *schema)
{
    struct span whole = *name;
    struct span before = *name;
    struct span after;

    while (split_last(&before, "; Schema: ", &after)) {
        *name = before;
        if (split_last(name, "; Type: ", type) && is_type(*type)) {
            schema->at = after.at;
            schema->end = whole.end;
            return true;
        }
    }
    return false;
}

static bool take_prefix(struct span *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if ((size_t)(text->end - text->at) < len || memcmp(text->at, prefix, len) != 0)
        return false;
    text->at += len;
    return true;
}

static char *text_of(struct span span)
{
    return mem_strndup(span.at, (size_t)(span.end - span.at));
}

static char *text_or_absent(struct span span)
{
    if (span.end - span.at == 1 && *span.at == '-')
        span.end = span.at;
    return text_of(span);
}

bool plain_title_parse(const char *comment, size_t len, struct toc_entry *entry)
{
    struct span name = {comment, comment + len};
    struct span type, schema, owner, tablespace;

    if (!take_prefix(&name, "-- Data for Name: ") && !take_prefix(&name, "-- Name: "))
        return false;
    if (!split_type(&name, &type, &schema) || !split_last(&schema, "; Owner: ", &owner))
        return false;
    if (!split_last(&owner, "; Tablespace: ", &tablespace))
        tablespace.at = tablespace.end = owner.end;
    entry->tag = text_of(name);
    entry->desc = text_of(type);
    entry->schema = text_or_absent(schema);
    entry->owner = text_or_absent(owner);
    entry->tablespace = text_of(tablespace);
    return true;
}

bool plain_title_shows(const char *shown, const char *name)
{
    for (; *name; name++, shown++) {
        char c = *name == '\n' || *name == '\r' ? ' ' : *name;

        if (*shown != c)
            return false;
    }
    return *shown == '\0';
}
