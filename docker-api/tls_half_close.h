/* docker-api/tls_half_close.h: ends the sending side of a TLS connection that libcurl made.
 *
 * Layer: docker-api, private to it. Over TLS the end of a command's standard input is the
 * close_notify alert (RFC 8446, section 6.1: it closes one direction only), which libcurl has
 * no call for.
 */
#ifndef PGKEEP_DOCKER_API_TLS_HALF_CLOSE_H
#define PGKEEP_DOCKER_API_TLS_HALF_CLOSE_H

#include "base/err.h"
#include <curl/curl.h>

/* After the first curl_easy_send on `easy`, when all bytes were sent. ERR_UNSUPPORTED where
 * libcurl's TLS is not OpenSSL. A peer that has gone is no error. */
MUST_USE struct err *tls_half_close(CURL *easy, curl_socket_t fd);

#endif
