/* Podman's compatible API calls a container's end "died", and its removal "remove", and takes
 * no other words in a filter: with Docker's, only "start" came (Podman 4.3). So the filter is
 * here and knows both. */
#include "docker-api/container_event.h"
#include "base/mem.h"
#include <string.h>

bool container_event_is_change(const json_t *event)
{
    static const char *const actions[] = {"start", "restart", "die",     "died",   "stop",
                                          "pause", "unpause", "destroy", "remove", "rename"};
    const char *type = jsonx_string(event, "Type", "container");
    const char *action = jsonx_string(event, "Action", jsonx_string(event, "status", ""));

    if (strcmp(type, "container") != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (strcmp(action, actions[i]) == 0)
            return true;
    return strncmp(action, "health_status", strlen("health_status")) == 0;
}
