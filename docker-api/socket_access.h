/* docker-api/socket_access.h: why a process may not use an engine's socket, and what helps.
 *
 * Layer: docker-api, private to it.
 */
#ifndef PGKEEP_DOCKER_API_SOCKET_ACCESS_H
#define PGKEEP_DOCKER_API_SOCKET_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct socket_access {
    uid_t owner;
    gid_t group;
    mode_t mode;
    uid_t self;    /* the process's effective user */
    bool in_group; /* it is in the socket's group */
    /* The owner, or the group, has no number in this process's user namespace, as under
     * userns-remap. */
    bool owner_unmapped;
    bool group_unmapped;
};

/* Looks at the socket and at this process; false where it cannot be looked at. */
bool socket_access_read(const char *path, struct socket_access *out);

/* What to do about a refusal. The caller frees. Pure. */
char *socket_access_hint(const struct socket_access *access)
    __attribute__((warn_unused_result));

#endif
