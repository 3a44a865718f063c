/* docker-api/endpoint.h: where an engine listens, and how libcurl gets there.
 *
 * Layer: docker-api, private to it.
 */
#ifndef PGKEEP_DOCKER_API_ENDPOINT_H
#define PGKEEP_DOCKER_API_ENDPOINT_H

#include "docker-api/channel.h"
#include "docker-api/engine.h"

struct endpoint {
    char *host;        /* as given or defaulted, for messages */
    char *socket_path; /* of unix://; else NULL */
    char *base_url;    /* "http://docker" or "https://host:2376", no slash at the end */
    bool tls;
    bool tls_verify;
    char *ca; /* files of TLS, each NULL if not used */
    char *cert;
    char *key;
};

/* ERR_USAGE: a host or a certificate folder that makes no sense. */
MUST_USE struct err *endpoint_parse(const struct engine_spec *spec, struct endpoint *out);
void endpoint_clear(struct endpoint *endpoint);
void endpoint_copy(const struct endpoint *from, struct endpoint *out);

/* Sets what every transfer to the endpoint needs on a fresh easy handle. */
void endpoint_apply(const struct endpoint *endpoint, CURL *easy);

/* Turns libcurl's failure of a transfer into an error: ERR_UNREACHABLE, ERR_DENIED,
 * ERR_TIMEOUT, ERR_CUT or ERR_PROTOCOL, with a hint where the user can do something. */
struct err *endpoint_error(const struct endpoint *endpoint, const struct channel *channel,
                           CURLcode code) MUST_USE;

#endif
