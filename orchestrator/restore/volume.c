#include "orchestrator/restore/volume.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1024
#define RESERVE_LEAST ((uint64_t)64 << 20)
#define RESERVE_MOST ((uint64_t)256 << 20)

/* Finds "1024-blocks Used Available Capacity%": three numbers and one with a percent sign. */
static bool volume_of_line(const char *line, struct volume *out)
{
    for (const char *at = line; *at; at++) {
        uint64_t total, used, available;
        int end = 0;

        if (!isdigit((unsigned char)*at) || (at > line && !isspace((unsigned char)at[-1])))
            continue;
        if (sscanf(at, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %*[0-9-]%%%n", &total, &used,
                   &available, &end) != 3 ||
            end == 0)
            continue;
        *out = (struct volume){.total_bytes = total * 1024, .free_bytes = available * 1024};
        return total > 0;
    }
    return false;
}

/* df tells a file system's line alike each time but for what is written meanwhile, so that its
 * name and where it is mounted decide. */
static bool is_same_system(const char *a, const char *b)
{
    size_t name = strcspn(a, " \t");
    const char *mount_a = strrchr(a, '%');
    const char *mount_b = strrchr(b, '%');

    return strncmp(a, b, name + 1) == 0 && mount_a && mount_b && strcmp(mount_a, mount_b) == 0;
}

size_t volume_read(const char *df, struct volume *out, size_t most)
{
    char seen[2][LINE_MAX_BYTES];
    size_t count = 0;

    while (*df && count < most && count < sizeof(seen) / sizeof(seen[0])) {
        size_t len = strcspn(df, "\n");
        char *line = seen[count];
        bool is_new = true;

        snprintf(line, LINE_MAX_BYTES, "%.*s", (int)len, df);
        df += len + (df[len] == '\n');
        for (size_t i = 0; i < count; i++)
            is_new = is_new && !is_same_system(seen[i], line);
        if (is_new && volume_of_line(line, &out[count]))
            count++;
    }
    return count;
}

uint64_t volume_reserve(const struct volume *volume)
{
    uint64_t least =
        volume->total_bytes / 8 < RESERVE_LEAST ? volume->total_bytes / 8 : RESERVE_LEAST;
    uint64_t share = volume->total_bytes / 50;

    if (share < least)
        return least;
    return share < RESERVE_MOST ? share : RESERVE_MOST;
}
