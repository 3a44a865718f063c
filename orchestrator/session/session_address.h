/* orchestrator/session/session_address.h: where a container's server may listen for us.
 *
 * Layer: orchestrator/session. Pure: reads the engine's inspect document.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_SESSION_ADDRESS_H
#define PGKEEP_ORCHESTRATOR_SESSION_SESSION_ADDRESS_H

#include "base/jsonx.h"
#include <stdbool.h>
#include <stddef.h>

struct session_address {
    char *host; /* a numeric address */
    char *port;
    bool published;
};

struct session_address_list {
    struct session_address *items;
    size_t count;
};

/* Where the engine runs on this very host: the container's own addresses, then the loopback
 * addresses under which `port` is published, in the document's order. Else none. */
void session_address_list(const json_t *inspect, const char *port, bool engine_is_local,
                          struct session_address_list *out);
void session_address_list_clear(struct session_address_list *list);

bool session_address_is_loopback(const char *host);

#endif
