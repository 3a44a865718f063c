/* orchestrator/session/session_link.h: is an address on a network that this process is on?
 *
 * Layer: orchestrator/session. Pure but for session_link_reaches, which asks the kernel.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_SESSION_LINK_H
#define PGKEEP_ORCHESTRATOR_SESSION_SESSION_LINK_H

#include <ifaddrs.h>
#include <stdbool.h>

/* True where a numeric address lies in the network of an interface in the list that is up, is
 * not loopback and is no point-to-point link: such as the bridge of a container network, seen
 * from its host or from a container on it. Where packets would first go to a router, false. */
bool session_link_covers(const struct ifaddrs *list, const char *host);

/* The same, with this process's own interfaces; false where they cannot be listed. */
bool session_link_reaches(const char *host);

#endif
