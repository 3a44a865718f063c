#include "base/mem.h"
#include "orchestrator/dump/toc.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct toc *toc_of(const char *const *descs, size_t count)
{
    struct toc *toc = mem_new(1, sizeof(*toc));

    toc->entries = mem_new(count, sizeof(*toc->entries));
    toc->count = count;
    for (size_t i = 0; i < count; i++) {
        toc->entries[i].dump_id = (int)(i + 1) * 10;
        toc->entries[i].desc = mem_strdup(descs[i]);
        toc->entries[i].tag = mem_strdup("t");
    }
    return toc;
}

static void entries_are_found_by_dump_id_and_counted_by_kind(void **state)
{
    static const char *const descs[] = {"TABLE", "TABLE DATA", "TABLE"};
    AUTO(toc_freep) struct toc *toc = toc_of(descs, ARRAY_LEN(descs));

    (void)state;
    assert_ptr_equal(toc_find(toc, 20), &toc->entries[1]);
    assert_null(toc_find(toc, 21));
    assert_int_equal(toc_count(toc, "TABLE"), 2);
    assert_int_equal(toc_count(toc, "VIEW"), 0);
}

static void nothing_can_be_freed(void **state)
{
    (void)state;
    toc_free(NULL);
}

static void compressions_have_the_names_of_pg_dump(void **state)
{
    (void)state;
    assert_string_equal(toc_compression_name(TOC_NONE), "none");
    assert_string_equal(toc_compression_name(TOC_GZIP), "gzip");
    assert_string_equal(toc_compression_name(TOC_LZ4), "lz4");
    assert_string_equal(toc_compression_name(TOC_ZSTD), "zstd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_by_dump_id_and_counted_by_kind),
        cmocka_unit_test(nothing_can_be_freed),
        cmocka_unit_test(compressions_have_the_names_of_pg_dump),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
