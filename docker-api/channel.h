/* docker-api/channel.h: one libcurl transfer that an interrupt can end.
 *
 * Layer: docker-api, private to it. curl_easy_perform sleeps up to a second at a time; a multi
 * handle of our own lets us look at base/interrupt.h every 100 ms.
 */
#ifndef PGKEEP_DOCKER_API_CHANNEL_H
#define PGKEEP_DOCKER_API_CHANNEL_H

#include "base/err.h"
#include <curl/curl.h>

/* How long anything may block before the interrupt flag is looked at. */
#define CHANNEL_TICK_MS 100

struct channel {
    CURL *easy;
    CURLM *multi; /* holds the connections that may be used again */
    char error_text[CURL_ERROR_SIZE];
};

/* Never NULL; the first call sets libcurl up. channel_free closes the connections. */
struct channel *channel_new(void) MUST_USE;
void channel_free(struct channel *channel);

/* Forgets all options of the easy handle, keeps the connections. */
void channel_reset(struct channel *channel);

/* Runs what the easy handle is set up for to its end; *out_code is libcurl's result. The error
 * is ERR_INTERRUPTED only. The handle stays added to the multi handle, which a CONNECT_ONLY
 * connection needs; channel_reset takes it off. */
MUST_USE struct err *channel_run(struct channel *channel, CURLcode *out_code);

#endif
