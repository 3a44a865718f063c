#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/settings/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET "hunter2, and more"

/* In the C library's place: how often the secret was wiped. */
static int wipes;

__attribute__((noinline)) static void note_wipe(void *data, size_t len)
{
    wipes += memmem(data, len, SECRET, strlen(SECRET)) != NULL;
    memset(data, 0, len);
}

void explicit_bzero(void *data, size_t len)
{
    note_wipe(data, len);
}

/* what it becomes with _FORTIFY_SOURCE */
void __explicit_bzero_chk(void *data, size_t len, size_t size);
void __explicit_bzero_chk(void *data, size_t len, size_t size)
{
    note_wipe(data, len);
}

static void each_copy_of_a_secret_is_wiped(void **state)
{
    char path[] = "/tmp/pgkeep-unit-XXXXXX";
    int fd = mkstemp(path);
    const struct setting *setting = &setting_table[SETTING_PASSWORD];
    struct value value = {0}, copy = {0};

    assert_true(fd >= 0);
    assert_null(fs_write_all(fd, path, SECRET "\n", strlen(SECRET) + 1));
    assert_null(value_set_from_file(&value, setting, "PGKEEP_PASSWORD_FILE", path));
    assert_string_equal(value.text, SECRET);
    assert_int_equal(wipes, 1); /* what the file was read into */
    value_copy(&copy, &value);
    assert_null(value_set(&value, setting, "PGKEEP_PASSWORD", "another"));
    assert_int_equal(wipes, 2);
    value_clear(&copy);
    assert_int_equal(wipes, 3);
    value_clear(&value);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_copy_of_a_secret_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
