#include "orchestrator/session/tunnel_folder.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "pgkeep-tunnel-"
#define SOCKET_NAME ".s.PGSQL." TUNNEL_FOLDER_PORT
/* Between making a folder and locking it lie microseconds; this is plenty. */
#define YOUNG_S 60
#define BACKLOG 64

/* True where the folder is ours by owner, kind and mode, and nobody holds it: locked by *out_fd
 * then. */
static bool take_dead(const char *path, int *out_fd)
{
    struct stat st;

    *out_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*out_fd < 0)
        return false;
    return fstat(*out_fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 0777) == 0700 &&
           flock(*out_fd, LOCK_EX | LOCK_NB) == 0 &&
           (faccessat(*out_fd, SOCKET_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
            st.st_mtime + YOUNG_S < clock_unix_s());
}

static void sweep_one(const char *path)
{
    AUTO(fs_closep) int fd = -1;

    if (!take_dead(path, &fd))
        return;
    unlinkat(fd, SOCKET_NAME, 0);
    if (rmdir(path) == 0)
        log_debug("removed %s, which a killed run left", path);
}

void tunnel_folder_sweep(const char *base)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;

    /* What cannot be listed is not swept. */
    err_free(fs_list_dir(base, &names));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *path = fs_join(base, names.items[i]);

        if (strncmp(names.items[i], PREFIX, strlen(PREFIX)) == 0)
            sweep_one(path);
    }
}

static struct err *listen_in(struct tunnel_folder *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    AUTO(mem_freep) char *path = fs_join(folder->path, SOCKET_NAME);

    memcpy(address.sun_path, path, strlen(path) + 1);
    folder->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (folder->listen_fd < 0)
        return err_errno("make a socket");
    if (bind(folder->listen_fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return err_errno("make the socket %s", path);
    if (listen(folder->listen_fd, BACKLOG) != 0)
        return err_errno("listen on %s", path);
    return NULL;
}

static struct err *open_under(const char *base, struct tunnel_folder *folder)
{
    AUTO(mem_freep) char *path = mem_printf("%s/" PREFIX "XXXXXX", base);

    if (strlen(path) + sizeof("/" SOCKET_NAME) > sizeof(((struct sockaddr_un *)0)->sun_path))
        return err_new(ERR_UNSUPPORTED, "the name of %s is too long for a socket", base);
    if (!mkdtemp(path))
        return err_errno("make a folder in %s", base);
    folder->path = TAKE(path);
    folder->lock_fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->lock_fd < 0 || flock(folder->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return err_errno("lock %s", folder->path);
    return listen_in(folder);
}

MUST_USE struct err *tunnel_folder_open(struct tunnel_folder *out)
{
    const char *bases[] = {getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp"};
    struct err *e = NULL;

    *out = (struct tunnel_folder)TUNNEL_FOLDER_INIT;
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        if (!bases[i] || bases[i][0] != '/')
            continue;
        tunnel_folder_sweep(bases[i]);
        err_free(e);
        e = open_under(bases[i], out);
        if (!e)
            return NULL;
        tunnel_folder_close(out);
    }
    return e;
}

void tunnel_folder_close(struct tunnel_folder *folder)
{
    if (folder->path) {
        AUTO(mem_freep) char *path = fs_join(folder->path, SOCKET_NAME);

        unlink(path);
        rmdir(folder->path);
    }
    fs_closep(&folder->listen_fd);
    fs_closep(&folder->lock_fd);
    mem_freep(&folder->path);
    *folder = (struct tunnel_folder)TUNNEL_FOLDER_INIT;
}
