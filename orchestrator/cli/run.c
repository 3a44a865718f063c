/* pgkeep run: the service. */
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/service/service.h"

MUST_USE struct err *cli_run(const struct invocation *invocation)
{
    AUTO(engine_closep) struct engine *engine = NULL;
    AUTO(repository_freep) struct repository *repository = NULL;
    struct service_spec spec = {.settings = invocation->settings};

    PASS(connect_repository(invocation->settings, true, &repository));
    PASS(connect_engine(invocation->settings, &engine));
    spec.engine = engine;
    spec.repository = repository;
    return service_run(&spec);
}
