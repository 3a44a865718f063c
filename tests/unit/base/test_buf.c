#include "base/buf.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void text_ends_in_a_nul_byte_after_each_change(void **state)
{
    AUTO(buf_clear) struct buf buf = BUF_OWN_TEXT;

    assert_string_equal(buf_text(&buf), "");
    assert_null(buf_append(&buf, NULL, 0));
    assert_null(buf_append(&buf, "a\0b", 3));
    assert_int_equal(buf.len, 3);
    assert_memory_equal(buf.data, "a\0b\0", 4);
    buf_printf(&buf, "-%d-", 42);
    assert_memory_equal(buf.data, "a\0b-42-\0", 8);
    buf_reset(&buf);
    assert_string_equal(buf_text(&buf), "");
    for (int i = 0; i < 1000; i++)
        assert_null(buf_append_text(&buf, "0123456789"));
    assert_int_equal(strlen(buf_text(&buf)), 10000);
}

static void past_the_cap_it_refuses_and_keeps_what_it_had(void **state)
{
    AUTO(buf_clear) struct buf buf = BUF_INIT(5);

    assert_null(buf_append(&buf, "abc", 3));
    AUTO(err_freep) struct err *e = buf_append(&buf, "def", 3);
    assert_true(err_is(e, ERR_TOO_LARGE));
    AUTO(err_freep) struct err *huge = buf_append(&buf, "def", SIZE_MAX);
    assert_true(err_is(huge, ERR_TOO_LARGE));
    assert_string_equal(buf_text(&buf), "abc");
    assert_null(buf_append(&buf, "de", 2));
    assert_string_equal(buf_text(&buf), "abcde");
}

static void a_tail_keeps_the_newest_bytes(void **state)
{
    AUTO(buf_clear) struct buf buf = BUF_INIT(4);

    buf_append_tail(&buf, "abc", 3);
    assert_string_equal(buf_text(&buf), "abc");
    buf_append_tail(&buf, "de", 2);
    assert_string_equal(buf_text(&buf), "bcde");
    buf_append_tail(&buf, "0123456789", 10);
    assert_string_equal(buf_text(&buf), "6789");
    buf_append_tail(&buf, "", 0);
    assert_string_equal(buf_text(&buf), "6789");
}

static void consumed_bytes_are_gone(void **state)
{
    AUTO(buf_clear) struct buf buf = BUF_OWN_TEXT;

    buf_consume(&buf, 0);
    assert_null(buf_append_text(&buf, "abcdef"));
    buf_consume(&buf, 2);
    assert_string_equal(buf_text(&buf), "cdef");
    buf_consume(&buf, 4);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
}

static void taking_the_text_leaves_an_empty_buffer(void **state)
{
    AUTO(buf_clear) struct buf buf = BUF_OWN_TEXT;
    char *text = buf_take(&buf);

    assert_string_equal(text, "");
    free(text);
    assert_null(buf_append_text(&buf, "abc"));
    text = buf_take(&buf);
    assert_string_equal(text, "abc");
    free(text);
    assert_int_equal(buf.len, 0);
    assert_null(buf_append_text(&buf, "d"));
    assert_string_equal(buf_text(&buf), "d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_ends_in_a_nul_byte_after_each_change),
        cmocka_unit_test(past_the_cap_it_refuses_and_keeps_what_it_had),
        cmocka_unit_test(a_tail_keeps_the_newest_bytes),
        cmocka_unit_test(consumed_bytes_are_gone),
        cmocka_unit_test(taking_the_text_leaves_an_empty_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
