/* What the progress line says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/cli/progress_line.h"

static void must_say(const struct progress_step *step, const char *wanted)
{
    AUTO(mem_freep) char *text = progress_line_text(step, 2000);

    assert_string_equal(text, wanted);
}

static void an_estimate_is_told_until_it_was_passed(void **state)
{
    struct progress_step step = {.subject = "app-db/app",
                                 .phase = "dump",
                                 .item = "public.files",
                                 .number = 3,
                                 .total = 9,
                                 .bytes = 512 << 10,
                                 .expected_bytes = 1 << 20};

    must_say(&step, "app-db/app  dump  3 of 9  public.files  512.0 KiB of about 1.0 MiB  256.0 "
                    "KiB/s  0:02");
    step.bytes = step.expected_bytes;
    must_say(&step, "app-db/app  dump  3 of 9  public.files  1.0 MiB of about 1.0 MiB  512.0 "
                    "KiB/s  0:02");
    step.bytes++;
    must_say(&step, "app-db/app  dump  3 of 9  public.files  1.0 MiB  512.0 KiB/s  0:02");
}

static void what_is_not_known_is_not_told(void **state)
{
    const struct progress_step step = {.subject = "app-db/app", .phase = "restore"};

    must_say(&step, "app-db/app  restore  0 B  0 B/s  0:02");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_estimate_is_told_until_it_was_passed),
        cmocka_unit_test(what_is_not_known_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
