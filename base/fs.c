#include "base/fs.h"
#include "base/fence.h"
#include "base/mem.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

void fs_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

char *fs_join(const char *folder, const char *name)
{
    size_t len = strlen(folder);

    return mem_printf("%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
}

/* lstat, where the fence lets us. */
static struct err *fs_place_stat(const struct fence_place *place, const char *path,
                                 struct stat *out)
{
    if (fstatat(place->folder_fd, place->name, out, AT_SYMLINK_NOFOLLOW) != 0)
        return err_errno("look at %s", path);
    return NULL;
}

MUST_USE struct err *fs_look(const char *path, struct stat *out)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;

    PASS(fence_find(path, &place));
    return fs_place_stat(&place, path, out);
}

bool fs_exists(const char *path)
{
    struct stat st;
    AUTO(err_freep) struct err *e = fs_look(path, &st);

    return e == NULL;
}

bool fs_is_dir(const char *path)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;
    AUTO(err_freep) struct err *e = fence_find(path, &place);
    struct stat st;

    return !e &&
           fstatat(place.folder_fd, place.name, &st, place.fenced ? AT_SYMLINK_NOFOLLOW : 0) ==
               0 &&
           S_ISDIR(st.st_mode);
}

/* Behind a fence only an ordinary file is opened. It is looked at before, as opening a device
 * may do something; and after, as somebody may have swapped it. O_NONBLOCK keeps us from
 * waiting for a FIFO's other end in between; with ordinary files it means nothing. */
static struct err *fs_open_fenced(const struct fence_place *place, const char *path, int flags,
                                  int *out_fd)
{
    AUTO(fs_closep) int fd = -1;
    struct stat st;

    if (fstatat(place->folder_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        PASS(fence_expect(path, st.st_mode, S_IFREG));
    fd = openat(place->folder_fd, place->name,
                flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno("open %s", path);
    if (fstat(fd, &st) != 0)
        return err_errno("look at %s", path);
    PASS(fence_expect(path, st.st_mode, S_IFREG));
    *out_fd = fd;
    fd = -1;
    return NULL;
}

MUST_USE struct err *fs_open_read(const char *path, int *out_fd)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;

    *out_fd = -1;
    PASS(fence_find(path, &place));
    if (place.fenced)
        return fs_open_fenced(&place, path, O_RDONLY, out_fd);
    *out_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*out_fd < 0)
        return err_errno("open %s", path);
    return NULL;
}

MUST_USE struct err *fs_open_lock(const char *path, int *out_fd)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;

    *out_fd = -1;
    PASS(fence_find(path, &place));
    return fs_open_fenced(&place, path, O_RDWR | O_CREAT, out_fd);
}

MUST_USE struct err *fs_create(const char *path, int *out_fd)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;

    *out_fd = -1;
    PASS(fence_find(path, &place));
    *out_fd =
        openat(place.folder_fd, place.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*out_fd < 0)
        return err_errno("create %s", path);
    return NULL;
}

MUST_USE struct err *fs_read(int fd, const char *path, void *data, size_t size, size_t *out_len)
{
    ssize_t got;

    do {
        got = read(fd, data, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_errno("read %s", path);
    *out_len = (size_t)got;
    return NULL;
}

/* What is larger than the cap by its size alone takes no memory first. */
static struct err *fs_check_fits(int fd, const char *path, const struct buf *out)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (uintmax_t)st.st_size > out->max - out->len)
        return err_new(ERR_TOO_LARGE, "read %s: more than %zu bytes", path, out->max);
    return NULL;
}

MUST_USE struct err *fs_read_file(const char *path, struct buf *out)
{
    AUTO(fs_closep) int fd = -1;
    char block[16384];
    size_t len = 0;

    PASS(fs_open_read(path, &fd));
    PASS(fs_check_fits(fd, path, out));
    for (;;) {
        PASS(fs_read(fd, path, block, sizeof(block), &len));
        if (len == 0)
            return NULL;
        TRY(buf_append(out, block, len), "read %s", path);
    }
}

MUST_USE struct err *fs_write_all(int fd, const char *path, const void *data, size_t len)
{
    const char *from = data;

    while (len > 0) {
        ssize_t done = write(fd, from, len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return err_errno("write %s", path);
        from += done;
        len -= (size_t)done;
    }
    return NULL;
}

MUST_USE struct err *fs_sync(int fd, const char *path)
{
    if (fsync(fd) != 0)
        return err_errno("fsync %s", path);
    return NULL;
}

MUST_USE struct err *fs_write_file(const char *path, const void *data, size_t len)
{
    AUTO(fs_closep) int fd = -1;

    PASS(fs_create(path, &fd));
    PASS(fs_write_all(fd, path, data, len));
    return fs_sync(fd, path);
}

MUST_USE struct err *fs_replace_file(const char *path, const void *data, size_t len)
{
    AUTO(mem_freep) char *for_dir = mem_strdup(path);
    AUTO(mem_freep) char *for_base = mem_strdup(path);
    const char *folder = dirname(for_dir);
    AUTO(mem_freep) char *fresh = mem_printf("%s/.%s.new", folder, basename(for_base));
    struct err *e;

    PASS(fs_remove_tree(fresh));
    e = fs_write_file(fresh, data, len);
    if (!e)
        e = fs_rename(fresh, path);
    if (e)
        return err_first(e, fs_remove_tree(fresh));
    return fs_sync_dir(folder);
}

MUST_USE struct err *fs_make_dir(const char *path)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;

    PASS(fence_find(path, &place));
    if (mkdirat(place.folder_fd, place.name, 0700) != 0)
        return err_errno("create folder %s", path);
    return NULL;
}

/* One that is there already is fine; whether it is a folder shows below it. */
static struct err *fs_make_on_the_way(const char *path)
{
    struct err *e = fs_make_dir(path);

    if (err_is(e, ERR_EXISTS))
        err_freep(&e);
    return e;
}

MUST_USE struct err *fs_make_dirs(const char *path)
{
    AUTO(mem_freep) char *copy = mem_strdup(path);
    struct stat st;
    struct err *e;

    for (char *p = copy; *p; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0';
        PASS(fs_make_on_the_way(copy));
        *p = '/';
    }
    e = fs_make_dir(copy);
    if (!err_is(e, ERR_EXISTS))
        return e;
    if (!fs_is_dir(copy)) {
        AUTO(err_freep) struct err *owned = e;

        PASS(fs_look(copy, &st));
        PASS(fence_expect(copy, st.st_mode, S_IFDIR));
        return TAKE(owned);
    }
    err_free(e);
    return NULL;
}

/* Opens a folder for reading; `what` for is said where that fails. */
static struct err *fs_open_dir(const struct fence_place *place, const char *what,
                               const char *path, int *out_fd)
{
    struct stat st;

    *out_fd = openat(place->folder_fd, place->name,
                     O_RDONLY | O_DIRECTORY | O_CLOEXEC | (place->fenced ? O_NOFOLLOW : 0));
    if (*out_fd >= 0)
        return NULL;
    if (place->fenced && (errno == ENOTDIR || errno == ELOOP) &&
        fstatat(place->folder_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        PASS(fence_expect(path, st.st_mode, S_IFDIR));
    return err_errno("%s folder %s", what, path);
}

MUST_USE struct err *fs_sync_dir(const char *path)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;
    AUTO(fs_closep) int fd = -1;

    PASS(fence_find(path, &place));
    PASS(fs_open_dir(&place, "open", path, &fd));
    return fs_sync(fd, path);
}

MUST_USE struct err *fs_rename(const char *from, const char *to)
{
    AUTO(fence_leave) struct fence_place old = FENCE_NOWHERE;
    AUTO(fence_leave) struct fence_place fresh = FENCE_NOWHERE;

    PASS(fence_find(from, &old));
    PASS(fence_find(to, &fresh));
    if (renameat(old.folder_fd, old.name, fresh.folder_fd, fresh.name) != 0)
        return err_errno("rename %s to %s", from, to);
    return NULL;
}

MUST_USE struct err *fs_rename_new(const char *from, const char *to)
{
    AUTO(fence_leave) struct fence_place old = FENCE_NOWHERE;
    AUTO(fence_leave) struct fence_place fresh = FENCE_NOWHERE;

    PASS(fence_find(from, &old));
    PASS(fence_find(to, &fresh));
    if (renameat2(old.folder_fd, old.name, fresh.folder_fd, fresh.name, RENAME_NOREPLACE) == 0)
        return NULL;
    if (errno == EINVAL || errno == ENOSYS) { /* NFS and others know no RENAME_NOREPLACE */
        if (!fs_exists(to))
            return fs_rename(from, to);
        errno = EEXIST;
    }
    return err_errno("rename %s to %s", from, to);
}

/* Takes the descriptor over. */
static struct err *fs_list_fd(int fd, const char *path, struct strv *out)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    struct err *e = NULL;

    if (!dir) {
        e = err_errno("list folder %s", path);
        close(fd);
        return e;
    }
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_push(out, entry->d_name);
    if (errno != 0)
        e = err_errno("list folder %s", path);
    closedir(dir);
    if (!e)
        strv_sort(out);
    return e;
}

MUST_USE struct err *fs_list_dir(const char *path, struct strv *out)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;
    int fd = -1;

    PASS(fence_find(path, &place));
    PASS(fs_open_dir(&place, "list", path, &fd));
    return fs_list_fd(fd, path, out);
}

/* Each folder is emptied through its own descriptor: where somebody swaps it for a link while
 * we are at work, nothing behind the link goes. */
static struct err *fs_remove_at(int folder_fd, const char *name, const char *path)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(fs_closep) int fd = -1;

    if (unlinkat(folder_fd, name, 0) == 0 || errno == ENOENT)
        return NULL;
    if (errno != EISDIR && errno != EPERM)
        return err_errno("remove %s", path);
    fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_errno("list folder %s", path);
    PASS(fs_list_fd(fcntl(fd, F_DUPFD_CLOEXEC, 0), path, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *inner = fs_join(path, names.items[i]);
        PASS(fs_remove_at(fd, names.items[i], inner));
    }
    if (unlinkat(folder_fd, name, AT_REMOVEDIR) != 0)
        return err_errno("remove folder %s", path);
    return NULL;
}

MUST_USE struct err *fs_remove_tree(const char *path)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;
    struct err *e = fence_find(path, &place);

    if (err_is(e, ERR_NOT_FOUND)) {
        err_free(e);
        return NULL;
    }
    PASS(e);
    return fs_remove_at(place.folder_fd, place.name, path);
}

void fs_remove_if_empty(const char *path)
{
    AUTO(fence_leave) struct fence_place place = FENCE_NOWHERE;
    AUTO(err_freep) struct err *e = fence_find(path, &place);

    if (!e)
        unlinkat(place.folder_fd, place.name, AT_REMOVEDIR);
}

MUST_USE struct err *fs_free_bytes(const char *path, uint64_t *out_bytes)
{
    struct statvfs st;

    if (statvfs(path, &st) != 0)
        return err_errno("look at the file system of %s", path);
    *out_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return NULL;
}

MUST_USE struct err *fs_file_size(const char *path, uint64_t *out_bytes)
{
    struct stat st;

    PASS(fs_look(path, &st));
    PASS(fence_expect(path, st.st_mode, S_IFREG));
    *out_bytes = (uint64_t)st.st_size;
    return NULL;
}
