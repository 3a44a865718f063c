/* tests/fuzz/fuzz_globals.c: a globals.sql judged, and what would be applied of it.
 *
 * Input: a byte (1: the tablespaces too), the text. What passes the check can be filtered, and
 * what the filter lets through is itself such a text, of statements alone.
 */
#include "orchestrator/dump/globals.h"
#include "orchestrator/dump/sql_lexer.h"
#include "tests/fuzz/fuzz.h"

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    FUZZ_CHECK(!"a psql command would be applied");
    return NULL;
}

static struct err *on_odd(void *ctx, const char *what, uint64_t at)
{
    /* Without the server's word on backslashes, which a SET in the text gives. */
    FUZZ_CHECK(strncmp(what, "a backslash before a string's end", 33) == 0);
    return NULL;
}

static void look_at_output(const struct buf *out)
{
    const struct sql_handler handler = {.on_meta = on_meta, .on_odd = on_odd};
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, out->len + 1);
    AUTO(err_freep) struct err *again = globals_check(buf_text(out), out->len);

    FUZZ_CHECK(!again);
    err_free(sql_lexer_feed(lexer, buf_text(out), out->len));
    FUZZ_CHECK(!sql_lexer_finish(lexer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(strv_clear) struct strv existing = STRV_INIT;
    AUTO(strv_clear) struct strv made = STRV_INIT;
    AUTO(strv_clear) struct strv skipped = STRV_INIT;
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    AUTO(err_freep) struct err *bad = NULL;
    AUTO(err_freep) struct err *failed = NULL;

    if (size < 1)
        return 0;

    const struct globals_plan plan = {.existing_roles = &existing, .tablespaces = data[0] & 1};
    AUTO(mem_freep) char *text = mem_new(size, 1); /* with a NUL byte at its end */

    memcpy(text, data + 1, size - 1);
    strv_push(&existing, "postgres");
    strv_push(&existing, "a b");
    bad = globals_check(text, size - 1);
    failed = globals_filter(text, size - 1, &plan, &out, &made, &skipped);
    FUZZ_CHECK(bad || !failed);
    if (!failed)
        look_at_output(&out);
    return 0;
}
