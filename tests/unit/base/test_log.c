/* One pipe takes results and log lines alike, and a reader goes by their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int saved[2];
static FILE *both;

static void begin(void)
{
    fflush(stdout);
    fflush(stderr);
    both = tmpfile();
    assert_non_null(both);
    for (int fd = 0; fd < 2; fd++) {
        saved[fd] = dup(fd + 1);
        dup2(fileno(both), fd + 1);
    }
}

static void end(char *text, size_t size)
{
    fflush(stdout);
    fflush(stderr);
    for (int fd = 0; fd < 2; fd++) {
        dup2(saved[fd], fd + 1);
        close(saved[fd]);
    }
    rewind(both);
    text[fread(text, 1, size - 1, both)] = '\0';
    fclose(both);
}

static void a_result_stands_before_what_is_logged_after_it(void **state)
{
    char text[512];
    struct err *e = err_hint(err_new(ERR_FAILED, "no space"), "make some");

    begin();
    printf("first result\n");
    log_info("first line");
    printf("second result\n");
    log_debug("of no account");
    log_err(LOG_WARN, "app-db/app", e);
    printf("third result\n");
    end(text, sizeof(text));
    err_free(e);
    assert_string_equal(text, "first result\nfirst line\nsecond result\n"
                              "warning: app-db/app: no space\nhint: make some\n"
                              "third result\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_stands_before_what_is_logged_after_it),
    };

    /* as into a pipe, whatever this test's own stdout is */
    setvbuf(stdout, NULL, _IOFBF, 4096);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
