/* docker-api/reply.h: what an engine says when it refuses.
 *
 * Layer: docker-api. Pure. The engine's own words reach the user: the `message` of its JSON, or
 * the text of an HTML or plain body (a proxy's, mostly), as one short line.
 */
#ifndef PGKEEP_DOCKER_API_REPLY_H
#define PGKEEP_DOCKER_API_REPLY_H

#include "base/err.h"
#include <stddef.h>

struct reply {
    int status;
    const char *method; /* of the request, for the message */
    const char *path;
    const char *body; /* `len` bytes, any content; NULL if none */
    size_t len;
};

/* The engine's words, one line of at most 500 bytes, maybe empty; the caller frees. */
char *reply_text(const struct reply *reply) MUST_USE;

/* Never NULL. 301 and 404 ERR_NOT_FOUND, 409 ERR_CONFLICT, 401 and 403 ERR_DENIED, 501
 * ERR_UNSUPPORTED, else ERR_FAILED. */
struct err *reply_error(const struct reply *reply) MUST_USE;

#endif
