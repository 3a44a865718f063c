/* Tokens, and no look at the text, decide on most statements: a comment or a line end between
 * two words changes nothing. Only SET, COPY and a few that are short are judged as a whole; a
 * comment in what is not decided yet is refused, for pg_dump writes none there.
 *
 * Statements are allowed by their first word, since psql skips things before it (a byte order
 * mark) that look like a word here. After that word, objects outside of a database are refused:
 * pg_dump's list of those inside grows with each version, the other list has not in years. */
#include "orchestrator/dump/statement_rule.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_name.h"
#include <string.h>

static bool is_listed(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static struct err *refuse(const struct statement_rule *rule, const char *why)
{
    AUTO(mem_freep) char *words = mem_strdup("");

    for (size_t i = 0; i < rule->count && rule->tokens[i].kind == SQL_WORD && i < 4; i++) {
        AUTO(mem_freep) char *longer =
            mem_printf("%s%s%s", words, i ? " " : "", rule->tokens[i].word);

        mem_replace(&words, longer);
    }
    for (char *c = words; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
    return err_new(ERR_BAD_BACKUP, "a statement %s%s: %s",
                   *words ? "that begins with " : "without a first word", words, why);
}

static struct err *outside(const struct statement_rule *rule)
{
    return refuse(rule, "it reaches outside of the database");
}

static struct err *never(const struct statement_rule *rule)
{
    return refuse(rule, "pg_dump writes no such statement");
}

static bool has_word(const struct statement_rule *rule, size_t at, const char *word)
{
    return at < rule->count && rule->tokens[at].kind == SQL_WORD &&
           strcmp(rule->tokens[at].word, word) == 0;
}

static bool has_mark(const struct statement_rule *rule, size_t at, char mark)
{
    return at < rule->count && rule->tokens[at].kind == SQL_MARK &&
           rule->tokens[at].mark == mark;
}

/* -- CREATE, ALTER, DROP, COMMENT ON, SECURITY LABEL -- */

/* The object's kind stands at `at`. USER is a role, USER MAPPING is not. */
static struct err *judge_object(struct statement_rule *rule, size_t at)
{
    static const char *const shared[] = {"database", "role",  "group",     "tablespace",
                                         "system",   "owned", "parameter", NULL};

    if (rule->count <= at)
        return NULL;
    if (rule->tokens[at].kind != SQL_WORD)
        return never(rule);
    if (is_listed(rule->tokens[at].word, shared))
        return outside(rule);
    if (has_word(rule, at, "user")) {
        if (rule->count <= at + 1)
            return NULL;
        if (!has_word(rule, at + 1, "mapping"))
            return outside(rule);
    }
    rule->decided = !has_word(rule, at, "subscription");
    return NULL;
}

static struct err *judge_create(struct statement_rule *rule)
{
    size_t at = 1;

    if (has_word(rule, 1, "or")) {
        if (rule->count > 2 && !has_word(rule, 2, "replace"))
            return never(rule);
        at = 3;
    }
    return judge_object(rule, at);
}

static struct err *judge_alter(struct statement_rule *rule)
{
    PASS(judge_object(rule, 1));
    rule->decided = rule->decided || has_word(rule, 1, "subscription");
    return NULL;
}

static struct err *judge_comment(struct statement_rule *rule)
{
    if (rule->count > 1 && !has_word(rule, 1, "on"))
        return never(rule);
    PASS(judge_object(rule, 2));
    rule->decided = rule->decided || has_word(rule, 2, "subscription");
    return NULL;
}

/* SECURITY LABEL [FOR provider] ON kind */
static struct err *judge_label(struct statement_rule *rule)
{
    size_t at = has_word(rule, 2, "for") ? 4 : 2;

    if ((rule->count > 1 && !has_word(rule, 1, "label")) ||
        (rule->count > at && !has_word(rule, at, "on")))
        return never(rule);
    PASS(judge_object(rule, at + 1));
    rule->decided = rule->decided || has_word(rule, at + 1, "subscription");
    return NULL;
}

/* Without connect = false it would connect to its publisher and make a slot there. */
static void note_calm(struct statement_rule *rule, const struct sql_token *token)
{
    static const char *const words[] = {"connect", "=", "false"};
    const char mark[] = {token->mark, '\0'};
    const char *text = token->kind == SQL_MARK ? mark : token->word;

    if (rule->calm == ARRAY_LEN(words))
        return;
    if (strcmp(words[rule->calm], text) == 0)
        rule->calm++;
    else
        rule->calm = strcmp(words[0], text) == 0;
}

/* -- GRANT, REVOKE -- */

/* What follows ON is the kind; TO or FROM without an ON is a role's membership. */
static struct err *judge_grant(struct statement_rule *rule, const struct sql_token *token)
{
    static const char *const shared[] = {"database", "tablespace", "parameter", NULL};

    if (rule->after_on) {
        if (token->kind == SQL_WORD && is_listed(token->word, shared))
            return outside(rule);
        rule->decided = true;
        return NULL;
    }
    if (token->kind == SQL_MARK && token->mark == '(')
        rule->deep++;
    else if (token->kind == SQL_MARK && token->mark == ')' && rule->deep > 0)
        rule->deep--;
    else if (rule->deep == 0 && token->kind == SQL_WORD) {
        rule->after_on = strcmp(token->word, "on") == 0;
        if (strcmp(token->word, "to") == 0 || strcmp(token->word, "from") == 0)
            return outside(rule);
    }
    return NULL;
}

/* -- the rest -- */

/* A dump without a search_path finds what is not qualified in pg_catalog. */
static bool names_catalogue(const struct statement_rule *rule, size_t at)
{
    return rule->tokens[at].kind == SQL_WORD && strncmp(rule->tokens[at].word, "pg_", 3) == 0;
}

static struct err *judge_insert(struct statement_rule *rule)
{
    if (rule->count > 1 && !has_word(rule, 1, "into"))
        return never(rule);
    if (rule->count < 3)
        return NULL;
    if (rule->tokens[2].kind != SQL_WORD && rule->tokens[2].kind != SQL_QUOTED_NAME)
        return never(rule);
    if (names_catalogue(rule, 2))
        return outside(rule);
    /* A quoted name may be pg_catalog as well: its text is looked at in the end. */
    rule->decided = rule->tokens[2].kind == SQL_WORD;
    return NULL;
}

static struct err *judge_refresh(struct statement_rule *rule)
{
    if ((rule->count > 1 && !has_word(rule, 1, "materialized")) ||
        (rule->count > 2 && !has_word(rule, 2, "view")))
        return never(rule);
    rule->decided = rule->count > 2;
    return NULL;
}

/* SELECT pg_catalog.FUNCTION(, SELECT * FROM pg_catalog.pg_restore_KIND_stats( */
static struct err *judge_select(struct statement_rule *rule)
{
    static const char *const functions[] = {"setval",  "lo_create", "lo_creat",  "lo_open",
                                            "lowrite", "lo_close",  "lo_unlink", NULL};
    bool stats = has_mark(rule, 1, '*');
    size_t at = stats ? 3 : 1;
    const char *function = rule->count > at + 2 ? rule->tokens[at + 2].word : NULL;

    if ((rule->count > 2 && stats && !has_word(rule, 2, "from")) ||
        (rule->count > at && !has_word(rule, at, "pg_catalog")) ||
        (rule->count > at + 1 && !has_mark(rule, at + 1, '.')))
        return never(rule);
    if (!function)
        return NULL;
    if (stats ? strncmp(function, "pg_restore_", 11) == 0 : is_listed(function, functions))
        rule->decided = true;
    else if (stats || strcmp(function, "set_config") != 0)
        return never(rule);
    return NULL;
}

/* The statement's first words tell whose rule holds; those that are not here are judged in the
 * end. */
static struct err *judge_head(struct statement_rule *rule, const struct sql_token *token)
{
    static const char *const in_the_end[] = {"begin", "commit", "copy", "reset", "set", NULL};
    static const struct {
        const char *word;
        struct err *(*judge)(struct statement_rule *rule);
    } table[] = {
        {"alter", judge_alter},    {"comment", judge_comment}, {"create", judge_create},
        {"drop", judge_alter},     {"insert", judge_insert},   {"refresh", judge_refresh},
        {"security", judge_label}, {"select", judge_select},
    };
    const char *word = rule->tokens[0].word;

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].word, word) == 0)
            return table[i].judge(rule);
    if (strcmp(word, "grant") == 0 || strcmp(word, "revoke") == 0)
        return judge_grant(rule, token);
    return is_listed(word, in_the_end) ? NULL : never(rule);
}

/* psql sends what stands between BEGIN and END as one; the server, or an older psql, may take
 * it apart. A body of SQL holds queries only. */
static struct err *judge_body(struct statement_rule *rule)
{
    static const char *const words[] = {"select", "insert", "update", "delete", "merge",
                                        "with",   "return", "values", "end",    NULL};

    if (!is_listed(rule->tokens[0].word, words) && !has_mark(rule, 0, '('))
        return never(rule);
    rule->decided = true;
    return NULL;
}

static void note_token(struct statement_rule *rule, const struct sql_token *token)
{
    struct statement_rule_token *slot = &rule->tokens[rule->count];

    if (rule->count == STATEMENT_RULE_TOKENS)
        return;
    rule->count++;
    slot->kind = token->kind;
    slot->mark = token->mark;
    for (size_t i = 0; i < SQL_WORD_MAX && token->word[i]; i++)
        slot->word[i] = token->word[i];
}

MUST_USE struct err *statement_rule_token(struct statement_rule *rule,
                                          const struct sql_token *token)
{
    if (rule->decided)
        return NULL;
    if (token->kind == SQL_COMMENT)
        return refuse(rule, "a comment stands in it");
    note_token(rule, token);
    if (rule->in_body)
        return judge_body(rule);
    note_calm(rule, token);
    return judge_head(rule, token);
}

/* -- statements that are judged as a whole -- */

/* Takes 'text' where no quote or backslash is in it. */
static bool take_literal(const char **at, const char *end, char **out)
{
    const char *p = *at;
    size_t len;

    if (!sql_char(&p, end, '\''))
        return false;
    len = strcspn(p, "'\\");
    if (p[len] != '\'')
        return false;
    *out = mem_strndup(p, len);
    *at = p + len + 1;
    return true;
}

/* psql hides the second byte of a letter in these from its own rules, so a backslash in them
 * may be none, and a quote's partner another. pg_dump -E makes such dumps. */
static bool is_unsafe_encoding(const char *name)
{
    static const char *const unsafe[] = {
        "sjis",       "shiftjis",     "mskanji",    "win932",     "windows932",
        "big5",       "win950",       "windows950", "gbk",        "win936",
        "windows936", "uhc",          "win949",     "windows949", "gb18030",
        "johab",      "shiftjis2004", "cp932",      NULL};
    char plain[32] = "";
    size_t len = 0;

    for (; *name && len < sizeof(plain) - 1; name++) {
        if ((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9'))
            plain[len++] = *name;
        else if (*name >= 'A' && *name <= 'Z')
            plain[len++] = (char)(*name + 32);
    }
    plain[len] = '\0';
    return is_listed(plain, unsafe);
}

static struct err *end_encoding(const struct statement_rule *rule, const char *at,
                                const char *end)
{
    AUTO(mem_freep) char *name = NULL;

    if (!take_literal(&at, end, &name) || !sql_char(&at, end, ';') || at != end)
        return never(rule);
    if (is_unsafe_encoding(name))
        return refuse(rule, "a backslash may be part of a letter in this encoding");
    return NULL;
}

/* on, off, 'on' or 'off': pg_dump says what held for the source. */
static struct err *end_standard(const struct statement_rule *rule, const char *at,
                                const char *end, enum statement_strings *strings)
{
    AUTO(mem_freep) char *quoted = NULL;
    const char *word = quoted;
    bool on;

    if (take_literal(&at, end, &quoted))
        word = quoted;
    else if (sql_word(&at, end, "on"))
        word = "on";
    else if (sql_word(&at, end, "off"))
        word = "off";
    if (!word || !sql_char(&at, end, ';') || at != end)
        return never(rule);
    on = strcmp(word, "on") == 0;
    if (!on && strcmp(word, "off") != 0)
        return never(rule);
    *strings = on ? STRINGS_STANDARD : STRINGS_OTHER;
    return NULL;
}

/* SET name = value; SET SESSION AUTHORIZATION, which pg_dump writes around the rights that
 * another than the owner has granted. */
static struct err *end_set(const struct statement_rule *rule, const char *at, const char *end,
                           enum statement_strings *strings)
{
    static const char *const refused[] = {"role",
                                          "session_authorization",
                                          "allow_system_table_mods",
                                          "session_user",
                                          "dynamic_library_path",
                                          "local_preload_libraries",
                                          "names",
                                          "session_preload_libraries",
                                          "session_replication_role",
                                          NULL};

    if (has_word(rule, 1, "session") && has_word(rule, 2, "authorization"))
        return NULL;
    if (rule->count < 3 || rule->tokens[1].kind != SQL_WORD || !has_mark(rule, 2, '='))
        return never(rule);
    if (is_listed(rule->tokens[1].word, refused))
        return never(rule);
    while (*at != '=')
        at++;
    at++;
    if (has_word(rule, 1, "client_encoding"))
        return end_encoding(rule, at, end);
    if (has_word(rule, 1, "standard_conforming_strings"))
        return end_standard(rule, at, end, strings);
    return NULL;
}

/* COPY table [(columns)] FROM stdin; and nothing else: no file, no program, no options. */
static struct err *end_copy(const struct statement_rule *rule,
                            const struct sql_statement *statement)
{
    const char *at = statement->text;
    const char *end = at + statement->len;
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;

    if (!statement->copy_in || !sql_word(&at, end, "copy") ||
        !sql_qualified_name(&at, end, &schema, &name))
        return never(rule);
    if (strcmp(schema, "pg_catalog") == 0 ||
        (!*schema && strncmp(name, "pg_", strlen("pg_")) == 0))
        return outside(rule);
    if (sql_char(&at, end, '(')) {
        do {
            AUTO(mem_freep) char *column = sql_name(&at, end);

            if (!column)
                return never(rule);
        } while (sql_char(&at, end, ','));
        if (!sql_char(&at, end, ')'))
            return never(rule);
    }
    if (!sql_words(&at, end, "from stdin") || !sql_char(&at, end, ';') || at != end)
        return never(rule);
    return NULL;
}

static struct err *end_insert(const struct statement_rule *rule,
                              const struct sql_statement *statement)
{
    const char *at = statement->text;
    const char *end = at + statement->len;
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;

    if (!sql_words(&at, end, "insert into") || !sql_qualified_name(&at, end, &schema, &name))
        return never(rule);
    if (strcmp(schema, "pg_catalog") == 0 ||
        (!*schema && strncmp(name, "pg_", strlen("pg_")) == 0))
        return outside(rule);
    return NULL;
}

/* Anything but the search_path would change rules that hold for what follows. */
static struct err *end_select(const struct statement_rule *rule, const char *at,
                              const char *end)
{
    AUTO(mem_freep) char *name = NULL;

    if (sql_words(&at, end, "select pg_catalog") && sql_char(&at, end, '.') &&
        sql_word(&at, end, "set_config") && sql_char(&at, end, '(') &&
        take_literal(&at, end, &name) && strcmp(name, "search_path") == 0 &&
        sql_char(&at, end, ','))
        return NULL;
    return never(rule);
}

MUST_USE struct err *statement_rule_end(const struct statement_rule *rule,
                                        const struct sql_statement *statement,
                                        enum statement_strings *strings)
{
    const char *at = statement->text;
    const char *end = at + statement->len;

    if (rule->decided)
        return NULL;
    if (has_word(rule, 0, "create") && has_word(rule, 1, "subscription"))
        return rule->calm == 3 ? NULL : outside(rule);
    if (has_word(rule, 0, "insert")) /* may be long: what is kept of it holds the name */
        return end_insert(rule, statement);
    if (statement->bytes > statement->len)
        return refuse(rule, "it is longer than any that pg_dump writes");
    if (has_word(rule, 0, "set"))
        return end_set(rule, at, end, strings);
    if (has_word(rule, 0, "copy"))
        return end_copy(rule, statement);
    if (has_word(rule, 0, "select"))
        return end_select(rule, at, end);
    if (has_word(rule, 0, "reset"))
        return rule->count == 3 && has_word(rule, 1, "session") &&
                       has_word(rule, 2, "authorization")
                   ? NULL
                   : never(rule);
    if ((has_word(rule, 0, "begin") || has_word(rule, 0, "commit")) && rule->count == 1)
        return NULL;
    return never(rule);
}
