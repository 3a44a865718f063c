#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/repository.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME ".lock"
#define LOCK_MAX_BYTES ((size_t)4 << 10)

struct lock {
    int fd;
};

/* A file of two names is also somebody else's: of a copy made with hard links, or of one who
 * would have us write over his neighbour's. */
static bool lock_is_ours_alone(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink == 1;
}

/* The holder's words, for those who come later. The lock itself is the kernel's, so a full disk
 * that takes no words must not keep anyone from pruning. */
static void describe_holder(int fd, const char *what)
{
    AUTO(jsonx_freep) json_t *root = json_object();
    AUTO(mem_freep) char *text = NULL;
    AUTO(err_freep) struct err *ignored = NULL;
    char host[HOST_NAME_MAX + 1] = "";
    char since[CLOCK_TEXT_SIZE];

    gethostname(host, sizeof(host) - 1);
    clock_rfc3339(clock_unix_s(), since);
    jsonx_set_int(root, "pid", getpid());
    jsonx_set_string(root, "host", host);
    jsonx_set_string(root, "what", what);
    jsonx_set_string(root, "since", since);
    text = jsonx_compact(root);
    if (lock_is_ours_alone(fd) && ftruncate(fd, 0) == 0)
        ignored = fs_write_all(fd, LOCK_NAME, text, strlen(text));
}

static struct err *busy(const char *path, const char *target)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(LOCK_MAX_BYTES);
    AUTO(jsonx_freep) json_t *root = NULL;
    AUTO(err_freep) struct err *unreadable = fs_read_file(path, &text);

    if (!unreadable)
        unreadable = jsonx_parse(buf_text(&text), text.len, &root);
    if (unreadable) /* the holder has not written it yet */
        return err_new(ERR_BUSY, "busy: %s is locked by another pgkeep", target);
    return err_hint(err_new(ERR_BUSY, "busy: %s is locked by pid %lld on %s (%s, since %s)",
                            target, (long long)jsonx_int(root, "pid", 0),
                            jsonx_string(root, "host", "?"), jsonx_string(root, "what", "?"),
                            jsonx_string(root, "since", "?")),
                    "wait until it has ended; the lock ends with that process, there is "
                    "nothing to remove");
}

static struct err *take(const char *path, const char *target, int *out_fd)
{
    PASS(fs_open_lock(path, out_fd));
    while (flock(*out_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EWOULDBLOCK)
            return busy(path, target);
        return err_hint(err_errno("lock %s", path),
                        "the repository's file system must know flock");
    }
    return NULL;
}

/* Nothing can be made there, but where another mount lets others write, they have made the file
 * and lock it: who can lock it too does. Some file systems want it open for writing: then, and
 * where there is none, nobody is kept out. */
static struct err *take_read_only(const char *path, const char *target, int *out_fd)
{
    AUTO(err_freep) struct err *absent = fs_open_read(path, out_fd);

    if (!absent && flock(*out_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return busy(path, target);
    return NULL;
}

static struct err *make_lock(const char *folder, const char *path, const char *target,
                             const char *what, int *out_fd)
{
    PASS(access_explain(fs_make_dirs(folder), folder));
    PASS(access_explain(take(path, target, out_fd), path));
    describe_holder(*out_fd, what);
    return NULL;
}

struct err *lock_target(struct repository *repository, const char *target, const char *what,
                        struct lock **out)
{
    AUTO(mem_freep) char *name = name_escape(target);
    AUTO(mem_freep) char *folder = fs_join(repository_path(repository), name);
    AUTO(mem_freep) char *path = fs_join(folder, LOCK_NAME);
    AUTO(lock_freep) struct lock *lock = mem_new(1, sizeof(*lock));

    lock->fd = -1;
    if (!repository_is_read_only(repository))
        PASS(repository_do_without(repository,
                                   make_lock(folder, path, target, what, &lock->fd)));
    if (repository_is_read_only(repository))
        PASS(take_read_only(path, target, &lock->fd));
    *out = TAKE(lock);
    return NULL;
}

void lock_free(struct lock *lock)
{
    if (!lock)
        return;
    fs_closep(&lock->fd);
    free(lock);
}

void lock_freep(struct lock **lock)
{
    lock_free(*lock);
    *lock = NULL;
}
