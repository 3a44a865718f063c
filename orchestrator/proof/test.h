/* orchestrator/proof/test.h: the restore test.
 *
 * Layer: orchestrator/proof. Restores a backup into a throwaway container (or a throwaway
 * database in the target's server), compares the copy with the source's fingerprint (prove.h),
 * runs the user's checks, and keeps what it found. It never touches the source database, its
 * tablespaces or its volumes.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_TEST_H
#define PGKEEP_ORCHESTRATOR_PROOF_TEST_H

#include "orchestrator/proof/prove.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/stream/progress.h"
#include "orchestrator/target/target.h"

enum verdict { VERDICT_EQUAL, VERDICT_DIFFERENT, VERDICT_UNPROVEN };

struct test_spec {
    struct engine *engine;
    struct repository *repository;
    const struct backup *backup;
    const struct settings *settings; /* in, image, check, memory, cpus, jobs, ... */
    const struct progress *progress;
    int64_t wait_ms;
};

struct test_result {
    enum verdict verdict;
    char *reason; /* of VERDICT_UNPROVEN */
    struct prove_result proof;
    struct strv notes;
    json_t *checks;
    bool in_container;
    char *image; /* as asked for, or the source's exact image id */
    char *image_id;
    char *server_version; /* of the copy */
    char *source_version; /* of the server that was backed up, its image and that one's id */
    char *source_image;
    char *source_image_id;
    int64_t restore_ms; /* measured recovery time of the data */
    int64_t elapsed_ms; /* of the whole test */
    int64_t at_unix_s;
};
void test_result_clear(struct test_result *result);

/* "equal", "different", "unproven" */
const char *verdict_name(enum verdict verdict);

/* NULL whenever there is a verdict. Errors: wrong usage, an interrupt. */
MUST_USE struct err *test_run(const struct test_spec *spec, struct test_result *out);

/* Writes the verdict to proof.json: beside an earlier proof where it must not replace it
 * (repository/rehearsal.h). By itself, so that the verdict can be told before: a disk that is
 * full must not hide it. Does nothing in a repository that is read-only. */
MUST_USE struct err *test_keep(const struct test_spec *spec, const struct test_result *result);

json_t *test_result_to_json(const struct test_result *result) MUST_USE;

#endif
