#include "orchestrator/dump/sql_lexer.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/dump/sql_copy.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TAG_MAX 256

enum state {
    AT_TOP, /* between tokens, inside of a statement or between statements */
    IN_WORD,
    IN_NUMBER,
    AFTER_DASH,
    AFTER_SLASH,
    AFTER_COLON,
    IN_VARIABLE,
    IN_LINE_COMMENT,
    IN_BLOCK_COMMENT,
    IN_STRING,
    IN_ESCAPE_STRING,
    IN_QUOTED_NAME,
    IN_DOLLAR_TAG,
    IN_DOLLAR_BODY,
    IN_META,
    BEFORE_COPY_DATA, /* the rest of the COPY statement's line */
    IN_COPY_DATA,
};

struct sql_lexer {
    struct sql_handler handler;
    enum state state;
    const uint8_t *at, *end; /* what is left of the present feed */
    uint64_t before;         /* bytes of the feeds before it */
    const uint8_t *start;    /* of the present feed */

    /* The present statement, or (between statements) comment or meta-command. */
    bool in_statement;
    uint64_t statement_at; /* its first byte, of the whole text */
    struct buf kept;
    uint64_t bytes;      /* of it, in earlier feeds */
    const uint8_t *mark; /* where it begins in this feed */
    unsigned int parens; /* depth */
    unsigned int begins; /* depth of BEGIN and CASE */
    size_t words;        /* seen so far */
    char first_words[4]; /* initials of the first words, as psqlscan.l keeps them */
    bool is_copy;        /* begins with COPY */
    bool after_from;     /* the last token was FROM */
    bool copy_in;        /* COPY ... FROM stdin */
    bool after_escape;   /* a string right here continues an E'...' string */
    uint64_t escape_end; /* where that one ended */

    char word[SQL_WORD_MAX + 1]; /* lower case, cut */
    size_t word_len;
    uint64_t word_bytes;       /* of all of it */
    bool escaped;              /* IN_ESCAPE_STRING: the next byte is quoted */
    bool standard;             /* backslashes in '...' are known to mean nothing */
    bool odd_backslashes;      /* IN_STRING: an odd number of them stands right here */
    bool after_colon;          /* IN_STRING: at its first byte, and a colon is before it */
    uint64_t meta_at;          /* IN_META: where it begins */
    unsigned int comments;     /* depth of block comments */
    uint8_t previous;          /* IN_BLOCK_COMMENT: half of a delimiter, or 0 */
    uint8_t tag[TAG_MAX];      /* "$tag$" */
    size_t tag_len, tag_match; /* bytes of it that the body's last bytes match */
    struct sql_copy copy;
};

struct sql_lexer *sql_lexer_new(const struct sql_handler *handler, size_t keep_bytes)
{
    struct sql_lexer *lexer = mem_new(1, sizeof(*lexer));

    lexer->handler = *handler;
    lexer->kept.max = keep_bytes;
    return lexer;
}

void sql_lexer_free(struct sql_lexer *lexer)
{
    if (!lexer)
        return;
    buf_clear(&lexer->kept);
    free(lexer);
}

void sql_lexer_freep(struct sql_lexer **lexer)
{
    sql_lexer_free(*lexer);
    *lexer = NULL;
}

void sql_lexer_standard_strings(struct sql_lexer *lexer, bool known)
{
    lexer->standard = known;
}

uint64_t sql_lexer_statement_at(const struct sql_lexer *lexer)
{
    return lexer->in_statement ? lexer->statement_at : UINT64_MAX;
}

uint64_t sql_lexer_meta_at(const struct sql_lexer *lexer)
{
    return lexer->state == IN_META ? lexer->meta_at : UINT64_MAX;
}

static uint64_t offset(const struct sql_lexer *lexer)
{
    return lexer->before + (uint64_t)(lexer->at - lexer->start);
}

static struct err *odd(const struct sql_lexer *lexer, const char *what)
{
    const struct sql_handler *handler = &lexer->handler;

    return handler->on_odd ? handler->on_odd(handler->ctx, what, offset(lexer)) : NULL;
}

/* One that began `len` bytes ago. */
static struct err *token(const struct sql_lexer *lexer, enum sql_token_kind kind, char mark,
                         uint64_t len)
{
    const struct sql_handler *handler = &lexer->handler;
    const struct sql_token token = {kind, kind == SQL_WORD ? lexer->word : "", mark,
                                    offset(lexer) - len};

    return handler->on_token ? handler->on_token(handler->ctx, &token) : NULL;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word_start(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Moves to just past the next `c`, or to the end of the feed; true if it was found. */
static bool skip_past(struct sql_lexer *lexer, uint8_t c)
{
    const uint8_t *found = memchr(lexer->at, c, (size_t)(lexer->end - lexer->at));

    lexer->at = found ? found + 1 : lexer->end;
    return found != NULL;
}

static void keep(struct sql_lexer *lexer, const void *data, size_t len)
{
    size_t room = lexer->kept.max - lexer->kept.len;

    lexer->bytes += len;
    err_free(buf_append(&lexer->kept, data, len < room ? len : room)); /* fits: never fails */
}

/* Keeps what passed since the mark. */
static void keep_marked(struct sql_lexer *lexer)
{
    keep(lexer, lexer->mark, (size_t)(lexer->at - lexer->mark));
    lexer->mark = lexer->at;
}

const char *sql_lexer_text(struct sql_lexer *lexer, size_t *len)
{
    keep_marked(lexer);
    *len = lexer->kept.len;
    return buf_text(&lexer->kept);
}

static void begin_text(struct sql_lexer *lexer)
{
    buf_reset(&lexer->kept);
    lexer->bytes = 0;
    lexer->mark = lexer->at;
}

static void begin_statement(struct sql_lexer *lexer)
{
    if (lexer->in_statement)
        return;
    begin_text(lexer);
    lexer->in_statement = true;
    lexer->statement_at = offset(lexer);
    lexer->parens = 0;
    lexer->begins = 0;
    lexer->words = 0;
    memset(lexer->first_words, 0, sizeof(lexer->first_words));
    lexer->is_copy = false;
    lexer->after_from = false;
    lexer->copy_in = false;
    lexer->after_escape = false;
}

/* A token other than a string or FROM. */
static void plain_token(struct sql_lexer *lexer)
{
    lexer->after_from = false;
    lexer->after_escape = false;
}

static struct err *end_statement(struct sql_lexer *lexer)
{
    struct sql_statement statement = {0};

    keep_marked(lexer);
    lexer->in_statement = false;
    lexer->state = lexer->copy_in ? BEFORE_COPY_DATA : AT_TOP;
    if (!lexer->handler.on_statement)
        return NULL;
    statement.text = buf_text(&lexer->kept);
    statement.len = lexer->kept.len;
    statement.bytes = lexer->bytes;
    statement.copy_in = lexer->copy_in;
    return lexer->handler.on_statement(lexer->handler.ctx, &statement);
}

/* A doubled quote goes on with an E'...' string; with white space between, versions of psql
 * differ in what they take it for. */
static struct err *begin_string(struct sql_lexer *lexer)
{
    bool goes_on = lexer->after_escape && offset(lexer) == lexer->escape_end;

    if (lexer->after_escape && !goes_on)
        PASS(odd(lexer, "a string that goes on after white space"));
    if (!goes_on)
        PASS(token(lexer, SQL_STRING, 0, 0));
    lexer->at++;
    lexer->state = lexer->after_escape ? IN_ESCAPE_STRING : IN_STRING;
    lexer->odd_backslashes = false;
    lexer->after_from = false;
    return NULL;
}

static struct err *end_or_go_on(struct sql_lexer *lexer)
{
    lexer->at++;
    if (lexer->parens == 0 && lexer->begins == 0)
        return end_statement(lexer);
    return lexer->parens == 0 ? token(lexer, SQL_END, 0, 1) : NULL;
}

static void begin_dollar(struct sql_lexer *lexer)
{
    lexer->at++;
    lexer->state = IN_DOLLAR_TAG;
    lexer->tag[0] = '$';
    lexer->tag_len = 1;
}

/* A quote, bracket, operator or semicolon. */
static struct err *lex_mark(struct sql_lexer *lexer)
{
    uint8_t c = *lexer->at;

    if (c == ';' && !lexer->in_statement) {
        lexer->at++;
        return NULL;
    }
    begin_statement(lexer);
    if (c == '\\')
        PASS(odd(lexer, "a backslash outside of quotes"));
    if (c == '\'')
        return begin_string(lexer);
    plain_token(lexer);
    if (c == ';')
        return end_or_go_on(lexer);
    PASS(token(lexer,
               c == '"'   ? SQL_QUOTED_NAME
               : c == '$' ? SQL_STRING
                          : SQL_MARK,
               (char)c, 0));
    if (c == '$') {
        begin_dollar(lexer);
        return NULL;
    }
    lexer->at++;
    if (c == '"')
        lexer->state = IN_QUOTED_NAME;
    else if (c == ':')
        lexer->state = AFTER_COLON;
    else if (c == '(')
        lexer->parens++;
    else if (c == ')' && lexer->parens > 0)
        lexer->parens--;
    return NULL;
}

/* psql reads :: and := as one, and what it may put a variable's value in the place of: :name,
 * :'name', :"name" and :{?name}. pg_dump writes array slices, a[1:2], a[x:y] and a[1:"Y"]: a
 * name that is no variable stays as it is, and psql's own are in capitals. */
static struct err *lex_after_colon(struct sql_lexer *lexer)
{
    uint8_t c = *lexer->at;

    lexer->state = AT_TOP;
    lexer->word_len = 0;
    if (c == ':' || c == '=')
        lexer->at++;
    else if (c == '{')
        return odd(lexer, "a psql variable");
    else if (is_word_start(c) || is_digit(c))
        lexer->state = IN_VARIABLE;
    else if (c == '\'')
        lexer->after_colon = true;
    return NULL;
}

static struct err *lex_variable(struct sql_lexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;

        if (c == '\'' || c == '"' || c == '$' || (c >= 'A' && c <= 'Z'))
            PASS(odd(lexer, "a psql variable"));
        if (!is_word_start(c) && !is_digit(c)) {
            lexer->state = AT_TOP;
            return NULL;
        }
    }
    return NULL;
}

static struct err *lex_top(struct sql_lexer *lexer)
{
    while (lexer->at < lexer->end && is_space(*lexer->at))
        lexer->at++;
    if (lexer->at == lexer->end)
        return NULL;

    uint8_t c = *lexer->at;

    if (c == '-' || c == '/') {
        lexer->state = c == '-' ? AFTER_DASH : AFTER_SLASH;
        lexer->at++;
        return NULL;
    }
    if (c == '\\' && !lexer->in_statement) {
        lexer->state = IN_META;
        lexer->meta_at = offset(lexer);
        begin_text(lexer);
        return NULL;
    }
    if (is_word_start(c) || is_digit(c)) {
        begin_statement(lexer);
        lexer->state = is_digit(c) ? IN_NUMBER : IN_WORD;
        lexer->word_len = 0;
        lexer->word_bytes = 0;
        return is_digit(c) ? token(lexer, SQL_NUMBER, 0, 0) : NULL;
    }
    return lex_mark(lexer);
}

/* psqlscan.l's heuristic: the statement begins with CREATE [OR REPLACE] FUNCTION|PROCEDURE. */
static bool is_routine(const struct sql_lexer *lexer)
{
    const char *w = lexer->first_words;

    return w[0] == 'c' && (w[1] == 'f' || w[1] == 'p' ||
                           (w[1] == 'o' && w[2] == 'r' && (w[3] == 'f' || w[3] == 'p')));
}

static bool is_word(const struct sql_lexer *lexer, const char *word)
{
    return strcmp(lexer->word, word) == 0;
}

static void end_word(struct sql_lexer *lexer)
{
    bool outside = lexer->parens == 0;

    lexer->word[lexer->word_len] = '\0';
    if (lexer->words == 0)
        lexer->is_copy = is_word(lexer, "copy");
    if (lexer->words < sizeof(lexer->first_words) &&
        (is_word(lexer, "create") || is_word(lexer, "or") || is_word(lexer, "replace") ||
         is_word(lexer, "function") || is_word(lexer, "procedure")))
        lexer->first_words[lexer->words] = lexer->word[0];
    lexer->words++;

    if (outside && is_routine(lexer)) {
        if (is_word(lexer, "begin") || (is_word(lexer, "case") && lexer->begins > 0))
            lexer->begins++;
        else if (is_word(lexer, "end") && lexer->begins > 0)
            lexer->begins--;
    }
    if (outside && lexer->is_copy && lexer->after_from && is_word(lexer, "stdin"))
        lexer->copy_in = true;
    plain_token(lexer);
    lexer->after_from = outside && is_word(lexer, "from");
}

static struct err *lex_word(struct sql_lexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;

        if (!is_word_start(c) && !is_digit(c) && c != '$')
            break;
        if (lexer->word_len < SQL_WORD_MAX)
            lexer->word[lexer->word_len++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        lexer->word_bytes++;
    }
    if (lexer->at == lexer->end)
        return NULL;
    end_word(lexer);
    lexer->state = AT_TOP;
    PASS(token(lexer, SQL_WORD, 0, lexer->word_bytes));
    if (*lexer->at == '\'' && is_word(lexer, "e")) {
        lexer->at++;
        lexer->state = IN_ESCAPE_STRING;
    }
    return NULL;
}

/* A number takes the letters after it along, so that they begin no E'...' string. psql does so
 * from 15 on only, hence pg_dump's own numbers (1.5, 1e+20) are the only ones that are not odd.
 */
static struct err *lex_number(struct sql_lexer *lexer)
{
    plain_token(lexer);
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;

        if (c == '\'' || c == '"' || c == '$')
            PASS(odd(lexer, "a quote right behind a number"));
        if (!is_digit(c) && !is_word_start(c)) {
            lexer->state = AT_TOP;
            return NULL;
        }
        if (!is_digit(c) && c != 'e' && c != 'E')
            PASS(odd(lexer, "letters right behind a number"));
    }
    return NULL;
}

/* A dash or slash that began no comment is an operator. It was taken before it was known to
 * belong to a statement, maybe in an earlier feed. */
static struct err *operator_after_all(struct sql_lexer *lexer, char c)
{
    if (!lexer->in_statement) {
        begin_statement(lexer);
        keep(lexer, &c, 1);
    }
    plain_token(lexer);
    lexer->state = AT_TOP;
    return token(lexer, SQL_MARK, c, 1);
}

static struct err *lex_after_dash(struct sql_lexer *lexer)
{
    if (*lexer->at != '-') {
        return operator_after_all(lexer, '-');
    }
    lexer->state = IN_LINE_COMMENT;
    if (!lexer->in_statement) {
        begin_text(lexer);
        keep(lexer, "-", 1);
    }
    lexer->at++;
    return lexer->in_statement ? token(lexer, SQL_COMMENT, 0, 2) : NULL;
}

static struct err *lex_after_slash(struct sql_lexer *lexer)
{
    if (*lexer->at != '*') {
        return operator_after_all(lexer, '/');
    }
    lexer->at++;
    lexer->state = IN_BLOCK_COMMENT;
    lexer->comments = 1;
    lexer->previous = 0;
    return lexer->in_statement ? token(lexer, SQL_COMMENT, 0, 2) : NULL;
}

/* Hands the text that ends here to `call`; the line's end stays for lex_top. */
static struct err *end_line(struct sql_lexer *lexer,
                            struct err *(*call)(void *ctx, const char *text, size_t len))
{
    struct err *e = NULL;

    keep_marked(lexer);
    if (call)
        e = call(lexer->handler.ctx, buf_text(&lexer->kept), lexer->kept.len);
    lexer->state = AT_TOP;
    return e;
}

static struct err *lex_line(struct sql_lexer *lexer)
{
    bool meta = lexer->state == IN_META;
    const uint8_t *from = lexer->at;
    bool ended = skip_past(lexer, '\n');

    if (!meta && memchr(from, '\r', (size_t)(lexer->at - from)))
        PASS(odd(lexer, "a carriage return in a comment, which ends it for psql"));
    if (!ended)
        return NULL;
    lexer->at--;
    if (lexer->in_statement) {
        lexer->state = AT_TOP;
        return NULL;
    }
    return end_line(lexer, meta ? lexer->handler.on_meta : lexer->handler.on_comment);
}

static struct err *lex_block_comment(struct sql_lexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;
        bool opens = lexer->previous == '/' && c == '*';
        bool closes = lexer->previous == '*' && c == '/';

        lexer->previous = opens || closes ? 0 : c;
        lexer->comments += opens;
        lexer->comments -= closes;
        if (lexer->comments == 0) {
            lexer->at++;
            lexer->state = AT_TOP;
            return NULL;
        }
    }
    return NULL;
}

/* Whether an odd number of backslashes stands before `end`; `before` is what stood before
 * `from`. */
static bool ends_in_backslash(const uint8_t *from, const uint8_t *end, bool before)
{
    bool odd_number = false;

    while (end > from && end[-1] == '\\') {
        odd_number = !odd_number;
        end--;
    }
    return end == from ? odd_number != before : odd_number;
}

/* A doubled quote ends the string and begins another at once: the same result. With
 * standard_conforming_strings off a backslash would quote the quote; pg_dump then doubles it.
 */
static struct err *lex_string(struct sql_lexer *lexer)
{
    const uint8_t *from = lexer->at;
    bool ended;

    if (lexer->after_colon && (is_word_start(*from) || is_digit(*from)))
        PASS(odd(lexer, "a psql variable"));
    lexer->after_colon = false;
    ended = skip_past(lexer, '\'');
    lexer->odd_backslashes = ends_in_backslash(from, lexer->at - ended, lexer->odd_backslashes);
    if (!ended)
        return NULL;
    lexer->state = AT_TOP;
    if (lexer->odd_backslashes && !lexer->standard)
        return odd(lexer, "a backslash before a string's end, which may quote it");
    return NULL;
}

static struct err *lex_quoted_name(struct sql_lexer *lexer)
{
    if (skip_past(lexer, '"'))
        lexer->state = AT_TOP;
    return NULL;
}

static struct err *lex_escape_string(struct sql_lexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;

        if (lexer->escaped) {
            lexer->escaped = false;
        } else if (c == '\\') {
            lexer->escaped = true;
        } else if (c == '\'') {
            lexer->at++;
            lexer->state = AT_TOP;
            /* Doubled, or after white space: the string goes on by the same rules. */
            lexer->after_escape = true;
            lexer->escape_end = offset(lexer);
            return NULL;
        }
    }
    return NULL;
}

static struct err *lex_dollar_tag(struct sql_lexer *lexer)
{
    for (; lexer->at < lexer->end; lexer->at++) {
        uint8_t c = *lexer->at;
        bool fits = is_word_start(c) || (is_digit(c) && lexer->tag_len > 1);

        if (c != '$' && !fits) { /* a parameter such as $1, or an operator */
            lexer->state = AT_TOP;
            return lexer->tag_len > 1 ? odd(lexer, "half of a dollar quote") : NULL;
        }
        if (lexer->tag_len == TAG_MAX)
            return err_new(ERR_TOO_LARGE, "SQL at byte %" PRIu64 ": a dollar quote's tag",
                           lexer->before + (uint64_t)(lexer->at - lexer->start));
        lexer->tag[lexer->tag_len++] = c;
        if (c == '$') {
            lexer->at++;
            lexer->state = IN_DOLLAR_BODY;
            lexer->tag_match = 0;
            return NULL;
        }
    }
    return NULL;
}

/* A tag holds no dollar, so a failed match can only begin again at a dollar. */
static struct err *lex_dollar_body(struct sql_lexer *lexer)
{
    while (lexer->at < lexer->end) {
        if (lexer->tag_match == 0) {
            if (skip_past(lexer, '$'))
                lexer->tag_match = 1;
            continue;
        }
        uint8_t c = *lexer->at++;

        if (c == lexer->tag[lexer->tag_match])
            lexer->tag_match++;
        else
            lexer->tag_match = c == '$';
        if (lexer->tag_match == lexer->tag_len) {
            lexer->state = AT_TOP;
            return NULL;
        }
    }
    return NULL;
}

/* psql reads the rows from the next line on, and then the rest of this one. */
static struct err *lex_before_copy_data(struct sql_lexer *lexer)
{
    if (*lexer->at != '\n')
        PASS(odd(lexer, "something on the line behind COPY ... FROM stdin;"));
    if (skip_past(lexer, '\n')) {
        lexer->state = IN_COPY_DATA;
        lexer->copy = (struct sql_copy){0};
    }
    return NULL;
}

static struct err *lex_copy_data(struct sql_lexer *lexer)
{
    const struct sql_handler *handler = &lexer->handler;

    lexer->at = sql_copy_feed(&lexer->copy, lexer->at, lexer->end);
    if (lexer->copy.ended)
        lexer->state = AT_TOP;
    if (handler->on_copy_data && lexer->copy.bytes > 0)
        PASS(handler->on_copy_data(handler->ctx, lexer->copy.rows, lexer->copy.bytes));
    if (lexer->copy.ended && handler->on_copy_end)
        return handler->on_copy_end(handler->ctx);
    return NULL;
}

static struct err *step(struct sql_lexer *lexer)
{
    static struct err *(*const states[])(struct sql_lexer *) = {
        [AT_TOP] = lex_top,
        [IN_WORD] = lex_word,
        [IN_NUMBER] = lex_number,
        [AFTER_DASH] = lex_after_dash,
        [AFTER_SLASH] = lex_after_slash,
        [AFTER_COLON] = lex_after_colon,
        [IN_VARIABLE] = lex_variable,
        [IN_LINE_COMMENT] = lex_line,
        [IN_BLOCK_COMMENT] = lex_block_comment,
        [IN_STRING] = lex_string,
        [IN_ESCAPE_STRING] = lex_escape_string,
        [IN_QUOTED_NAME] = lex_quoted_name,
        [IN_DOLLAR_TAG] = lex_dollar_tag,
        [IN_DOLLAR_BODY] = lex_dollar_body,
        [IN_META] = lex_line,
        [BEFORE_COPY_DATA] = lex_before_copy_data,
        [IN_COPY_DATA] = lex_copy_data,
    };

    return states[lexer->state](lexer);
}

/* True where the bytes that pass are text to keep. */
static bool is_keeping(const struct sql_lexer *lexer)
{
    return lexer->in_statement || lexer->state == IN_LINE_COMMENT || lexer->state == IN_META;
}

MUST_USE struct err *sql_lexer_feed(struct sql_lexer *lexer, const void *data, size_t len)
{
    lexer->start = data;
    lexer->at = lexer->start;
    lexer->end = lexer->start + len;
    lexer->mark = lexer->start;
    if (len > 0 && memchr(data, '\0', len))
        PASS(odd(lexer, "a NUL byte"));
    while (lexer->at < lexer->end)
        PASS(step(lexer));
    if (is_keeping(lexer))
        keep_marked(lexer);
    lexer->before += len;
    return NULL;
}

MUST_USE struct err *sql_lexer_finish(struct sql_lexer *lexer)
{
    const char *inside = "a statement";

    lexer->at = lexer->end = lexer->mark = lexer->start;
    if (!lexer->in_statement) {
        if (lexer->state == AT_TOP)
            return NULL;
        if (lexer->state == IN_LINE_COMMENT)
            return end_line(lexer, lexer->handler.on_comment);
        if (lexer->state == IN_META)
            return end_line(lexer, lexer->handler.on_meta);
    }
    if (lexer->state == IN_COPY_DATA || lexer->state == BEFORE_COPY_DATA)
        inside = "the rows of a COPY";
    else if (lexer->state == IN_STRING || lexer->state == IN_ESCAPE_STRING)
        inside = "a string";
    else if (lexer->state == IN_DOLLAR_BODY)
        inside = "a dollar-quoted string";
    else if (lexer->state == IN_QUOTED_NAME)
        inside = "a quoted name";
    else if (lexer->state == IN_BLOCK_COMMENT)
        inside = "a block comment";
    return err_new(ERR_CUT, "SQL ends at byte %" PRIu64 ", inside of %s", lexer->before,
                   inside);
}
