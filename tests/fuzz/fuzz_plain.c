/* tests/fuzz/fuzz_plain.c: plain dumps judged before psql gets them.
 *
 * Input: the pieces (fuzz.h), the dump. Read as one and in pieces: the same verdict. What may
 * go on never shrinks and is never ahead of what was fed; a dump that passes passes whole, and
 * each of its psql commands is \restrict or \unrestrict by a lexer that judges nothing.
 */
#include "orchestrator/dump/plain_guard.h"
#include "orchestrator/dump/sql_lexer.h"
#include "tests/fuzz/fuzz.h"

struct guarded {
    struct plain_guard *guard;
    uint64_t fed;
    uint64_t judged;
};

static struct err *feed_guard(void *ctx, const uint8_t *data, size_t len)
{
    struct guarded *run = ctx;

    PASS(plain_guard_feed(run->guard, data, len));
    run->fed += len;
    FUZZ_CHECK(plain_guard_judged(run->guard) >= run->judged);
    run->judged = plain_guard_judged(run->guard);
    FUZZ_CHECK(run->judged <= run->fed);
    return NULL;
}

static bool passes(const uint8_t *data, size_t len, struct fuzz_pieces pieces)
{
    struct guarded run = {.guard = plain_guard_new()};
    AUTO(err_freep) struct err *e = fuzz_feed(&pieces, data, len, feed_guard, &run);

    if (!e)
        e = plain_guard_finish(run.guard);
    FUZZ_CHECK(!e || e->kind == ERR_BAD_BACKUP);
    plain_guard_free(run.guard);
    return !e;
}

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    FUZZ_CHECK(strncmp(text, "\\restrict ", 10) == 0 ||
               strncmp(text, "\\unrestrict ", 12) == 0);
    return NULL;
}

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    static const char *const never[] = {"drop database ", "create role ", "alter system ",
                                        "load ",          "do ",          "create user ",
                                        "\xef\xbb\xbf"};

    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        FUZZ_CHECK(strncasecmp(statement->text, never[i], strlen(never[i])) != 0 ||
                   strncasecmp(statement->text, "create user mapping", 19) == 0);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sql_handler handler = {.on_meta = on_meta, .on_statement = on_statement};

    if (size < FUZZ_PIECES_BYTES)
        return 0;

    const struct fuzz_pieces pieces = fuzz_pieces_of(data);
    const uint8_t *text = data + FUZZ_PIECES_BYTES;
    const size_t len = size - FUZZ_PIECES_BYTES;
    bool whole = passes(text, len, (struct fuzz_pieces){0});

    FUZZ_CHECK(whole == passes(text, len, pieces));
    if (whole) {
        AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, len + 1);

        err_free(sql_lexer_feed(lexer, text, len));
        err_free(sql_lexer_finish(lexer));
    }
    return 0;
}
