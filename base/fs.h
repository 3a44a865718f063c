/* base/fs.h: files and folders, durable where it matters.
 *
 * Layer: base. Files are made 0600 and folders 0700 whatever the umask. Every error names the
 * path. Each function keeps to the fences (fence.h): below one, no link is followed, and what
 * is no ordinary file is not opened: ERR_PROTOCOL. Elsewhere links are followed as usual.
 */
#ifndef PGKEEP_BASE_FS_H
#define PGKEEP_BASE_FS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/strv.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* For AUTO: closes *fd if it is not negative. */
void fs_closep(int *fd);

/* "a/b"; the caller frees. */
char *fs_join(const char *folder, const char *name) MUST_USE;

/* True also for a link that leads nowhere. */
bool fs_exists(const char *path);

/* A link to a folder counts as one, but not behind a fence. */
bool fs_is_dir(const char *path);

/* As lstat: a link is shown, not followed. */
MUST_USE struct err *fs_look(const char *path, struct stat *out);

/* Appends the whole file; past the buffer's cap it is ERR_TOO_LARGE, by its size alone, before
 * anything is read. */
MUST_USE struct err *fs_read_file(const char *path, struct buf *out);

/* Creates (never overwrites) a file for writing; *out_fd is the caller's. */
MUST_USE struct err *fs_create(const char *path, int *out_fd);
MUST_USE struct err *fs_open_read(const char *path, int *out_fd);

/* Opens an ordinary file for reading and writing, made where it is not there; never a link,
 * whatever the fences. */
MUST_USE struct err *fs_open_lock(const char *path, int *out_fd);

/* All or error. `path` is for the message. */
MUST_USE struct err *fs_write_all(int fd, const char *path, const void *data, size_t len);

/* Reads up to `size` bytes, retried on EINTR; *out_len 0 is the end. */
MUST_USE struct err *fs_read(int fd, const char *path, void *data, size_t size,
                             size_t *out_len);

MUST_USE struct err *fs_sync(int fd, const char *path);

/* Writes a new file and fsyncs it. */
MUST_USE struct err *fs_write_file(const char *path, const void *data, size_t len);

/* Replaces a file atomically: writes .NAME.new beside it, fsyncs, renames, fsyncs the folder.
 */
MUST_USE struct err *fs_replace_file(const char *path, const void *data, size_t len);

/* Makes the folder and its missing parents; a folder already there is fine. */
MUST_USE struct err *fs_make_dirs(const char *path);

/* Makes exactly this folder; ERR_EXISTS if it is there. */
MUST_USE struct err *fs_make_dir(const char *path);
MUST_USE struct err *fs_sync_dir(const char *path);

/* Renames, replacing a file that is called so. */
MUST_USE struct err *fs_rename(const char *from, const char *to);

/* Renames without replacing: ERR_EXISTS if `to` is there. */
MUST_USE struct err *fs_rename_new(const char *from, const char *to);

/* The entries of a folder, sorted, without "." and "..". */
MUST_USE struct err *fs_list_dir(const char *path, struct strv *out);

/* Removes a file or a whole folder; nothing there is fine. Never follows symbolic links. */
MUST_USE struct err *fs_remove_tree(const char *path);

/* Removes a folder that holds nothing; any other stays. */
void fs_remove_if_empty(const char *path);

/* Bytes that this user may still write to the file system of `path`. */
MUST_USE struct err *fs_free_bytes(const char *path, uint64_t *out_bytes);

/* Of an ordinary file. */
MUST_USE struct err *fs_file_size(const char *path, uint64_t *out_bytes);

#endif
