/* tests/fuzz/fuzz_sql.c: SQL text taken apart, and the rows of COPY data counted.
 *
 * Input: a byte that chooses, the pieces (fuzz.h), the text. The plain dump reader on top of it
 * is part of fuzz_archive.c.
 */
#include "orchestrator/dump/copy_text.h"
#include "orchestrator/dump/sql_copy.h"
#include "orchestrator/dump/sql_lexer.h"
#include "tests/fuzz/fuzz.h"

enum mode { LEXER, LEXER_KEEPING_LITTLE, COPY_IN_SQL, COPY_IN_ARCHIVE, MODE_COUNT };

#define HEADER_BYTES (1 + FUZZ_PIECES_BYTES)
#define KEEP_LITTLE_BYTES ((size_t)12)

struct outcome {
    bool whole;
    enum err_kind kind; /* otherwise */
    uint64_t digest;
    uint64_t rows, bytes; /* of COPY data */
    uint64_t statements;  /* their bytes */
    size_t keep;
};

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    struct outcome *outcome = ctx;

    FUZZ_CHECK(statement->len <= outcome->keep && statement->len <= statement->bytes);
    FUZZ_CHECK(statement->len == outcome->keep || statement->len == statement->bytes);
    FUZZ_CHECK(statement->text[statement->len] == '\0');
    outcome->statements += statement->bytes;
    fuzz_digest(&outcome->digest, statement->text, statement->len + 1);
    fuzz_digest_number(&outcome->digest, statement->bytes);
    fuzz_digest_number(&outcome->digest, statement->copy_in);
    return NULL;
}

static struct err *on_line(struct outcome *outcome, const char *text, size_t len, char kind)
{
    FUZZ_CHECK(len <= outcome->keep && text[len] == '\0' && !memchr(text, '\n', len));
    fuzz_digest(&outcome->digest, &kind, 1);
    fuzz_digest(&outcome->digest, text, len + 1);
    return NULL;
}

static struct err *on_comment(void *ctx, const char *text, size_t len)
{
    FUZZ_CHECK(len >= 2 && memcmp(text, "--", 2) == 0);
    return on_line(ctx, text, len, '-');
}

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    FUZZ_CHECK(len >= 1 && *text == '\\');
    return on_line(ctx, text, len, '\\');
}

static struct err *on_copy_data(void *ctx, uint64_t rows, uint64_t bytes)
{
    struct outcome *outcome = ctx;

    outcome->rows += rows;
    outcome->bytes += bytes;
    return NULL;
}

static struct err *on_copy_end(void *ctx)
{
    struct outcome *outcome = ctx;

    fuzz_digest_number(&outcome->digest, outcome->rows);
    fuzz_digest_number(&outcome->digest, outcome->bytes);
    return NULL;
}

static struct err *feed_lexer(void *ctx, const uint8_t *data, size_t len)
{
    return sql_lexer_feed(ctx, data, len);
}

static struct outcome lex(const uint8_t *data, size_t len, struct fuzz_pieces pieces,
                          size_t keep)
{
    struct outcome outcome = {.digest = FUZZ_DIGEST_START, .keep = keep};
    const struct sql_handler handler = {.on_statement = on_statement,
                                        .on_comment = on_comment,
                                        .on_meta = on_meta,
                                        .on_copy_data = on_copy_data,
                                        .on_copy_end = on_copy_end,
                                        .ctx = &outcome};
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, keep);
    AUTO(err_freep) struct err *e = fuzz_feed(&pieces, data, len, feed_lexer, lexer);

    if (!e)
        e = sql_lexer_finish(lexer);
    outcome.whole = e == NULL;
    if (e)
        outcome.kind = e->kind;
    FUZZ_CHECK(outcome.statements + outcome.bytes <= len && outcome.rows <= outcome.bytes);
    return outcome;
}

static void check_lexer(const uint8_t *data, size_t len, struct fuzz_pieces pieces, size_t keep)
{
    struct outcome whole = lex(data, len, (struct fuzz_pieces){0}, keep);
    struct outcome cut = lex(data, len, pieces, keep);

    FUZZ_CHECK(whole.whole == cut.whole && whole.digest == cut.digest);
    FUZZ_CHECK(whole.whole || whole.kind == cut.kind);
    FUZZ_CHECK(whole.rows == cut.rows && whole.bytes == cut.bytes);
    FUZZ_CHECK(whole.statements == cut.statements);
}

/* COPY data as a simple look at all of it counts it. */
struct counted {
    uint64_t rows;
    size_t row_bytes; /* with the last row, should it have no end */
    size_t rest_at;   /* behind the end mark's line */
    bool ended;
};

/* Length of the line at `data` that could become the end mark: \. alone. */
static bool begins_mark(const uint8_t *data, size_t len, const char *mark)
{
    return len <= strlen(mark) && memcmp(data, mark, len) == 0;
}

static bool is_mark(const uint8_t *line, size_t len, bool carriage_return)
{
    return len >= 2 && memcmp(line, "\\.", 2) == 0 &&
           (len == 2 || (carriage_return && len == 3 && line[2] == '\r'));
}

static struct counted count_rows(const uint8_t *data, size_t len, bool carriage_return)
{
    struct counted counted = {0};
    size_t at = 0;

    while (at < len) {
        const uint8_t *newline = memchr(data + at, '\n', len - at);
        size_t line_len = newline ? (size_t)(newline - (data + at)) : len - at;

        if (!newline) { /* what may yet become the mark is no row so far */
            if (!begins_mark(data + at, line_len, carriage_return ? "\\.\r" : "\\."))
                counted.row_bytes += line_len;
            break;
        }
        at += line_len + 1;
        if (is_mark(newline - line_len, line_len, carriage_return)) {
            counted.ended = true;
            counted.rest_at = at;
            break;
        }
        counted.rows++;
        counted.row_bytes += line_len + 1;
    }
    return counted;
}

struct copy_run {
    struct sql_copy copy;
    uint64_t rows, bytes;
    size_t taken;
};

static struct err *feed_sql_copy(void *ctx, const uint8_t *data, size_t len)
{
    struct copy_run *run = ctx;
    const uint8_t *end = data;

    if (run->copy.ended)
        return NULL;
    end = sql_copy_feed(&run->copy, data, data + len);
    FUZZ_CHECK(end == data + len || run->copy.ended);
    run->rows += run->copy.rows;
    run->bytes += run->copy.bytes;
    run->taken += (size_t)(end - data);
    return NULL;
}

static void check_sql_copy(const uint8_t *data, size_t len, struct fuzz_pieces pieces)
{
    const struct counted model = count_rows(data, len, true);
    struct copy_run run = {0};

    err_free(fuzz_feed(&pieces, data, len, feed_sql_copy, &run));
    FUZZ_CHECK(run.copy.ended == model.ended && run.rows == model.rows);
    FUZZ_CHECK(run.bytes == model.row_bytes);
    FUZZ_CHECK(run.taken == (model.ended ? model.rest_at : len));
}

static struct err *feed_copy_text(void *ctx, const uint8_t *data, size_t len)
{
    copy_text_feed(ctx, data, len);
    return NULL;
}

static void check_copy_text(const uint8_t *data, size_t len, struct fuzz_pieces pieces)
{
    const struct counted model = count_rows(data, len, false);
    const bool ended =
        model.ended && len - model.rest_at == 2 && memcmp(data + model.rest_at, "\n\n", 2) == 0;
    struct copy_text copy = {0};

    err_free(fuzz_feed(&pieces, data, len, feed_copy_text, &copy));
    FUZZ_CHECK(copy.rows == model.rows && copy_text_ended(&copy) == ended);
    FUZZ_CHECK(model.ended == (copy.state >= COPY_TEXT_ENDED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEADER_BYTES)
        return 0;

    const struct fuzz_pieces pieces = fuzz_pieces_of(data + 1);
    const uint8_t *text = data + HEADER_BYTES;
    const size_t len = size - HEADER_BYTES;

    switch ((enum mode)(data[0] % MODE_COUNT)) {
    case LEXER:
        check_lexer(text, len, pieces, size);
        break;
    case LEXER_KEEPING_LITTLE:
        check_lexer(text, len, pieces, KEEP_LITTLE_BYTES);
        break;
    case COPY_IN_SQL:
        check_sql_copy(text, len, pieces);
        break;
    default:
        check_copy_text(text, len, pieces);
        break;
    }
    return 0;
}
