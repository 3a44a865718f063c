#include "base/err.h"
#include "base/mem.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_chain_reads_from_the_outside_in_and_keeps_the_kind(void **state)
{
    AUTO(err_freep) struct err *e = err_new(ERR_CUT, "at byte %d", 7);

    e = err_wrap(e, "read %s", "x.dump");
    e = err_wrap(e, "verify app/app");
    AUTO(mem_freep) char *text = err_text(e);
    assert_string_equal(text, "verify app/app: read x.dump: at byte 7");
    assert_true(err_is(e, ERR_CUT));
    assert_false(err_is(e, ERR_IO));
    assert_false(err_is(NULL, ERR_CUT));
}

static void no_error_stays_no_error(void **state)
{
    assert_null(err_wrap(NULL, "x"));
    assert_null(err_hint(NULL, "x"));
    assert_null(err_as(NULL, ERR_IO));
    assert_null(err_first(NULL, NULL));
    err_free(NULL);
}

static void errno_chooses_the_kind_and_adds_its_text(void **state)
{
    static const struct {
        int number;
        enum err_kind kind;
    } cases[] = {
        {ENOENT, ERR_NOT_FOUND},
        {EEXIST, ERR_EXISTS},
        {EACCES, ERR_DENIED},
        {EROFS, ERR_DENIED},
        {ENOSPC, ERR_NO_SPACE},
        {EDQUOT, ERR_NO_SPACE},
        {ECONNREFUSED, ERR_UNREACHABLE},
        {ETIMEDOUT, ERR_TIMEOUT},
        {EIO, ERR_IO},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        errno = cases[i].number;
        AUTO(err_freep) struct err *e = err_errno("open %s", "f");
        AUTO(mem_freep) char *expected = mem_printf("open f: %s", strerror(cases[i].number));
        assert_true(err_is(e, cases[i].kind));
        assert_string_equal(e->message, expected);
    }
}

static void the_first_hint_given_is_the_one_shown(void **state)
{
    AUTO(err_freep) struct err *e = err_hint(err_new(ERR_IO, "a"), "do %s", "this");

    e = err_hint(err_wrap(e, "b"), "do that");
    assert_string_equal(err_hint_of(e), "do this");
    assert_null(err_hint_of(NULL));
}

static void of_two_errors_the_first_wins(void **state)
{
    struct err *first = err_new(ERR_IO, "first");
    struct err *second = err_new(ERR_CUT, "second");
    AUTO(err_freep) struct err *e = err_first(first, second);

    assert_ptr_equal(e, first);
    AUTO(err_freep) struct err *only = err_first(NULL, err_new(ERR_CUT, "only"));
    assert_string_equal(only->message, "only");
}

static void another_kind_is_seen_by_callers_of_the_wrapper_too(void **state)
{
    AUTO(err_freep) struct err *e = err_as(err_new(ERR_IO, "x"), ERR_BAD_BACKUP);

    e = err_wrap(e, "y");
    assert_true(err_is(e, ERR_BAD_BACKUP));
}

static struct err *inner(bool fails)
{
    return fails ? err_new(ERR_BUSY, "inner") : NULL;
}

static struct err *with_try(bool fails)
{
    TRY(inner(fails), "outer %d", 1);
    return NULL;
}

static struct err *with_pass(bool fails)
{
    PASS(inner(fails));
    return NULL;
}

static void try_adds_context_and_pass_adds_none(void **state)
{
    AUTO(err_freep) struct err *tried = with_try(true);
    AUTO(err_freep) struct err *passed = with_pass(true);
    AUTO(mem_freep) char *tried_text = err_text(tried);
    AUTO(mem_freep) char *passed_text = err_text(passed);

    assert_string_equal(tried_text, "outer 1: inner");
    assert_string_equal(passed_text, "inner");
    assert_null(with_try(false));
    assert_null(with_pass(false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_reads_from_the_outside_in_and_keeps_the_kind),
        cmocka_unit_test(no_error_stays_no_error),
        cmocka_unit_test(errno_chooses_the_kind_and_adds_its_text),
        cmocka_unit_test(the_first_hint_given_is_the_one_shown),
        cmocka_unit_test(of_two_errors_the_first_wins),
        cmocka_unit_test(another_kind_is_seen_by_callers_of_the_wrapper_too),
        cmocka_unit_test(try_adds_context_and_pass_adds_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
