#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/restore/volume.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static void df_of_coreutils_and_of_busybox_is_read(void **state)
{
    struct volume volumes[2];

    assert_int_equal(
        volume_read("Filesystem     1024-blocks     Used Available Capacity Mounted on\n"
                    "overlay          102626232 46211940  56397908      46% /\n"
                    "overlay          102626232 46211940  56397908      46% /\n",
                    volumes, 2),
        1);
    assert_int_equal(volumes[0].total_bytes, (uint64_t)102626232 * 1024);
    assert_int_equal(volumes[0].free_bytes, (uint64_t)56397908 * 1024);
    assert_int_equal(
        volume_read("Filesystem           1024-blocks    Used Available Capacity Mounted on\n"
                    "/dev/mapper/a 2        262144    102400    159744  39% /data 1 2 3\n"
                    "tmpfs                    65536         0     65536   0% /wal\n",
                    volumes, 2),
        2);
    assert_int_equal(volumes[0].free_bytes, (uint64_t)159744 * 1024);
    assert_int_equal(volumes[1].free_bytes, 64 * MIB);
}

static void what_was_written_meanwhile_makes_no_second_volume(void **state)
{
    struct volume volumes[2];

    assert_int_equal(
        volume_read("none 1000 500 500 50% /data\nnone 1000 501 499 51% /data\n", volumes, 2),
        1);
}

static void what_is_no_volume_is_not_taken_for_one(void **state)
{
    struct volume volumes[2];

    assert_int_equal(volume_read("", volumes, 2), 0);
    assert_int_equal(volume_read("df: /data: No such file or directory\n", volumes, 2), 0);
    assert_int_equal(volume_read("proc 0 0 0 - /proc\nproc 0 0 0 -% /proc\n", volumes, 2), 0);
    assert_int_equal(volume_read("a 99999999999999999999999 1 2 3\n", volumes, 2), 0);
}

static void what_must_stay_free_grows_with_the_volume_between_bounds(void **state)
{
    assert_int_equal(volume_reserve(&(struct volume){.total_bytes = 128 * MIB}), 16 * MIB);
    assert_int_equal(volume_reserve(&(struct volume){.total_bytes = GIB}), 64 * MIB);
    assert_int_equal(volume_reserve(&(struct volume){.total_bytes = 10000 * MIB}), 200 * MIB);
    assert_int_equal(volume_reserve(&(struct volume){.total_bytes = 4000 * GIB}), 256 * MIB);
}

static void the_estimate_is_of_what_is_restored(void **state)
{
    AUTO(manifest_freep) struct manifest *m = manifest_new();
    AUTO(strv_clear) struct strv one = STRV_INIT;
    AUTO(strv_clear) struct strv schema = STRV_INIT;
    struct room_wish wish = {.manifest = m};

    m->database_bytes = 1000 * MIB;
    m->raw_bytes = 300 * MIB;
    manifest_add_table(m, "s", "one", 1, 50 * MIB, 1);
    manifest_add_table(m, "s", "two", 1, 250 * MIB, 1);
    assert_int_equal(room_estimate(&wish), 1110 * MIB);
    strv_push(&one, "s.one");
    wish.tables = &one;
    assert_int_equal(room_estimate(&wish), 120 * MIB);
    wish.tables = NULL;
    strv_push(&schema, "s");
    wish.schemas = &schema;
    assert_int_equal(room_estimate(&wish), 670 * MIB);
    wish = (struct room_wish){.manifest = m, .data_only = true};
    assert_int_equal(room_estimate(&wish), 670 * MIB);
    wish = (struct room_wish){.manifest = m, .schema_only = true};
    assert_int_equal(room_estimate(&wish), 10 * MIB);
    /* a backup of an older pgkeep */
    m->database_bytes = 0;
    assert_int_equal(room_estimate(&(struct room_wish){.manifest = m}), 670 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(df_of_coreutils_and_of_busybox_is_read),
        cmocka_unit_test(what_was_written_meanwhile_makes_no_second_volume),
        cmocka_unit_test(what_is_no_volume_is_not_taken_for_one),
        cmocka_unit_test(what_must_stay_free_grows_with_the_volume_between_bounds),
        cmocka_unit_test(the_estimate_is_of_what_is_restored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
