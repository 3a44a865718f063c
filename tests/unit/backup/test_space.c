#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/backup/space.h"

#define MIB ((uint64_t)1 << 20)

struct pair {
    struct manifest *before;
    struct manifest *now;
};

static void pair_clear(struct pair *pair)
{
    manifest_free(pair->before);
    manifest_free(pair->now);
}

/* The last one took 100 MiB of a database of 1 GiB. */
static struct pair pair_new(uint64_t now_bytes)
{
    struct pair pair = {manifest_new(), manifest_new()};

    mem_replace(&pair.before->dump_format, "custom");
    mem_replace(&pair.before->compression, "zstd:1");
    pair.before->database_bytes = 1024 * MIB;
    manifest_add_file(pair.before, "a.dump", 100 * MIB, "");
    pair.now->database_bytes = now_bytes;
    return pair;
}

static uint64_t judge_pair(const struct pair *pair)
{
    return space_by_last(pair->before, pair->now, "custom", "zstd:1");
}

static void the_last_backup_and_a_tenth(void **state)
{
    AUTO(pair_clear) struct pair pair = pair_new(1024 * MIB);

    assert_in_range(judge_pair(&pair), 110 * MIB, 111 * MIB);
}

static void it_grows_with_the_database_and_does_not_shrink(void **state)
{
    AUTO(pair_clear) struct pair grown = pair_new(3 * 1024 * MIB);
    AUTO(pair_clear) struct pair shrunk = pair_new(MIB);

    assert_in_range(judge_pair(&grown), 330 * MIB, 331 * MIB);
    assert_in_range(judge_pair(&shrunk), 110 * MIB, 111 * MIB);
}

static void another_kind_of_backup_tells_nothing(void **state)
{
    AUTO(pair_clear) struct pair pair = pair_new(1024 * MIB);

    assert_int_equal(space_by_last(pair.before, pair.now, "plain", "zstd:1"), 0);
    assert_int_equal(space_by_last(pair.before, pair.now, "custom", "none"), 0);
    strv_push(&pair.before->selection, "--table=a");
    assert_int_equal(judge_pair(&pair), 0);
}

static void a_manifest_of_nonsense_does_not_wrap_around(void **state)
{
    AUTO(pair_clear) struct pair pair = pair_new(INT64_MAX);

    pair.before->database_bytes = 1;
    assert_true(judge_pair(&pair) > 1024 * MIB);
    pair.before->database_bytes = 0;
    assert_in_range(judge_pair(&pair), 110 * MIB, 111 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_backup_and_a_tenth),
        cmocka_unit_test(it_grows_with_the_database_and_does_not_shrink),
        cmocka_unit_test(another_kind_of_backup_tells_nothing),
        cmocka_unit_test(a_manifest_of_nonsense_does_not_wrap_around),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
