/* A thread inherits the mask of whoever starts it, so it is set before and put back after:
 * there is no moment in which the new one could take a signal. */
#include "base/thread.h"
#include <signal.h>
#include <string.h>

MUST_USE struct err *thread_start(struct thread *thread, void *(*body)(void *ctx), void *ctx)
{
    sigset_t all, before;
    int number;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    number = pthread_create(&thread->id, NULL, body, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    thread->started = number == 0;
    return thread->started ? NULL : err_new(ERR_FAILED, "start a thread: %s", strerror(number));
}

void thread_join(struct thread *thread)
{
    if (thread->started)
        pthread_join(thread->id, NULL);
    thread->started = false;
}
