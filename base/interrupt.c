#include "base/interrupt.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Lock-free, so a handler may set them and any thread may look. */
static atomic_int came;
static atomic_int came_at_s;
static _Thread_local int held;

static void on_signal(int number)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (came == number && now.tv_sec > came_at_s + 1)
        _exit(128 + number);
    if (!came)
        came_at_s = (int)now.tv_sec;
    came = number;
}

void interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

MUST_USE struct err *interrupt_check(void)
{
    if (!came || held > 0)
        return NULL;
    return err_new(ERR_INTERRUPTED, "interrupted by %s", came == SIGINT ? "SIGINT" : "SIGTERM");
}

void interrupt_hold(void)
{
    held++;
}

void interrupt_release(void)
{
    held--;
}

int interrupt_signal(void)
{
    return came;
}
