#include "base/fence.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each folder on the way is opened from the one before, with O_NOFOLLOW, and held: what
 * somebody swaps meanwhile changes nothing. openat2 with RESOLVE_BENEATH would do it in one
 * call, but old kernels have none and seccomp profiles of containers refuse it, so the walk
 * would be needed beside it; it costs four short calls a file. */

/* The process has one set of fences, as it has one working directory. */
static struct {
    char **folders;
    size_t count;
} fences;

void fence_add(const char *folder)
{
    fences.folders = mem_resize(fences.folders, fences.count + 1, sizeof(char *));
    fences.folders[fences.count++] = mem_strdup(folder);
}

void fence_remove(const char *folder)
{
    for (size_t i = fences.count; i > 0; i--) {
        if (strcmp(fences.folders[i - 1], folder) != 0)
            continue;
        free(fences.folders[i - 1]);
        fences.folders[i - 1] = fences.folders[--fences.count];
        break;
    }
    if (fences.count == 0)
        mem_freep(&fences.folders);
}

/* What of the path lies below that folder, or NULL. */
static const char *fence_below(const char *folder, const char *path)
{
    size_t len = strlen(folder);

    if (strncmp(path, folder, len) != 0 || (path[len] != '/' && folder[len - 1] != '/'))
        return NULL;
    path += len;
    path += strspn(path, "/");
    return *path ? path : NULL;
}

/* The fence that the path is behind, and the rest of the path; NULL: none. */
static const char *fence_of(const char *path, const char **rest)
{
    for (size_t i = 0; i < fences.count; i++) {
        *rest = fence_below(fences.folders[i], path);
        if (*rest)
            return fences.folders[i];
    }
    return NULL;
}

static const char *fence_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFLNK:
        return "a symbolic link";
    case S_IFDIR:
        return "a folder";
    case S_IFREG:
        return "an ordinary file";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

struct err *fence_expect(const char *path, mode_t mode, mode_t wanted)
{
    if ((mode & S_IFMT) == wanted)
        return NULL;
    return err_hint(
        err_new(ERR_PROTOCOL, "%s is %s, not %s", path, fence_kind(mode), fence_kind(wanted)),
        "in a repository pgkeep follows no link and opens ordinary files only");
}

/* O_PATH with O_NOFOLLOW and O_DIRECTORY says ENOTDIR of a link too. */
static struct err *fence_refused(int at, const char *name, const char *path)
{
    int number = errno;
    struct stat st;

    if ((number == ENOTDIR || number == ELOOP) &&
        fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        PASS(fence_expect(path, st.st_mode, S_IFDIR));
    errno = number;
    return err_errno("open folder %s", path);
}

/* Replaces *at by the folder `name` in it. `path` is for the message. */
static struct err *fence_enter(int *at, const char *name, const char *path)
{
    int fd = openat(*at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return fence_refused(*at, name, path);
    close(*at);
    *at = fd;
    return NULL;
}

static bool leads_out(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Walks `rest`, the end of `path`, and leaves its last component as the place's name. */
static struct err *fence_walk(const char *path, const char *rest, struct fence_place *place)
{
    size_t above = strlen(path) - strlen(rest);
    AUTO(mem_freep) char *names = mem_strdup(rest);
    char *save = NULL;
    char *name = strtok_r(names, "/", &save);

    for (char *next; name; name = next) {
        AUTO(mem_freep) char *so_far =
            mem_strndup(path, above + (size_t)(name - names) + strlen(name));

        if (leads_out(name))
            return err_new(ERR_PROTOCOL, "%s leads out of its folder", path);
        next = strtok_r(NULL, "/", &save);
        if (next)
            PASS(fence_enter(&place->folder_fd, name, so_far));
        else
            mem_replace(&place->name, name);
    }
    return NULL;
}

struct err *fence_find(const char *path, struct fence_place *out)
{
    AUTO(fence_leave) struct fence_place place = {.folder_fd = AT_FDCWD};
    const char *rest = NULL;
    const char *fence = fence_of(path, &rest);

    if (fence) {
        place.fenced = true;
        place.folder_fd = open(fence, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place.folder_fd < 0)
            return err_errno("open folder %s", fence);
        PASS(fence_walk(path, rest, &place));
    } else {
        place.name = mem_strdup(path);
    }
    *out = place;
    place = (struct fence_place)FENCE_NOWHERE;
    return NULL;
}

void fence_leave(struct fence_place *place)
{
    if (place->folder_fd >= 0)
        close(place->folder_fd);
    place->folder_fd = -1;
    mem_freep(&place->name);
}
