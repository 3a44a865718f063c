/* orchestrator/cli/test_report.h: run a restore test and show its proof.
 *
 * Layer: orchestrator/cli. Shared by `pgkeep test` and `pgkeep backup --test`.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_TEST_REPORT_H
#define PGKEEP_ORCHESTRATOR_CLI_TEST_REPORT_H

#include "docker-api/engine.h"
#include "orchestrator/cli/junit.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/settings.h"

struct test_request {
    struct engine *engine;
    struct repository *repository;
    const struct settings *settings;
    bool json; /* print nothing; give the proof to *out_json instead */
    struct junit
        *junit; /* gets a suite in every case but wrong usage and interrupts; or NULL */
};

/* ERR_BAD_BACKUP: the copy is different; ERR_UNPROVEN: it could not be made or compared.
 * *out_json (may be NULL) is the proof, the caller's. */
MUST_USE struct err *test_report(const struct test_request *request,
                                 const struct backup *backup, json_t **out_json);

#endif
