#include "orchestrator/target/name.h"
#include "base/mem.h"
#include "orchestrator/target/swarm.h"
#include <string.h>

static bool is_generated(const char *name, const char *project, const char *service,
                         const char *number)
{
    AUTO(mem_freep) char *by_compose_1 = mem_printf("%s_%s_%s", project, service, number);
    AUTO(mem_freep) char *by_compose_2 = mem_printf("%s-%s-%s", project, service, number);

    return strcmp(name, by_compose_1) == 0 || strcmp(name, by_compose_2) == 0;
}

/* Its container's name changes with each attempt. */
static char *name_of_task(const json_t *labels)
{
    long slot = swarm_slot(labels);

    return slot > 1 ? mem_printf("%s-%ld", swarm_service(labels), slot)
                    : mem_strdup(swarm_service(labels));
}

char *target_name_make(const char *container_name, const json_t *labels,
                       const char *own_project)
{
    const char *project = jsonx_string(labels, "com.docker.compose.project", "");
    const char *service = jsonx_string(labels, "com.docker.compose.service", "");
    const char *number = jsonx_string(labels, "com.docker.compose.container-number", "1");
    bool first = strcmp(number, "1") == 0;

    if (*swarm_service(labels))
        return name_of_task(labels);
    if (!*project || !*service || !is_generated(container_name, project, service, number))
        return mem_strdup(container_name);
    if (*own_project && strcmp(project, own_project) == 0)
        return mem_printf("%s%s%s", service, first ? "" : "-", first ? "" : number);
    return mem_printf("%s-%s%s%s", project, service, first ? "" : "-", first ? "" : number);
}
