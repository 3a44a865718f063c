/* orchestrator/session/tunnel_pipe.h: bytes between one client of a tunnel and its relay.
 *
 * Layer: orchestrator/session, private to the tunnel.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_PIPE_H
#define PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_PIPE_H

#include "orchestrator/postgres/server.h"

struct tunnel_pipe_spec {
    struct engine *engine; /* of this thread */
    const struct server *server;
    const char *relay;
    int client_fd; /* non-blocking; borrowed */
    int stop_fd;   /* readable: come to an end soon; borrowed */
};

/* Starts a relay and passes bytes both ways until one side ends. *out_said is what went wrong,
 * or what the relay had to say; NULL: nothing. The caller frees. */
void tunnel_pipe_run(const struct tunnel_pipe_spec *spec, char **out_said);

#endif
