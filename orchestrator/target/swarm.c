/* A task is called SERVICE.SLOT.ID, of a global service SERVICE.NODE.ID; a node's id has
 * letters, and 25 digits of base 36 could be all numbers, so a slot is short. */
#include "orchestrator/target/swarm.h"
#include <stdlib.h>
#include <string.h>

#define SLOT_DIGITS_MAX 9

const char *swarm_service(const json_t *labels)
{
    return jsonx_string(labels, "com.docker.swarm.service.name", "");
}

const char *swarm_stack(const json_t *labels)
{
    return jsonx_string(labels, "com.docker.stack.namespace", "");
}

long swarm_slot(const json_t *labels)
{
    const char *service = swarm_service(labels);
    const char *task = jsonx_string(labels, "com.docker.swarm.task.name", "");
    size_t len = strlen(service);
    size_t digits;

    if (len == 0 || strncmp(task, service, len) != 0 || task[len] != '.')
        return 0;
    task += len + 1;
    digits = strspn(task, "0123456789");
    if (digits == 0 || digits > SLOT_DIGITS_MAX || task[digits] != '.')
        return 0;
    return strtol(task, NULL, 10);
}

static bool runs(const json_t *container)
{
    const char *state = jsonx_string(container, "State", "");

    return strcmp(state, "running") == 0 || strcmp(state, "paused") == 0 ||
           strcmp(state, "restarting") == 0;
}

/* Two of one second are told apart by their ids, so that one of them stays. */
static bool is_later(const json_t *a, const json_t *b)
{
    int64_t at = jsonx_int(a, "Created", 0);
    int64_t bt = jsonx_int(b, "Created", 0);

    return at != bt ? at > bt
                    : strcmp(jsonx_string(a, "Id", ""), jsonx_string(b, "Id", "")) > 0;
}

bool swarm_is_past(const json_t *containers, const json_t *container)
{
    const json_t *labels = json_object_get(container, "Labels");
    const char *service = swarm_service(labels);
    size_t i;
    const json_t *other;

    if (!*service || runs(container))
        return false;
    json_array_foreach(containers, i, other)
    {
        const json_t *others = json_object_get(other, "Labels");

        if (other == container || strcmp(swarm_service(others), service) != 0)
            continue;
        if (runs(other) ||
            (swarm_slot(others) == swarm_slot(labels) && is_later(other, container)))
            return true;
    }
    return false;
}
