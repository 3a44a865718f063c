/* orchestrator/restore/volume.h: a file system, as `df -P -k` tells it.
 *
 * Layer: orchestrator/restore. Pure. Source: POSIX, df, "STDOUT" with -P: "Filesystem
 * 1024-blocks Used Available Capacity Mounted on", one line each; the first and the last may
 * hold blanks.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_VOLUME_H
#define PGKEEP_ORCHESTRATOR_RESTORE_VOLUME_H

#include <stddef.h>
#include <stdint.h>

struct volume {
    uint64_t total_bytes;
    uint64_t free_bytes; /* for whoever is not root */
};

/* Reads up to `most` file systems, each once however often it is listed; how many there are. */
size_t volume_read(const char *df, struct volume *out, size_t most);

/* What a server on it needs to go on working: for its WAL above all. */
uint64_t volume_reserve(const struct volume *volume);

#endif
