#include "orchestrator/repository/access.h"
#include "base/mem.h"
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Cuts the last component off; false where nothing is left to cut. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

bool access_is_read_only(const char *path)
{
    struct statvfs fs;

    return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

struct err *access_explain(struct err *e, const char *path)
{
    AUTO(mem_freep) char *at = NULL;
    struct stat st;

    if (!err_is(e, ERR_DENIED))
        return e;
    at = mem_strdup(path);
    while (stat(at, &st) != 0)
        if (!go_up(at))
            return e;
    if (access_is_read_only(at))
        return err_hint(e, "%s is on a file system that is mounted read-only", at);
    return err_hint(e, "%s belongs to uid %u, gid %u, mode %04o; pgkeep runs as uid %u, gid %u",
                    at, st.st_uid, st.st_gid, st.st_mode & 07777, geteuid(), getegid());
}
