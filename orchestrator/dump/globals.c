/* What pg_dumpall writes is a script for psql, and whoever may write the repository may have
 * written it. So nothing is applied unless the whole text is as pg_dumpall writes it:
 * statements of the kinds below, which psql splits as the lexer does (sql_lexer.h, on_odd), no
 * comment inside of one. psql commands between statements are never applied; globals_check
 * refuses all but \restrict and \unrestrict. */
#include "orchestrator/dump/globals.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/dump/sql_name.h"
#include "orchestrator/dump/statement_rule.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct filter {
    const struct globals_plan *plan;
    struct buf *out;
    struct strv *roles_made;
    struct strv *skipped;
    struct strv statements;
    struct sql_lexer *lexer;
    bool strict;                /* psql commands between statements are refused, not left out */
    struct statement_rule rule; /* of SET, where a plain dump's hold */
};

/* One statement, and how far it is read. */
struct reading {
    const char *text;
    const char *at;
    const char *end;
};

static bool words(struct reading *r, const char *list)
{
    return sql_words(&r->at, r->end, list);
}

static char *name(struct reading *r)
{
    return sql_name(&r->at, r->end);
}

static bool is_old(const struct filter *filter, const char *role)
{
    return strv_contains(filter->plan->existing_roles, role);
}

static bool is_made(const struct filter *filter, const char *role)
{
    return strv_contains(filter->roles_made, role);
}

static struct err *keep(struct filter *filter, const char *text, size_t len)
{
    TRY(buf_append(filter->out, text, len), "roles and tablespaces");
    TRY(buf_append_text(filter->out, ";\n"), "roles and tablespaces");
    return NULL;
}

static struct err *keep_all(struct filter *filter, const struct reading *r)
{
    return keep(filter, r->text, (size_t)(r->end - r->text));
}

static struct err *damaged(const struct reading *r)
{
    /* Only the words before the first name: what follows may be a password. */
    return err_new(ERR_PROTOCOL, "globals.sql: a statement without its name: %.*s",
                   (int)(r->at - r->text), r->text);
}

/* CREATE ROLE; everything else about a role, which is read up to the role's name. */
static struct err *role_statement(struct filter *filter, struct reading *r, const char *what)
{
    AUTO(mem_freep) char *role = name(r);

    if (!role)
        return damaged(r);
    if (is_old(filter, role)) {
        strv_pushf(filter->skipped, "%s %s: it exists already", what, role);
        return NULL;
    }
    if (words(r, "in database")) {
        AUTO(mem_freep) char *database = name(r);

        strv_pushf(filter->skipped, "settings of role %s in database %s", role,
                   database ? database : "");
        return NULL;
    }
    return keep_all(filter, r);
}

/* WITH ADMIN OPTION, INHERIT TRUE, SET FALSE: read up to the member's name. Nothing else may
 * stand there: GRANTED BY is cut off, which must not open what is closed behind it. */
static void skip_membership_options(struct reading *r)
{
    static const char *const options[] = {"with",          "admin option", "inherit true",
                                          "inherit false", "set true",     "set false"};
    size_t i = 0;

    while (i < ARRAY_LEN(options)) {
        if (words(r, options[i]))
            i = 0;
        else
            i++;
        (void)sql_char(&r->at, r->end, ',');
    }
}

/* The place where the statement's own words end: GRANTED BY of a role that is not there would
 * fail the GRANT, and without it the grantor is who restores. NULL: pg_dumpall writes no such
 * statement. */
static const char *end_without_grantor(const struct filter *filter, struct reading *r)
{
    const char *here;

    skip_membership_options(r);
    here = r->at;
    if (words(r, "granted by")) {
        AUTO(mem_freep) char *grantor = name(r);

        if (!grantor)
            return NULL;
        if (is_old(filter, grantor) || is_made(filter, grantor))
            here = r->at;
    }
    return sql_token(&r->at, r->end) ? NULL : here;
}

/* GRANT role TO member ...: read up to the first name. */
static struct err *membership(struct filter *filter, struct reading *r)
{
    AUTO(mem_freep) char *role = name(r);
    AUTO(mem_freep) char *member = role && words(r, "to") ? name(r) : NULL;

    if (!member)
        return damaged(r);
    const char *end = end_without_grantor(filter, r);

    if (!end)
        return err_new(ERR_BAD_BACKUP,
                       "globals.sql: pg_dumpall writes no such membership: %.40s", r->text);
    bool known = (is_old(filter, role) || is_made(filter, role)) &&
                 (is_old(filter, member) || is_made(filter, member));

    if (!known) {
        strv_pushf(filter->skipped, "membership of %s in %s: no such role", member, role);
        return NULL;
    }
    if (is_old(filter, role) && is_old(filter, member)) {
        strv_pushf(filter->skipped, "membership of %s in %s: both exist already", member, role);
        return NULL;
    }
    return keep(filter, r->text, (size_t)(end - r->text));
}

static struct err *tablespace_statement(struct filter *filter, struct reading *r,
                                        const char *what)
{
    AUTO(mem_freep) char *tablespace = name(r);

    if (!tablespace)
        return damaged(r);
    if (!filter->plan->tablespaces) {
        strv_pushf(filter->skipped, "%s%s", what, tablespace);
        return NULL;
    }
    return keep_all(filter, r);
}

/* GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO role: a role that was there already keeps
 * what it had. Read up to the parameter. */
static struct err *parameter_grant(struct filter *filter, struct reading *r)
{
    const char *start = r->at;

    while (!words(r, "to") && !words(r, "from")) {
        if (sql_token(&r->at, r->end))
            continue;
        r->at = start;
        return damaged(r);
    }
    AUTO(mem_freep) char *role = name(r);

    if (!role)
        return damaged(r);
    if (!is_made(filter, role)) {
        strv_pushf(filter->skipped, "parameter privileges of %s", role);
        return NULL;
    }
    return keep_all(filter, r);
}

/* GRANT or REVOKE: what follows ON tells the kind; without an ON it is a membership. */
static struct err *grant(struct filter *filter, struct reading *r)
{
    struct reading ahead = *r;

    do {
        if (words(&ahead, "on tablespace"))
            return tablespace_statement(filter, &ahead, "privileges on tablespace ");
        if (words(&ahead, "on parameter"))
            return parameter_grant(filter, &ahead);
    } while (sql_token(&ahead.at, ahead.end));
    return membership(filter, r);
}

/* SECURITY LABEL FOR provider ON ROLE name IS ... */
static struct err *security_label(struct filter *filter, struct reading *r)
{
    if (words(r, "for"))
        (void)sql_token(&r->at, r->end);
    if (words(r, "on role"))
        return role_statement(filter, r, "security label of role");
    if (words(r, "on tablespace"))
        return tablespace_statement(filter, r, "security label of tablespace ");
    return damaged(r);
}

/* Only pg_dumpall --clean writes these, and nothing is dropped here. */
static struct err *drop_statement(struct filter *filter, struct reading *r, const char *what)
{
    (void)words(r, "if exists");
    AUTO(mem_freep) char *object = name(r);

    strv_pushf(filter->skipped, "drop of %s %s", what, object ? object : "");
    return NULL;
}

static struct err *decide(struct filter *filter, const char *text)
{
    struct reading r = {text, text, text + strlen(text)};

    if (words(&r, "create role") || words(&r, "alter role"))
        return role_statement(filter, &r, "role");
    if (words(&r, "comment on role"))
        return role_statement(filter, &r, "comment on role");
    if (words(&r, "drop role"))
        return drop_statement(filter, &r, "role");
    if (words(&r, "create tablespace"))
        return tablespace_statement(filter, &r, "tablespace ");
    if (words(&r, "alter tablespace"))
        return tablespace_statement(filter, &r, "settings of tablespace ");
    if (words(&r, "comment on tablespace"))
        return tablespace_statement(filter, &r, "comment on tablespace ");
    if (words(&r, "drop tablespace"))
        return drop_statement(filter, &r, "tablespace");
    if (words(&r, "security label"))
        return security_label(filter, &r);
    if (words(&r, "grant") || words(&r, "revoke"))
        return grant(filter, &r);
    if (words(&r, "set")) /* judged by on_token and collect */
        return keep_all(filter, &r);
    return err_new(ERR_BAD_BACKUP, "globals.sql: pg_dumpall writes no such statement: %.40s",
                   text);
}

/* -- what psql would read -- */

static struct err *on_odd(void *ctx, const char *what, uint64_t at)
{
    return err_new(ERR_BAD_BACKUP,
                   "globals.sql: at byte %" PRIu64 ": %s, which pg_dumpall does not write", at,
                   what);
}

static struct err *on_token(void *ctx, const struct sql_token *token)
{
    struct filter *filter = ctx;

    if (token->kind == SQL_COMMENT)
        return on_odd(ctx, "a comment inside of a statement", token->at);
    if (filter->rule.count == 0 && strcmp(token->word, "set") != 0)
        filter->rule.decided = true;
    TRY(statement_rule_token(&filter->rule, token), "globals.sql");
    return NULL;
}

static struct err *globals_set(struct filter *filter, const struct sql_statement *statement)
{
    enum statement_strings strings = STRINGS_AS_BEFORE;

    TRY(statement_rule_end(&filter->rule, statement, &strings), "globals.sql");
    if (strings != STRINGS_AS_BEFORE)
        sql_lexer_standard_strings(filter->lexer, strings == STRINGS_STANDARD);
    filter->rule = (struct statement_rule){0};
    return NULL;
}

/* These are left out of what is applied, but they show who wrote the file. */
static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    const struct filter *filter = ctx;
    const char *token = text + strcspn(text, " ");

    if (!filter->strict)
        return NULL;
    if (strncmp(text, "\\restrict ", 10) == 0 || strncmp(text, "\\unrestrict ", 12) == 0) {
        for (token++; isalnum((unsigned char)*token);)
            token++;
        if (token == text + len)
            return NULL;
    }
    return err_new(ERR_BAD_BACKUP, "globals.sql: the psql command %.40s", text);
}

/* Collects the statements without their semicolons, and the roles that will be made: a GRANT
 * may name a role that comes later. */
static struct err *collect(void *ctx, const struct sql_statement *statement)
{
    struct filter *filter = ctx;
    struct reading r = {statement->text, statement->text, statement->text + statement->len};

    if (strlen(statement->text) != statement->len)
        return err_new(ERR_PROTOCOL, "globals.sql: a NUL byte inside of a statement");
    PASS(globals_set(filter, statement));
    strv_push_owned(&filter->statements, mem_strndup(statement->text, statement->len - 1));
    if (words(&r, "create role")) {
        AUTO(mem_freep) char *role = name(&r);

        if (role && !is_old(filter, role))
            strv_push(filter->roles_made, role);
    }
    return NULL;
}

static struct err *run(struct filter *filter, struct sql_lexer *lexer, const char *sql,
                       size_t len)
{
    TRY(sql_lexer_feed(lexer, sql, len), "globals.sql");
    TRY(sql_lexer_finish(lexer), "globals.sql");
    for (size_t i = 0; i < filter->statements.len; i++)
        PASS(decide(filter, filter->statements.items[i]));
    return NULL;
}

static struct err *globals_run(struct filter *filter, const char *sql, size_t len)
{
    struct sql_handler handler = {.on_statement = collect,
                                  .on_meta = on_meta,
                                  .on_token = on_token,
                                  .on_odd = on_odd,
                                  .ctx = filter};
    struct err *e;

    filter->lexer = sql_lexer_new(&handler, len); /* no statement is cut */
    e = run(filter, filter->lexer, sql, len);
    sql_lexer_free(filter->lexer);
    strv_clear(&filter->statements);
    return e;
}

MUST_USE struct err *globals_filter(const char *sql, size_t len,
                                    const struct globals_plan *plan, struct buf *out,
                                    struct strv *roles_made, struct strv *skipped)
{
    struct filter filter = {
        .plan = plan,
        .out = out,
        .roles_made = roles_made,
        .skipped = skipped,
        .statements = STRV_INIT,
    };

    return globals_run(&filter, sql, len);
}

MUST_USE struct err *globals_check(const char *sql, size_t len)
{
    AUTO(strv_clear) struct strv nobody = STRV_INIT;
    AUTO(strv_clear) struct strv made = STRV_INIT;
    AUTO(strv_clear) struct strv skipped = STRV_INIT;
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    const struct globals_plan plan = {.existing_roles = &nobody, .tablespaces = true};
    struct filter filter = {
        .plan = &plan,
        .out = &out,
        .roles_made = &made,
        .skipped = &skipped,
        .statements = STRV_INIT,
        .strict = true,
    };

    return globals_run(&filter, sql, len);
}
