#include "base/fs.h"
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

bool fs_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

bool fs_is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

MUST_USE struct err *fs_open_read(const char *path, int *out_fd)
{
    *out_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*out_fd < 0)
        return err_errno("open %s", path);
    return NULL;
}

MUST_USE struct err *fs_create(const char *path, int *out_fd)
{
    *out_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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

MUST_USE struct err *fs_read_file(const char *path, struct buf *out)
{
    AUTO(fs_closep) int fd = -1;
    char block[16384];
    size_t len = 0;

    PASS(fs_open_read(path, &fd));
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
    if (!e && rename(fresh, path) != 0)
        e = err_errno("rename %s to %s", fresh, path);
    if (e)
        return err_first(e, fs_remove_tree(fresh));
    return fs_sync_dir(folder);
}

MUST_USE struct err *fs_make_dir(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return err_errno("create folder %s", path);
    return NULL;
}

MUST_USE struct err *fs_make_dirs(const char *path)
{
    AUTO(mem_freep) char *copy = mem_strdup(path);

    for (char *p = copy; *p; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return err_errno("create folder %s", copy);
        *p = '/';
    }
    if (mkdir(copy, 0700) != 0 && !(errno == EEXIST && fs_is_dir(copy)))
        return err_errno("create folder %s", copy);
    return NULL;
}

MUST_USE struct err *fs_sync_dir(const char *path)
{
    AUTO(fs_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_errno("open folder %s", path);
    return fs_sync(fd, path);
}

MUST_USE struct err *fs_rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return NULL;
    if (errno == EINVAL || errno == ENOSYS) { /* NFS and others know no RENAME_NOREPLACE */
        if (fs_exists(to))
            errno = EEXIST;
        else if (rename(from, to) == 0)
            return NULL;
    }
    return err_errno("rename %s to %s", from, to);
}

MUST_USE struct err *fs_list_dir(const char *path, struct strv *out)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return err_errno("list folder %s", path);
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strv_push(out, entry->d_name);
    if (errno != 0) {
        struct err *e = err_errno("list folder %s", path);
        closedir(dir);
        return e;
    }
    closedir(dir);
    strv_sort(out);
    return NULL;
}

MUST_USE struct err *fs_remove_tree(const char *path)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    if (unlink(path) == 0 || errno == ENOENT)
        return NULL;
    if (errno != EISDIR && errno != EPERM)
        return err_errno("remove %s", path);
    PASS(fs_list_dir(path, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *inner = fs_join(path, names.items[i]);
        PASS(fs_remove_tree(inner));
    }
    if (rmdir(path) != 0)
        return err_errno("remove folder %s", path);
    return NULL;
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

    if (stat(path, &st) != 0)
        return err_errno("look at %s", path);
    *out_bytes = (uint64_t)st.st_size;
    return NULL;
}
