/* docker-api/image.h: images: inspect, pull.
 *
 * Layer: docker-api. Source: Engine API /images.
 */
#ifndef PGKEEP_DOCKER_API_IMAGE_H
#define PGKEEP_DOCKER_API_IMAGE_H

#include "docker-api/engine.h"

/* GET /images/{name}/json; ERR_NOT_FOUND if the engine does not have it. */
MUST_USE struct err *image_inspect(struct engine *engine, const char *name, json_t **out);

/* POST /images/create; follows the progress stream to its end: an "error" member in it is an
 * error, whatever the HTTP status was. "name" without tag or digest means :latest. */
MUST_USE struct err *image_pull(struct engine *engine, const char *name);

#endif
