/* orchestrator/service/service.h: `pgkeep run`, the sidecar's long-running command.
 *
 * Layer: orchestrator/service. Keeps the targets in view: sweeps what crashed runs left
 * (throwaway containers, containers that a restore had stopped), and logs targets as they come
 * and go. Backups are started by `docker exec SIDECAR pgkeep backup` or host cron.
 */
#ifndef PGKEEP_ORCHESTRATOR_SERVICE_SERVICE_H
#define PGKEEP_ORCHESTRATOR_SERVICE_SERVICE_H

#include "docker-api/engine.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/settings.h"

struct service_spec {
    struct engine *engine;
    struct repository *repository;
    const struct settings *settings;
};

/* Returns NULL after SIGTERM or SIGINT, which is how a service ends. An engine that restarts is
 * waited for. */
MUST_USE struct err *service_run(const struct service_spec *spec);

#endif
