#include "base/mem.h"
#include "base/secret.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In the C library's place: what was wiped, for after a free nobody may look. */
static char wiped[4096];
static size_t wiped_len;
static int wipes;

__attribute__((noinline)) static void note_wipe(void *data, size_t len)
{
    assert_true(len <= sizeof(wiped));
    memcpy(wiped, data, len);
    wiped_len = len;
    wipes++;
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

static void check_wiped(const char *text)
{
    assert_int_equal(wipes, 1);
    assert_true(wiped_len >= strlen(text));
    assert_memory_equal(wiped, text, strlen(text));
    wipes = 0;
}

static void a_text_is_wiped_whole_before_it_is_freed(void **state)
{
    char *text = mem_strdup("hunter2");

    secret_freep(&text);
    assert_null(text);
    check_wiped("hunter2");
    secret_freep(&text);
    secret_free(NULL);
    secret_wipe(NULL, 7);
    assert_int_equal(wipes, 0);
}

static void what_is_replaced_is_wiped_also_by_a_part_of_itself(void **state)
{
    char *text = mem_strdup("old secret");

    secret_replace(&text, text + 4);
    assert_string_equal(text, "secret");
    check_wiped("old secret");
    secret_replace(&text, NULL);
    assert_null(text);
    check_wiped("secret");
    secret_replace(&text, "new");
    assert_string_equal(text, "new");
    assert_int_equal(wipes, 0);
    secret_free(text);
    check_wiped("new");
}

static void a_buffer_is_wiped_to_its_end_and_not_to_its_length(void **state)
{
    struct buf buf = BUF_INIT(1024);

    assert_null(buf_append_text(&buf, "hunter2\n"));
    buf_reset(&buf);
    assert_null(buf_append_text(&buf, "x"));
    secret_buf_clear(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(wipes, 1);
    assert_non_null(memmem(wiped, wiped_len, "nter2\n", 6));
    wipes = 0;
    secret_buf_clear(&buf);
    assert_int_equal(wipes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_wiped_whole_before_it_is_freed),
        cmocka_unit_test(what_is_replaced_is_wiped_also_by_a_part_of_itself),
        cmocka_unit_test(a_buffer_is_wiped_to_its_end_and_not_to_its_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
