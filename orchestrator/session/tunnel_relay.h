/* orchestrator/session/tunnel_relay.h: what passes bytes on to the server inside a container.
 *
 * Layer: orchestrator/session, over docker-api/exec_stream.h. A relay is a program of the
 * image, run by exec, that connects its standard input and output with the server: by the way
 * in that server_connect found, as the same user of the operating system. Not every program can
 * speak to a Unix socket; those take 127.0.0.1, and get no further where that asks for a
 * password.
 *
 * The server's postmaster may be process 1, and restarts the server when an orphan ends in an
 * unusual way (orchestrator/postgres/tool.c). So a relay is the exec's process itself; bash
 * alone has a child, which always ends with 0. Standard input that ends (we closed, or died)
 * ends the relay and with it the connection; so does the server's end.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_RELAY_H
#define PGKEEP_ORCHESTRATOR_SESSION_TUNNEL_RELAY_H

#include "base/strv.h"
#include "docker-api/exec_stream.h"
#include "orchestrator/postgres/server.h"

/* The relays that the image has, the best first: perl, python3, socat, bash, nc. */
MUST_USE struct err *tunnel_relay_list(const struct server *server, struct strv *out);

/* The command of one of them; ERR_UNSUPPORTED: no such name. */
MUST_USE struct err *tunnel_relay_command(const struct server *server, const char *relay,
                                          struct strv *out_argv);

/* True where the password may pass: the relay ends at the very socket at which psql got in, or
 * at the host to which psql had to give it too. A relay that cannot speak to a Unix socket goes
 * to 127.0.0.1 instead; in a network namespace that is shared with others (of the host, of a
 * pod) that may be somebody else's server, so no password goes there. */
bool tunnel_relay_takes_password(const struct server *server, const char *relay);

struct tunnel_relay_spec {
    const struct server *server;
    const char *relay;
    struct err *(*on_stdout)(void *ctx, const uint8_t *data, size_t len);
    struct err *(*on_stderr)(void *ctx, const uint8_t *data, size_t len);
    void *ctx;
};

/* Starts one: a connection to the server. */
MUST_USE struct err *tunnel_relay_open(struct engine *engine,
                                       const struct tunnel_relay_spec *spec,
                                       struct exec_stream **out);

#endif
