/* What is cut out of a long text is its middle, and no character is cut in two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/brief.h"
#include "base/mem.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void a_text_that_fits_stays_as_it_is(void **state)
{
    char text[91];

    for (size_t len = 0; len < sizeof(text); len++) {
        AUTO(mem_freep) char *brief = NULL;

        memset(text, 'x', len);
        text[len] = '\0';
        brief = brief_text(text, 90);
        assert_string_equal(brief, text);
    }
}

static void the_middle_is_left_out_and_counted(void **state)
{
    AUTO(brief_clear) struct brief brief;
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *next = NULL;

    brief_init(&brief, 90);
    brief_add(&brief, "what happened, then the names ", 30);
    for (int i = 0; i < 20000; i++)
        brief_add(&brief, "public.t", 8);
    brief_add(&brief, ": the end", 9);
    text = brief_take(&brief);
    assert_string_equal(text, "what happened, then the names public.tpublic.tpublic.tpublic "
                              "[... 159,949 bytes ...] lic.tpublic.tpublic.t: the end");
    brief_add(&brief, "another", 7);
    next = brief_take(&brief);
    assert_string_equal(next, "another");
}

/* Whatever the place of the cuts: only whole characters are left on both sides. */
static void no_character_is_cut(void **state)
{
    static const char *const characters[] = {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x98"};

    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t c = 0; c < 3; c++) {
        for (size_t most = 64; most < 80; most++) {
            AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
            AUTO(mem_freep) char *brief = NULL;

            for (int i = 0; i < 100; i++)
                buf_printf(&text, "%s", characters[c]);
            brief = brief_text(buf_text(&text), most);
            assert_true(strlen(brief) < most + 40);
            assert_true(mbstowcs(NULL, brief, 0) != (size_t)-1);
            assert_non_null(strstr(brief, " bytes ...] "));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_fits_stays_as_it_is),
        cmocka_unit_test(the_middle_is_left_out_and_counted),
        cmocka_unit_test(no_character_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
