/* docker-api/container_error.h: the words for a container that is not there.
 *
 * Layer: docker-api, private to it.
 */
#ifndef PGKEEP_DOCKER_API_CONTAINER_ERROR_H
#define PGKEEP_DOCKER_API_CONTAINER_ERROR_H

#include "base/err.h"

/* ERR_NOT_FOUND becomes "no such container: ID" with a hint; any other error (or NULL) is given
 * back as it is. Takes over `e`. */
struct err *container_error_no_such(struct err *e, const char *id) MUST_USE;

#endif
