/* base/fence.h: folders whose contents others may have written.
 *
 * Layer: base. Below a fenced folder no name is trusted: its folders are entered one by one, no
 * symbolic link is followed, nothing leads out, and only ordinary files are opened (a FIFO
 * would block for ever, a device may do anything). The fence is put up once; every function of
 * fs.h keeps to it by the path alone, so whoever forms such a path cannot forget it. The folder
 * itself and what lies above may be links: they are the user's own choice.
 */
#ifndef PGKEEP_BASE_FENCE_H
#define PGKEEP_BASE_FENCE_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/stat.h>

/* Puts the fence up and takes it down again; as often as it was put up. `folder` is the very
 * text that paths below begin with. Not while other threads work with files. */
void fence_add(const char *folder);
void fence_remove(const char *folder);

/* Where a path leads: what is called `name` in the folder `folder_fd`. */
struct fence_place {
    int folder_fd; /* AT_FDCWD outside of every fence */
    char *name;
    bool fenced;
};

/* Finds the place of `path`; its last component need not be there. Below a fence, ERR_NOT_FOUND
 * where a folder on the way is not there, ERR_PROTOCOL where one is a link or no folder, or the
 * path would lead out. */
MUST_USE struct err *fence_find(const char *path, struct fence_place *out);

/* For AUTO. */
void fence_leave(struct fence_place *place);

#define FENCE_NOWHERE                                                                          \
    {                                                                                          \
        -1, NULL, false                                                                        \
    }

/* ERR_PROTOCOL unless that mode is of a `wanted` (S_IFREG, S_IFDIR): "PATH is a symbolic link,
 * not an ordinary file". */
MUST_USE struct err *fence_expect(const char *path, mode_t mode, mode_t wanted);

#endif
