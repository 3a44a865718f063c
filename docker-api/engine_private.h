/* docker-api/engine_private.h: what the files of this folder share about an engine.
 *
 * Layer: docker-api, private to it.
 */
#ifndef PGKEEP_DOCKER_API_ENGINE_PRIVATE_H
#define PGKEEP_DOCKER_API_ENGINE_PRIVATE_H

#include "docker-api/channel.h"
#include "docker-api/endpoint.h"
#include "docker-api/engine.h"
#include "docker-api/version.h"

#define ENGINE_VERSION_SIZE 16

struct engine {
    struct endpoint endpoint;
    struct version version; /* {0, 0} until negotiated: paths go without a version then */
    char version_text[ENGINE_VERSION_SIZE];
    struct channel *idle; /* kept for the next call, so that its connection is */
    bool answered;        /* the last call got a status */
    bool input_passes;    /* an exec's input was seen to arrive */
    int64_t end_by_ms;    /* of every call and exec; 0: none */
    char ping_version[ENGINE_VERSION_SIZE]; /* Api-Version of the last answer that had one */
};

/* "http://docker/v1.41/containers/json"; the caller frees. */
char *engine_url(const struct engine *engine, const char *path) MUST_USE;

#endif
