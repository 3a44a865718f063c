#include "docker-api/tls_half_close.h"
#include "base/interrupt.h"
#include "docker-api/channel.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

static struct err *ssl_of(CURL *easy, SSL **out)
{
    struct curl_tlssessioninfo *info = NULL;

    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info ||
        info->backend != CURLSSLBACKEND_OPENSSL || !info->internals)
        return err_hint(err_new(ERR_UNSUPPORTED,
                                "this build of libcurl cannot end a command's input over TLS"),
                        "use the OpenSSL build of libcurl, or the engine's unix socket");
    *out = info->internals;
    return NULL;
}

/* SSL_shutdown sends the alert and then returns 0; WANT_WRITE means that it could not yet. */
static struct err *send_close_notify(SSL *ssl, curl_socket_t fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};

    for (;;) {
        int result;

        ERR_clear_error();
        result = SSL_shutdown(ssl);
        if (result >= 0 || SSL_get_error(ssl, result) != SSL_ERROR_WANT_WRITE)
            break;
        PASS(interrupt_check());
        poll(&poller, 1, CHANNEL_TICK_MS);
    }
    ERR_clear_error();
    return NULL;
}

MUST_USE struct err *tls_half_close(CURL *easy, curl_socket_t fd)
{
    struct err *e;
    SSL *ssl = NULL;
    BIO *of_curl;

    PASS(ssl_of(easy, &ssl));
    /* libcurl's own BIO works only inside libcurl's calls, so a plain one stands in for it. */
    of_curl = SSL_get_wbio(ssl);
    BIO_up_ref(of_curl);
    SSL_set0_wbio(ssl, BIO_new_socket((int)fd, BIO_NOCLOSE));
    e = send_close_notify(ssl, fd);
    SSL_set0_wbio(ssl, of_curl);
    return e;
}
