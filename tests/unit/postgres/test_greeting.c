/* tests/unit/postgres/test_greeting.c: the answer to a greeting among a tool's stderr. */
#include "base/mem.h"
#include "orchestrator/postgres/greeting.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The text is fed in two pieces, cut everywhere. */
static void assert_own_words(const char *format, const char *own, bool answered)
{
    for (size_t cut = 0;; cut++) {
        AUTO(greeting_clear) struct greeting greeting;
        AUTO(buf_clear) struct buf out = BUF_INIT(1000);
        AUTO(mem_freep) char *text = NULL;

        greeting_init(&greeting);
        text = strchr(format, '%') ? mem_printf("%.*s%s%s", (int)strcspn(format, "%"), format,
                                                greeting.text, strchr(format, '%') + 1)
                                   : mem_strdup(format);
        if (cut > strlen(text))
            break;
        greeting_feed(&greeting, (const uint8_t *)text, cut, &out);
        greeting_feed(&greeting, (const uint8_t *)text + cut, strlen(text) - cut, &out);
        assert_int_equal(greeting.answered, answered);
        greeting_finish(&greeting, &out);
        assert_string_equal(buf_text(&out), own);
    }
}

static void the_answer_is_taken_out_and_all_else_is_the_tools_own(void **state)
{
    assert_own_words("%\n", "", true);
    assert_own_words("%\npsql: error: no\n", "psql: error: no\n", true);
    assert_own_words("sh: warning\n%\nmore\n", "sh: warning\nmore\n", true);
}

static void without_an_answer_every_word_is_kept(void **state)
{
    assert_own_words("", "", false);
    assert_own_words("sh: psql: not found\n", "sh: psql: not found\n", false);
    assert_own_words("pgkeep-greets-0000000000000000\n", "pgkeep-greets-0000000000000000\n",
                     false);
}

static void no_greeting_is_like_another(void **state)
{
    AUTO(greeting_clear) struct greeting a;
    AUTO(greeting_clear) struct greeting b;

    greeting_init(&a);
    greeting_init(&b);
    assert_string_not_equal(a.text, b.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_taken_out_and_all_else_is_the_tools_own),
        cmocka_unit_test(without_an_answer_every_word_is_kept),
        cmocka_unit_test(no_greeting_is_like_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
