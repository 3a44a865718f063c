/* orchestrator/session/tunnel.h: a Unix socket of this process that leads to a server.
 *
 * Layer: orchestrator/session. Each connection to the socket becomes one to the server, by a
 * relay in its container (orchestrator/session/tunnel_relay.h). Only this very process may
 * connect. Threads of the tunnel's own serve it; they are woken by what happens, take no
 * signals, and go on while an interrupt is pending, for that is when a query is cancelled.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_H
#define PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_H

#include "orchestrator/postgres/server.h"

struct tunnel;

/* The server is borrowed. Nothing is connected to it yet. The caller closes. */
MUST_USE struct err *tunnel_open(const struct server *server, const char *relay,
                                 struct tunnel **out);

/* Ends what still passes (connections whose end here is closed get a moment to end well) and
 * removes the socket. */
void tunnel_close(struct tunnel *tunnel);
void tunnel_closep(struct tunnel **tunnel);

/* What libpq takes as host and port; borrowed. */
const char *tunnel_host(const struct tunnel *tunnel);
const char *tunnel_port(const struct tunnel *tunnel);

/* What a relay that failed said last, "" if none; the caller frees. */
char *tunnel_said(struct tunnel *tunnel) MUST_USE;

#endif
