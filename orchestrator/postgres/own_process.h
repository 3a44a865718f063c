/* orchestrator/postgres/own_process.h: is the server that answers psql a process of the very
 * container that psql runs in?
 *
 * Layer: orchestrator/postgres. Pure. Containers may share 127.0.0.1 (network_mode: host,
 * service:, container:, pods), the folder of a socket, and the numbers of their processes
 * (pid: host, service:); then another container's server answers where none of this one runs.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_OWN_PROCESS_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_OWN_PROCESS_H

/* Lines for psql's standard input. They leave in its variable pgkeep_process what the
 * container's /proc says while psql's connection stands. Needs the image's /bin/sh, no tool. */
extern const char OWN_PROCESS_PSQL[];

enum own_process {
    OWN_PROCESS_YES,
    OWN_PROCESS_NO,
    OWN_PROCESS_UNKNOWN, /* the container does not show its processes */
};

/* Reads what those lines left. With OWN_PROCESS_NO *out_container may be the 64 digits of the
 * container in which the server runs, else NULL; the caller frees. */
enum own_process own_process_judge(const char *evidence, char **out_container);

#endif
