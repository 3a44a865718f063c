#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/fingerprint/row_digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From PostgreSQL 17: SELECT x, hashtextextended(x COLLATE "C", seed). */
static void hashes_as_the_server_does(void **state)
{
    char accents[81] = "";
    static const struct {
        const char *text;
        uint64_t seed;
        int64_t hash;
    } vectors[] = {
        {"", 0, -6939563903564495251},
        {"a", 0, 3591986179850072241},
        {"pgkeep", 1, 777646604343380519},
        {"hello world", 0, 6947366892317592103},
        {"hello world!", UINT64_MAX, -1372292274548325517},
        {"hello world!!", 5, 3235898470557222648},
    };

    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        assert_true(row_digest_hash(vectors[i].text, strlen(vectors[i].text),
                                    vectors[i].seed) == (uint64_t)vectors[i].hash);
    for (int i = 0; i < 40; i++)
        strcat(accents, "\xc3\xa9");
    assert_true(row_digest_hash(accents, 80, 123456789012345) == 4001840546780094397);
}

/* What the digest of digest_query.c said of these tables, on 17; and what COPY gave of them. */
static const enum row_digest_text kinds[] = {ROW_DIGEST_BOOL, ROW_DIGEST_INET, ROW_DIGEST_CHAR,
                                             ROW_DIGEST_ROW};
static const enum row_digest_text plain[1600];
static const char texts_copy[] = "x\t\\N\n"
                                 "tab\\tnew\\nline\\\\\t\n"
                                 "\\\\N\t\\b\\f\\r\\v\n"
                                 "\\N\t\\N\n"
                                 "twelve bytes\t\xc3\xa9\n";
static const char kinds_copy[] = "t\t10.0.0.1\tx\t(1,\"\")\n"
                                 "f\t::1\t\t(,)\n"
                                 "\\N\t10.1.2.3/8\t\\\\377\t(,\"\")\n"
                                 "\\N\t\\N\t\\\\\t\\N\n";

static struct err *digest_in_pieces(const enum row_digest_text *columns, size_t count,
                                    const char *copy, size_t piece, uint64_t *rows,
                                    uint64_t *sum)
{
    AUTO(row_digest_freep) struct row_digest *digest = row_digest_new(columns, count);
    size_t len = strlen(copy);

    for (size_t at = 0; at < len; at += piece)
        PASS(row_digest_feed(digest, (const uint8_t *)copy + at,
                             len - at < piece ? len - at : piece));
    return row_digest_finish(digest, rows, sum);
}

static void is(const enum row_digest_text *columns, size_t count, const char *copy,
               uint64_t wanted_rows, uint64_t wanted_sum)
{
    for (size_t piece = 1; piece <= strlen(copy) + 1; piece++) {
        uint64_t rows = 99, sum = 99;

        assert_null(digest_in_pieces(columns, count, copy, piece, &rows, &sum));
        assert_int_equal(rows, wanted_rows);
        assert_true(sum == wanted_sum);
    }
}

static void digests_are_those_of_the_query_however_the_text_is_cut(void **state)
{
    is(plain, 2, texts_copy, 5, 0x77c36b72f8c29e46);
    is(kinds, 4, kinds_copy, 4, 0x873e7240abfd46e0);
}

static void a_table_of_many_columns_is_digested_by_chains(void **state)
{
    AUTO(buf_clear) struct buf row = BUF_OWN_TEXT;

    for (int i = 1; i <= 64; i++)
        buf_printf(&row, "%d%s", i, i < 64 ? "\t" : "\n");
    is(plain, 64, buf_text(&row), 1, 0xf2cb2bffbf2f9918);
    buf_reset(&row);
    for (int i = 1; i <= 130; i++)
        buf_printf(&row, "%d%s", i, i < 130 ? "\t" : "\n");
    is(plain, 130, buf_text(&row), 1, 0x818f57e54bd02950);
}

static void a_byte_past_127_is_the_same_before_and_after_16(void **state)
{
    static const enum row_digest_text one[] = {ROW_DIGEST_CHAR};
    uint64_t rows, before, after;

    assert_null(digest_in_pieces(one, 1, "\xff\n", 1, &rows, &before));
    assert_null(digest_in_pieces(one, 1, "\\\\377\n", 1, &rows, &after));
    assert_true(before == after);
}

static void a_table_without_columns_has_rows_and_no_sum(void **state)
{
    is(plain, 0, "\n\n\n", 3, 0);
    is(plain, 0, "", 0, 0);
}

static void refused(size_t count, const char *copy, enum err_kind kind)
{
    for (size_t piece = 1; piece <= strlen(copy); piece++) {
        uint64_t rows, sum;
        struct err *e = digest_in_pieces(plain, count, copy, piece, &rows, &sum);

        assert_true(err_is(e, kind));
        err_free(e);
    }
}

static void text_that_is_no_such_table_is_refused(void **state)
{
    refused(2, "a\n", ERR_PROTOCOL);
    refused(2, "a\tb\tc\n", ERR_PROTOCOL);
    refused(1, "a\tb\n", ERR_PROTOCOL);
    refused(0, "a\n", ERR_PROTOCOL);
    refused(0, "\t\n", ERR_PROTOCOL);
    refused(1, "\\.\n", ERR_PROTOCOL);
    refused(1, "a\\N\n", ERR_PROTOCOL);
    refused(1, "\\Na\n", ERR_PROTOCOL);
    refused(1, "\\N\\N\n", ERR_PROTOCOL);
    refused(1, "\\\n\n", ERR_PROTOCOL);
    refused(1, "a\nb", ERR_CUT);
    refused(1, "a\n\\", ERR_CUT);
    refused(1, "a\n\\N", ERR_CUT);
    refused(2, "a\tb\nc\t", ERR_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_the_server_does),
        cmocka_unit_test(digests_are_those_of_the_query_however_the_text_is_cut),
        cmocka_unit_test(a_table_of_many_columns_is_digested_by_chains),
        cmocka_unit_test(a_byte_past_127_is_the_same_before_and_after_16),
        cmocka_unit_test(a_table_without_columns_has_rows_and_no_sum),
        cmocka_unit_test(text_that_is_no_such_table_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
