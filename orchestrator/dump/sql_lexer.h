/* orchestrator/dump/sql_lexer.h: tells the parts of PostgreSQL SQL text apart as it passes.
 *
 * Layer: orchestrator/dump. Pure: fed in pieces of any size, memory is bounded by the cap
 * that the caller sets. Source: psql's own splitter, PostgreSQL src/fe_utils/psqlscan.l, whose
 * rules decide where a statement of a dump ends when it is restored. So: '...' with
 * standard_conforming_strings on, E'...' with backslashes, "...", $tag$...$tag$, -- and nested
 * block comments; a semicolon ends a statement outside of parentheses and outside of a
 * BEGIN ... END body of CREATE FUNCTION or PROCEDURE (14 and up), in which CASE ... END nests.
 * After COPY ... FROM stdin; come data lines up to a line that is \. alone. A backslash between
 * statements begins a meta-command, which ends with its line. psql obeys one inside of a
 * statement as well: on_odd reports it.
 *
 * A dump made with standard_conforming_strings off is told apart just as well: pg_dump doubles
 * both quotes and backslashes in it, so a string ends at the same quote by either rule.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_SQL_LEXER_H
#define PGKEEP_ORCHESTRATOR_DUMP_SQL_LEXER_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text is valid during the call only, has a NUL byte at its end, and holds the first keep_bytes
 * bytes where it is longer. */
struct sql_statement {
    const char *text; /* from its first token to its semicolon, comments inside included */
    size_t len;
    uint64_t bytes; /* of the whole statement; above len: truncated */
    bool copy_in;   /* COPY ... FROM stdin: on_copy_data and on_copy_end follow */
};

enum sql_token_kind {
    SQL_WORD,        /* not quoted */
    SQL_QUOTED_NAME, /* "..." */
    SQL_STRING,      /* '...', E'...', $tag$...$tag$, or a parameter such as $1 */
    SQL_NUMBER,
    SQL_MARK,    /* one character */
    SQL_END,     /* a semicolon that ends no statement, outside of parentheses: in a body */
    SQL_COMMENT, /* of either kind, inside of a statement */
};

struct sql_token {
    enum sql_token_kind kind;
    const char *word; /* SQL_WORD: in lower case, cut after SQL_WORD_MAX bytes; else "" */
    char mark;        /* SQL_MARK */
    uint64_t at;      /* the byte of the whole text that it begins at */
};

#define SQL_WORD_MAX 31 /* longer than any word that matters here */

/* Any may be NULL. An error from a callback ends the run and is returned. */
struct sql_handler {
    struct err *(*on_statement)(void *ctx, const struct sql_statement *statement);
    /* A line comment between statements: "-- text", without the line's end. */
    struct err *(*on_comment)(void *ctx, const char *text, size_t len);
    /* A meta-command's line, such as "\connect app". */
    struct err *(*on_meta)(void *ctx, const char *text, size_t len);
    /* Rows that ended, and bytes that belong to rows, since the last call. */
    struct err *(*on_copy_data)(void *ctx, uint64_t rows, uint64_t bytes);
    struct err *(*on_copy_end)(void *ctx);
    void *ctx;
    /* Each token of a statement, as it begins (a word: as it ends). */
    struct err *(*on_token)(void *ctx, const struct sql_token *token);
    /* What psql may take in another way than is told here, or obeys inside of a statement, and
     * what pg_dump never writes: a backslash outside of quotes, a psql variable, a NUL byte,
     * a string that ends only by one of the two rules for backslashes (until
     * sql_lexer_standard_strings says which one holds), words where versions of psql differ. */
    struct err *(*on_odd)(void *ctx, const char *what, uint64_t at);
};

struct sql_lexer;

/* The handler is copied. */
struct sql_lexer *sql_lexer_new(const struct sql_handler *handler, size_t keep_bytes) MUST_USE;

/* ERR_TOO_LARGE: the tag of a dollar quote is longer than any that PostgreSQL's tools write. */
MUST_USE struct err *sql_lexer_feed(struct sql_lexer *lexer, const void *data, size_t len);

/* ERR_CUT, saying inside of what, unless the text ended between statements. */
MUST_USE struct err *sql_lexer_finish(struct sql_lexer *lexer);

/* From here on the server reads '...' as the standard does (standard_conforming_strings), or it
 * is not known: so at first. Matters to on_odd only. */
void sql_lexer_standard_strings(struct sql_lexer *lexer, bool known);

/* Where the statement, or the meta-command, begins whose end has not come yet; UINT64_MAX
 * outside of one. */
uint64_t sql_lexer_statement_at(const struct sql_lexer *lexer);
uint64_t sql_lexer_meta_at(const struct sql_lexer *lexer);

/* The present statement's text so far, as it is kept; valid until the next feed or callback. */
const char *sql_lexer_text(struct sql_lexer *lexer, size_t *len);

void sql_lexer_free(struct sql_lexer *lexer);
void sql_lexer_freep(struct sql_lexer **lexer);

#endif
