/* orchestrator/session/tunnel_folder.h: a private folder with a listening Unix socket in it.
 *
 * Layer: orchestrator/session. BASE/pgkeep-tunnel-XXXXXX, mode 0700, under XDG_RUNTIME_DIR,
 * TMPDIR or /tmp, whichever can hold it first; in it .s.PGSQL.5432, as libpq expects. The
 * folder is locked (flock) before the socket is made, so what a killed process left can be told
 * from what is in use, and the next open sweeps it.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_FOLDER_H
#define PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_FOLDER_H

#include "base/err.h"

#define TUNNEL_FOLDER_PORT "5432"

struct tunnel_folder {
    char *path;
    int lock_fd;
    int listen_fd; /* non-blocking */
};

#define TUNNEL_FOLDER_INIT                                                                     \
    {                                                                                          \
        NULL, -1, -1                                                                           \
    }

/* Sweeps, then makes one. On an error nothing stays behind. */
MUST_USE struct err *tunnel_folder_open(struct tunnel_folder *out);

/* Closes and removes; one that is not open is fine. */
void tunnel_folder_close(struct tunnel_folder *folder);

/* Removes folders of this user under `base` whose process is gone. */
void tunnel_folder_sweep(const char *base);

#endif
