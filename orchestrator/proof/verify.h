/* orchestrator/proof/verify.h: is a backup on disk still what was written?
 *
 * Layer: orchestrator/proof. Offline: needs neither engine nor server. Each file is read once;
 * the same bytes go to its SHA-256 and, for the dump, through its reader to the end. Memory is
 * bounded by the table of contents.
 *
 * Looked at: the manifest's and the proof's own seals, each file's size and SHA-256, files that
 * are missing or that nobody listed, the dump's structure, the rows of each table against the
 * manifest and against the source's fingerprint, the last line of globals.sql.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_VERIFY_H
#define PGKEEP_ORCHESTRATOR_PROOF_VERIFY_H

#include "base/err.h"
#include "orchestrator/repository/repository.h"
#include <stddef.h>
#include <stdint.h>

struct verify_finding {
    char *file; /* in the backup's folder */
    char *text; /* what is wrong with it */
};

struct verify_result {
    struct verify_finding *findings;
    size_t finding_count;
    uint64_t bytes;         /* read, of the manifest's files */
    uint64_t tables;        /* in the dump */
    uint64_t rows;          /* counted in the dump */
    uint64_t large_objects; /* in the dump */
    int64_t elapsed_ms;
};

/* on_progress may be NULL: called after each block. */
struct verify_listener {
    void (*on_progress)(void *ctx, const char *file, uint64_t done, uint64_t total);
    void *ctx;
};

/* ERR_BAD_BACKUP: *out has all findings. Where something could not be read or judged and
 * nothing was found bad, the error says why: ERR_IO for the disk, ERR_UNSUPPORTED for formats
 * newer than this pgkeep, ERR_NOT_FOUND for a backup that was removed meanwhile. `listener` may
 * be NULL; *out is the caller's in every case. */
MUST_USE struct err *verify_backup(const struct backup *backup,
                                   const struct verify_listener *listener,
                                   struct verify_result *out);

void verify_result_clear(struct verify_result *result);

#endif
