/* A group helps only where the socket's mode lets its group in (Podman's is 0600) and where the
 * group is one that this process can be in at all: in a user namespace of its own (dockerd's
 * userns-remap, rootless engines) users without a number there show as the overflow user, and
 * no group_add reaches them. See user_namespaces(7). */
#include "docker-api/socket_access.h"
#include "base/mem.h"
#include "base/own.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTS 02 /* connecting takes the right to write */

/* The one number of a file like /proc/sys/kernel/overflowuid. */
static long number_in(const char *path, long otherwise)
{
    FILE *file = fopen(path, "re");
    long number = otherwise;

    if (!file)
        return otherwise;
    if (fscanf(file, "%ld", &number) != 1)
        number = otherwise;
    fclose(file);
    return number;
}

/* Whether each number outside has one here: then the overflow user is nobody, and no riddle. */
static bool maps_all(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned inside = 0;
    unsigned outside = 0;
    unsigned count = UINT32_MAX;
    bool whole = true;

    if (!file)
        return true;
    if (fscanf(file, "%u %u %u", &inside, &outside, &count) == 3)
        whole = inside == 0 && outside == 0 && count == UINT32_MAX;
    fclose(file);
    return whole;
}

static bool in_group(gid_t group)
{
    int count = getgroups(0, NULL);
    AUTO(mem_freep) gid_t *groups = mem_new(count > 0 ? (size_t)count : 1, sizeof(*groups));

    if (getegid() == group)
        return true;
    count = getgroups(count, groups);
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

bool socket_access_read(const char *path, struct socket_access *out)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return false;
    *out = (struct socket_access){
        .owner = st.st_uid,
        .group = st.st_gid,
        .mode = st.st_mode & 0777,
        .self = geteuid(),
        .in_group = in_group(st.st_gid),
        .owner_unmapped = !maps_all("/proc/self/uid_map") &&
                          st.st_uid == number_in("/proc/sys/kernel/overflowuid", 65534),
        .group_unmapped = !maps_all("/proc/self/gid_map") &&
                          st.st_gid == number_in("/proc/sys/kernel/overflowgid", 65534),
    };
    return true;
}

char *socket_access_hint(const struct socket_access *access)
{
    bool group_may = (access->mode >> 3 & CONNECTS) == CONNECTS;
    bool owner_may = (access->mode >> 6 & CONNECTS) == CONNECTS;
    unsigned group = (unsigned)access->group;
    unsigned owner = (unsigned)access->owner;

    if (access->owner_unmapped && (access->group_unmapped || !group_may))
        return mem_strdup("the socket belongs to a user that does not exist in this user "
                          "namespace (userns-remap, or a rootless engine), so no group helps: "
                          "in compose set userns_mode: \"host\"");
    if ((access->self == access->owner && owner_may) || (access->in_group && group_may))
        return mem_strdup("the socket's mode lets this user in, so something else forbids it, "
                          "as SELinux does: in compose set security_opt: [\"label=disable\"]");
    if (!group_may)
        return mem_printf("the socket's mode (%04o) lets nobody in but its owner, so no group "
                          "helps: run as user %u, in compose user: \"%u:%u\"",
                          (unsigned)access->mode, owner, owner, group);
    return mem_printf("run as root, add this user to the group that owns the socket (gid %u, "
                      "mostly \"docker\"), or in compose set group_add: [\"%u\"]",
                      group, group);
}
