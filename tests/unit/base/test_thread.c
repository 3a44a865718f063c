#include "base/thread.h"
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void *note_mask(void *ctx)
{
    pthread_sigmask(SIG_SETMASK, NULL, ctx);
    return NULL;
}

static void a_thread_takes_no_signal_and_the_starter_keeps_its_own(void **state)
{
    struct thread thread = {0};
    sigset_t before, after, inside;

    sigemptyset(&inside);
    sigemptyset(&before);
    sigaddset(&before, SIGUSR1);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    assert_null(thread_start(&thread, note_mask, &inside));
    assert_true(thread.started);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    thread_join(&thread);
    assert_true(sigismember(&inside, SIGINT) && sigismember(&inside, SIGTERM));
    assert_true(sigismember(&inside, SIGUSR1) && sigismember(&inside, SIGUSR2));
    assert_true(sigismember(&after, SIGUSR1) && !sigismember(&after, SIGINT));
}

static void it_is_joined_once_and_only_where_it_was_started(void **state)
{
    struct thread thread = {0};
    sigset_t inside;

    thread_join(&thread);
    assert_null(thread_start(&thread, note_mask, &inside));
    thread_join(&thread);
    assert_false(thread.started);
    thread_join(&thread);
    assert_null(thread_start(&thread, note_mask, &inside));
    thread_join(&thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_takes_no_signal_and_the_starter_keeps_its_own),
        cmocka_unit_test(it_is_joined_once_and_only_where_it_was_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
