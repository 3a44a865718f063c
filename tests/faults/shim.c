/* tests/faults/shim.c: an LD_PRELOAD library that fails, or kills the process in, the n-th call
 * that touches files under a folder. Stands alone: it includes nothing of ours.
 *
 *   FAULT_PREFIX   the folder; calls on other paths pass through uncounted
 *   FAULT_CALLS    which calls count: a list of write, fsync, rename, open, mkdir, close,
 * unlink separated by commas; without it all of them. write has pwrite and writev with it,
 * fsync has fdatasync, unlink has unlinkat, rmdir and ftruncate FAULT_AT       the number of
 * the call to hit, from 1; without it none is hit FAULT_ERRNO    ENOSPC (without it), EIO,
 * EDQUOT, EROFS, EACCES or EINTR FAULT_ACTION   fail (without it); fail-on: this call and all
 * after it, as a full disk does; short: the first half is written, then fail-on; kill: SIGKILL
 * before the call; kill-after: SIGKILL right after it FAULT_COUNT    a file into which the
 * calls counted are written at the end of the process
 *
 * open counts only where it may write: with O_CREAT, O_WRONLY or O_RDWR, and with O_DIRECTORY,
 * which is how a folder is opened for fsync. A failing close has closed the descriptor, as
 * Linux does. The count goes over all threads; a child process counts anew.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The compiler would check calls of these names against the headers' attributes. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

enum verdict { PASS_ON, FAIL, FAIL_SHORT, KILL_AFTER };

static atomic_long counted;

#define REAL(name)                                                                             \
    static __typeof__(name) *real;                                                             \
    if (!real)                                                                                 \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

static bool under_prefix(const char *path)
{
    const char *prefix = getenv("FAULT_PREFIX");
    size_t len = prefix ? strlen(prefix) : 0;

    return len > 0 && strncmp(path, prefix, len) == 0 &&
           (path[len] == '\0' || path[len] == '/');
}

static bool call_counts(const char *call)
{
    const char *at = getenv("FAULT_CALLS");
    size_t len = strlen(call);

    if (!at || !*at)
        return true;
    for (; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (strncmp(at, call, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    return false;
}

static int chosen_errno(void)
{
    static const struct {
        const char *name;
        int number;
    } table[] = {{"EIO", EIO},
                 {"EDQUOT", EDQUOT},
                 {"EROFS", EROFS},
                 {"EACCES", EACCES},
                 {"EINTR", EINTR}};
    const char *name = getenv("FAULT_ERRNO");

    for (size_t i = 0; name && i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(name, table[i].name) == 0)
            return table[i].number;
    return ENOSPC;
}

static void kill_now(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static void log_call(const char *call, const char *path)
{
    const char *log = getenv("FAULT_LOG");
    char line[8192];
    int len, fd;

    if (!log)
        return;
    fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    len = snprintf(line, sizeof(line), "%s %s\n", call, path);
    if (fd >= 0 && syscall(SYS_write, fd, line, (size_t)len) == len)
        syscall(SYS_close, fd);
}

/* Counts a call on that path and says what becomes of it; errno is set for FAIL. */
static enum verdict judge(const char *call, const char *path)
{
    const char *at_text = getenv("FAULT_AT");
    const char *action = getenv("FAULT_ACTION");
    long at = at_text ? atol(at_text) : 0;
    bool on, shortened;
    long number;

    if (!under_prefix(path) || !call_counts(call))
        return PASS_ON;
    log_call(call, path);
    number = atomic_fetch_add(&counted, 1) + 1;
    action = action ? action : "fail";
    shortened = strcmp(action, "short") == 0;
    on = shortened || strcmp(action, "fail-on") == 0;
    if (at < 1 || number < at || (number > at && !on))
        return PASS_ON;
    if (strcmp(action, "kill") == 0)
        kill_now();
    if (strcmp(action, "kill-after") == 0)
        return KILL_AFTER;
    errno = chosen_errno();
    return shortened && number == at ? FAIL_SHORT : FAIL;
}

static enum verdict judge_fd(const char *call, int fd)
{
    char link[64], path[4096];
    int saved = errno;
    int flags = fcntl(fd, F_GETFL);
    ssize_t len;

    errno = saved;
    if (flags >= 0 && (flags & O_PATH))
        return PASS_ON;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path) - 1);
    errno = saved;
    if (len < 0)
        return PASS_ON;
    path[len] = '\0';
    return judge(call, path);
}

/* A path that is relative to a folder's descriptor is found through /proc. */
static enum verdict judge_at(const char *call, int folder, const char *path)
{
    char link[64], whole[8192];
    ssize_t len;

    if (path[0] == '/' || folder == AT_FDCWD)
        return judge(call, path);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    len = readlink(link, whole, sizeof(whole) / 2);
    if (len < 0)
        return PASS_ON;
    snprintf(whole + len, sizeof(whole) - (size_t)len, "/%s", path);
    return judge(call, whole);
}

#define THROUGH(verdict, call)                                                                 \
    do {                                                                                       \
        __typeof__(call) result_;                                                              \
        if ((verdict) == FAIL || (verdict) == FAIL_SHORT)                                      \
            return -1;                                                                         \
        result_ = (call);                                                                      \
        if ((verdict) == KILL_AFTER)                                                           \
            kill_now();                                                                        \
        return result_;                                                                        \
    } while (0)

ssize_t write(int fd, const void *data, size_t len)
{
    enum verdict v = judge_fd("write", fd);

    REAL(write);
    if (v == FAIL_SHORT && len > 1)
        return real(fd, data, len / 2);
    THROUGH(v, real(fd, data, len));
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
    enum verdict v = judge_fd("write", fd);

    REAL(pwrite);
    THROUGH(v, real(fd, data, len, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    enum verdict v = judge_fd("write", fd);

    REAL(writev);
    THROUGH(v, real(fd, parts, count));
}

int fsync(int fd)
{
    enum verdict v = judge_fd("fsync", fd);

    REAL(fsync);
    THROUGH(v, real(fd));
}

int fdatasync(int fd)
{
    enum verdict v = judge_fd("fsync", fd);

    REAL(fdatasync);
    THROUGH(v, real(fd));
}

int ftruncate(int fd, off_t len)
{
    enum verdict v = judge_fd("unlink", fd);

    REAL(ftruncate);
    THROUGH(v, real(fd, len));
}

int close(int fd)
{
    enum verdict v = judge_fd("close", fd);
    int number = errno;

    REAL(close);
    if (v == FAIL || v == FAIL_SHORT) {
        real(fd);
        errno = number;
    }
    THROUGH(v, real(fd));
}

int rename(const char *from, const char *to)
{
    enum verdict v = judge("rename", from);

    REAL(rename);
    THROUGH(v, real(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    enum verdict v = judge_at("rename", from_folder, from);

    REAL(renameat);
    THROUGH(v, real(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned int flags)
{
    enum verdict v = judge_at("rename", from_folder, from);

    REAL(renameat2);
    THROUGH(v, real(from_folder, from, to_folder, to, flags));
}

int mkdir(const char *path, mode_t mode)
{
    enum verdict v = judge("mkdir", path);

    REAL(mkdir);
    THROUGH(v, real(path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    enum verdict v = judge_at("mkdir", folder, path);

    REAL(mkdirat);
    THROUGH(v, real(folder, path, mode));
}

int unlink(const char *path)
{
    enum verdict v = judge("unlink", path);

    REAL(unlink);
    THROUGH(v, real(path));
}

int unlinkat(int folder, const char *path, int flags)
{
    enum verdict v = judge_at("unlink", folder, path);

    REAL(unlinkat);
    THROUGH(v, real(folder, path, flags));
}

int rmdir(const char *path)
{
    enum verdict v = judge("unlink", path);

    REAL(rmdir);
    THROUGH(v, real(path));
}

/* -- open in its many names -- */

/* O_PATH is how folders are passed through on the way to a file: a step of looking it up. */
static bool may_write(int flags)
{
    if (flags & O_PATH)
        return false;
    return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0 || (flags & O_DIRECTORY) != 0;
}

static int open_through(int folder, const char *path, int flags, mode_t mode)
{
    enum verdict v = may_write(flags) ? judge_at("open", folder, path) : PASS_ON;

    THROUGH(v, (int)syscall(SYS_openat, folder, path, flags, mode));
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(args, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                                                      \
    int name(const char *path, int flags, ...)                                                 \
    {                                                                                          \
        va_list args;                                                                          \
        mode_t mode;                                                                           \
                                                                                               \
        va_start(args, flags);                                                                 \
        mode = mode_of(flags, args);                                                           \
        va_end(args);                                                                          \
        return open_through(AT_FDCWD, path, flags, mode);                                      \
    }

#define DEFINE_OPENAT(name)                                                                    \
    int name(int folder, const char *path, int flags, ...)                                     \
    {                                                                                          \
        va_list args;                                                                          \
        mode_t mode;                                                                           \
                                                                                               \
        va_start(args, flags);                                                                 \
        mode = mode_of(flags, args);                                                           \
        va_end(args);                                                                          \
        return open_through(folder, path, flags, mode);                                        \
    }

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* What -D_FORTIFY_SOURCE makes of open without a mode. */
int __open_2(const char *path, int flags)
{
    return open_through(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_through(AT_FDCWD, path, flags, 0);
}

__attribute__((destructor)) static void write_count(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    int len, fd;

    if (!path)
        return;
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    len = snprintf(text, sizeof(text), "%ld\n", atomic_load(&counted));
    if (fd >= 0 && syscall(SYS_write, fd, text, (size_t)len) == len)
        syscall(SYS_close, fd);
}
