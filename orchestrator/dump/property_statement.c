/* A parser of these few forms and of nothing else: every byte is accounted for, so nothing is
 * left that psql could take for a command, a second statement or a variable but :"database". */
#include "orchestrator/dump/property_statement.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_name.h"
#include <string.h>

struct property {
    const char *at;
    const char *end;
};

static bool property_words(struct property *p, const char *words)
{
    return sql_words(&p->at, p->end, words);
}

static bool property_name(struct property *p)
{
    AUTO(mem_freep) char *name = sql_name(&p->at, p->end);

    return name != NULL;
}

/* Takes exactly these bytes, after white space. */
static bool property_text(struct property *p, const char *text)
{
    size_t len = strlen(text);
    const char *at = p->at + strspn(p->at, " \t\n");

    if (strncmp(at, text, len) != 0)
        return false;
    p->at = at + len;
    return true;
}

/* 'text' without a backslash, which ends at the same quote whatever standard_conforming_strings
 * says, or E'text'. */
static bool property_literal(struct property *p)
{
    bool escapes = property_text(p, "E'");

    if (!escapes && !property_text(p, "'"))
        return false;
    for (; *p->at; p->at++) {
        if (*p->at == '\\') {
            if (!escapes || p->at[1] == '\0')
                return false;
            p->at++;
        } else if (*p->at == '\'') {
            p->at++;
            if (*p->at != '\'')
                return true;
        }
    }
    return false;
}

static bool property_list(struct property *p, bool (*item)(struct property *p))
{
    do {
        if (!item(p))
            return false;
    } while (sql_char(&p->at, p->end, ','));
    return true;
}

static bool property_end(struct property *p)
{
    p->at += strspn(p->at, " \t\n");
    return p->at == p->end;
}

#define DATABASE ":\"database\""

/* REVOKE and GRANT: rights, the database, roles. */
static bool property_grant(struct property *p, const char *to)
{
    if (property_words(p, "all")) {
        (void)property_words(p, "privileges");
    } else if (!property_list(p, property_name))
        return false;
    if (!property_words(p, "on database") || !property_text(p, DATABASE) ||
        !property_words(p, to) || !property_list(p, property_name))
        return false;
    (void)property_words(p, "with grant option");
    return property_end(p);
}

/* name or name.name, each quoted or not */
static bool property_setting(struct property *p)
{
    do {
        if (!property_name(p))
            return false;
    } while (sql_char(&p->at, p->end, '.'));
    return true;
}

static bool property_set(struct property *p)
{
    if (!property_words(p, "set") || !property_setting(p) || !property_words(p, "to"))
        return false;
    return property_end(p) || (property_list(p, property_literal) && property_end(p));
}

static bool property_limit(struct property *p)
{
    size_t digits;

    if (!property_words(p, "connection limit"))
        return false;
    (void)property_text(p, "-");
    p->at += strspn(p->at, " ");
    digits = strspn(p->at, "0123456789");
    p->at += digits;
    return digits > 0 && property_end(p);
}

static bool property_is(struct property *p)
{
    return property_text(p, DATABASE) && property_words(p, "is") && property_literal(p) &&
           property_end(p);
}

static bool property_label(struct property *p)
{
    if (property_words(p, "for") && !property_name(p))
        return false;
    return property_words(p, "on database") && property_is(p);
}

static bool property_parse(struct property *p)
{
    if (property_words(p, "revoke"))
        return property_grant(p, "from");
    if (property_words(p, "grant"))
        return property_grant(p, "to");
    if (property_words(p, "alter database"))
        return property_text(p, DATABASE) && (property_set(p) || property_limit(p));
    if (property_words(p, "alter role"))
        return property_name(p) && property_words(p, "in database") &&
               property_text(p, DATABASE) && property_set(p);
    if (property_words(p, "comment on database"))
        return property_is(p);
    return property_words(p, "security label") && property_label(p);
}

MUST_USE struct err *property_statement_check(const char *statement)
{
    struct property p = {statement, statement + strlen(statement)};

    if (property_parse(&p))
        return NULL;
    return err_hint(err_new(ERR_BAD_BACKUP,
                            "no property of a database that pgkeep writes: "
                            "%.80s",
                            statement),
                    "psql is not given such a statement: it could run commands in the "
                    "container or change other databases");
}

MUST_USE struct err *property_statements_check(const struct strv *statements)
{
    for (size_t i = 0; i < statements->len; i++)
        TRY(property_statement_check(statements->items[i]),
            "manifest.json: database_properties, item %zu", i + 1);
    return NULL;
}
