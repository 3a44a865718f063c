/* orchestrator/target/port.h: the port of a server that does not listen where its clients look.
 *
 * Layer: orchestrator/target. psql in a container goes by PGPORT, and then to 5432; the server
 * also by its command line and its configuration, of which psql knows nothing.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_PORT_H
#define PGKEEP_ORCHESTRATOR_TARGET_PORT_H

#include "orchestrator/target/target.h"

/* The port that a command line gives to postgres; 0: none. `args` are an inspect document's
 * Args. Pure. */
int port_of_args(const json_t *args);

/* The port of the server that runs in the container, out of its own postmaster.pid; 0 where
 * there is none, or none that we may read. */
MUST_USE struct err *port_of_postmaster(struct engine *engine, const struct target *target,
                                        int *out);

#endif
