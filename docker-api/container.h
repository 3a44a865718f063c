/* docker-api/container.h: containers: list, inspect, create, start, stop, wait, logs, remove.
 *
 * Layer: docker-api. Source: Engine API /containers. JSON documents are the engine's own, as
 * documented there; the caller owns (json_decref) each *out.
 */
#ifndef PGKEEP_DOCKER_API_CONTAINER_H
#define PGKEEP_DOCKER_API_CONTAINER_H

#include "docker-api/engine.h"

/* Array of GET /containers/json. `filters` as documented ({"label": ["a=b"]}), borrowed, or
 * NULL; all=true lists stopped ones too. */
MUST_USE struct err *container_list(struct engine *engine, const json_t *filters, bool all,
                                    json_t **out);

/* GET /containers/{id}/json. ERR_NOT_FOUND: "no such container: NAME", with a hint. */
MUST_USE struct err *container_inspect(struct engine *engine, const char *id, json_t **out);

/* POST /containers/create; *out_id is the new container's id, the caller frees. `name` may be
 * NULL. */
MUST_USE struct err *container_create(struct engine *engine, const char *name,
                                      const json_t *config, char **out_id);

/* Already started or stopped counts as done. stop waits up to timeout_s, then kills. */
MUST_USE struct err *container_start(struct engine *engine, const char *id);
MUST_USE struct err *container_stop(struct engine *engine, const char *id, int timeout_s);

/* Waits until it does not run; gives its exit code. */
MUST_USE struct err *container_wait(struct engine *engine, const char *id,
                                    int64_t *out_exit_code);

/* The last `lines` lines of stdout and stderr, in order, appended to *out as text (works for
 * containers with and without a TTY). */
MUST_USE struct err *container_logs(struct engine *engine, const char *id, int lines,
                                    struct buf *out);

/* Removes by force with its anonymous volumes; one that is gone already counts as done. */
MUST_USE struct err *container_remove(struct engine *engine, const char *id);

/* Looks at a path inside, also of a container that was never started: ERR_NOT_FOUND if
 * absent.*/
MUST_USE struct err *container_stat(struct engine *engine, const char *id, const char *path);

/* Tar streams: get reads `path`; put unpacks into the folder `path`. */
MUST_USE struct err *
container_archive_get(struct engine *engine, const char *id, const char *path,
                      struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len),
                      void *ctx);
MUST_USE struct err *container_archive_put(
    struct engine *engine, const char *id, const char *path,
    struct err *(*read_data)(void *ctx, uint8_t *data, size_t size, size_t *len), void *ctx);

#endif
