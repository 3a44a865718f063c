/* orchestrator/dump/statement_rule.h: which statements a plain dump may hold.
 *
 * Layer: orchestrator/dump. Pure. One that pg_dump writes without --create, --clean of the
 * database and --binary-upgrade, and that stays inside of the database it is restored into; all
 * others are a bad backup. Source: the texts in pg_dump.c, dumputils.c and
 * pg_backup_archiver.c, 13 to 18. Told by a statement's first tokens wherever that is enough,
 * so that no statement needs to be held in memory.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_STATEMENT_RULE_H
#define PGKEEP_ORCHESTRATOR_DUMP_STATEMENT_RULE_H

#include "orchestrator/dump/sql_lexer.h"

#define STATEMENT_RULE_TOKENS 6

struct statement_rule_token {
    enum sql_token_kind kind;
    char mark;
    char word[SQL_WORD_MAX + 1];
};

/* What a statement says on backslashes in '...' from now on (standard_conforming_strings). */
enum statement_strings { STRINGS_AS_BEFORE, STRINGS_STANDARD, STRINGS_OTHER };

/* All zero is the start of a statement. */
struct statement_rule {
    struct statement_rule_token tokens[STATEMENT_RULE_TOKENS]; /* the first ones */
    size_t count;
    bool in_body;      /* a statement inside of a SQL body, after its first */
    bool decided;      /* the statement may pass, whatever follows */
    unsigned int deep; /* parentheses: GRANT */
    bool after_on;     /* GRANT ... ON */
    unsigned int calm; /* of CREATE SUBSCRIPTION: how much of connect = false passed */
};

/* ERR_BAD_BACKUP, with a reason: this statement may not pass. */
MUST_USE struct err *statement_rule_token(struct statement_rule *rule,
                                          const struct sql_token *token);

/* The statement's end, where it is not decided yet. *strings is left as it is where it
 * says nothing on them. */
MUST_USE struct err *statement_rule_end(const struct statement_rule *rule,
                                        const struct sql_statement *statement,
                                        enum statement_strings *strings);

#endif
