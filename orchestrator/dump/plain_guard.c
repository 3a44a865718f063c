/* A lexer of its own, beside the one of the plain reader: what is refused here is still a dump
 * that can be read and shown. While the first tokens of a statement have not decided on it, and
 * while a psql command's line has not ended, judged() stays where that began: psql runs what it
 * has when its input ends, so not even the head of a statement may go ahead of the judgement.
 */
#include "orchestrator/dump/plain_guard.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/dump/statement_rule.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* As plain.c: a COPY of 1600 columns fits. */
#define KEEP_BYTES ((size_t)256 << 10)

struct plain_guard {
    struct sql_lexer *lexer;
    struct statement_rule rule;
    uint64_t began;   /* the first token of the present statement */
    uint64_t body_at; /* rule.in_body: where the present statement of the body begins */
    uint64_t fed;
};

static struct err *at_byte(struct err *e, uint64_t at)
{
    return err_wrap(e, "at byte %" PRIu64, at);
}

/* -- what the lexer tells -- */

static struct err *on_odd(void *ctx, const char *what, uint64_t at)
{
    return at_byte(err_new(ERR_BAD_BACKUP, "%s, which pg_dump does not write", what), at);
}

/* A quoted table may have a name of the catalogue; the statement may be too long to wait for.
 */
static struct err *guard_insert(struct plain_guard *guard)
{
    struct sql_statement so_far = {0};
    enum statement_strings strings = STRINGS_AS_BEFORE;

    so_far.text = sql_lexer_text(guard->lexer, &so_far.len);
    so_far.bytes = so_far.len;
    PASS(statement_rule_end(&guard->rule, &so_far, &strings));
    guard->rule.decided = true;
    return NULL;
}

static struct err *on_token(void *ctx, const struct sql_token *token)
{
    struct plain_guard *guard = ctx;
    struct statement_rule *rule = &guard->rule;

    if (token->kind == SQL_END) { /* the next statement of a body */
        *rule = (struct statement_rule){.in_body = true};
        guard->body_at = token->at + 1;
        return NULL;
    }
    if (rule->decided)
        return NULL;
    if (rule->count == 0)
        guard->began = token->at;
    PASS(at_byte(statement_rule_token(rule, token), guard->began));
    if (!rule->decided && rule->count == STATEMENT_RULE_TOKENS &&
        strcmp(rule->tokens[0].word, "insert") == 0)
        return at_byte(guard_insert(guard), guard->began);
    return NULL;
}

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    struct plain_guard *guard = ctx;
    enum statement_strings strings = STRINGS_AS_BEFORE;
    struct err *e = NULL;

    if (!guard->rule.in_body || guard->rule.count > 0)
        e = statement_rule_end(&guard->rule, statement, &strings);
    if (strings != STRINGS_AS_BEFORE)
        sql_lexer_standard_strings(guard->lexer, strings == STRINGS_STANDARD);
    guard->rule = (struct statement_rule){0};
    return at_byte(e, guard->began);
}

/* psql would obey a second command on the same line. */
static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    static const char *const words[] = {"\\restrict ", "\\unrestrict "};
    struct plain_guard *guard = ctx;

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t at = strlen(words[i]);

        if (len <= at || memcmp(text, words[i], at) != 0)
            continue;
        while (at < len && isalnum((unsigned char)text[at]))
            at++;
        if (at == len)
            return NULL;
    }
    return at_byte(err_new(ERR_BAD_BACKUP, "the psql command %.40s", text),
                   sql_lexer_meta_at(guard->lexer));
}

/* -- from outside -- */

struct plain_guard *plain_guard_new(void)
{
    struct plain_guard *guard = mem_new(1, sizeof(*guard));
    const struct sql_handler handler = {
        .on_statement = on_statement,
        .on_meta = on_meta,
        .on_token = on_token,
        .on_odd = on_odd,
        .ctx = guard,
    };

    guard->lexer = sql_lexer_new(&handler, KEEP_BYTES);
    return guard;
}

/* A cap that was passed is damage: pg_dump writes none such. */
static struct err *guard_wrap(struct err *e)
{
    if (e)
        e = err_hint(err_as(e, ERR_BAD_BACKUP),
                     "psql is not given such a dump: it could run commands in the container or "
                     "change other databases");
    return err_wrap(e, "plain dump refused");
}

MUST_USE struct err *plain_guard_feed(struct plain_guard *guard, const void *data, size_t len)
{
    if (len == 0)
        return NULL;
    PASS(guard_wrap(sql_lexer_feed(guard->lexer, data, len)));
    guard->fed += len;
    return NULL;
}

MUST_USE struct err *plain_guard_finish(struct plain_guard *guard)
{
    return guard_wrap(sql_lexer_finish(guard->lexer));
}

uint64_t plain_guard_judged(const struct plain_guard *guard)
{
    uint64_t from = sql_lexer_meta_at(guard->lexer); /* then there is no statement */

    if (guard->rule.in_body && !guard->rule.decided)
        from = guard->body_at;
    else if (sql_lexer_statement_at(guard->lexer) != UINT64_MAX && !guard->rule.decided)
        from = sql_lexer_statement_at(guard->lexer);
    return from < guard->fed ? from : guard->fed;
}

void plain_guard_free(struct plain_guard *guard)
{
    if (!guard)
        return;
    sql_lexer_free(guard->lexer);
    free(guard);
}

void plain_guard_freep(struct plain_guard **guard)
{
    plain_guard_free(*guard);
    *guard = NULL;
}
