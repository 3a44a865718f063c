/* docker-api/container_id.h: a container's id inside a longer text, such as the name of its
 * control group or of a folder of the engine's.
 *
 * Layer: docker-api. Pure. An id is CONTAINER_ID_DIGITS hexadecimal digits; more in a row are
 * none.
 */
#ifndef PGKEEP_DOCKER_API_CONTAINER_ID_H
#define PGKEEP_DOCKER_API_CONTAINER_ID_H

#include "base/own.h"

#define CONTAINER_ID_DIGITS 64

/* The last one in the text: of a container in a container, the inner one's. NULL: none. The
 * caller frees. */
char *container_id_last(const char *text) MUST_USE;

#endif
