/* Reads DOCKER_HOST and its kin, and tells libcurl how to get there.
 *
 * https:// is a promise: whoever does not prove that name by a certificate is not talked to,
 * whatever DOCKER_TLS_VERIFY says. tcp:// means what it means to the docker client: TLS as soon
 * as there is a certificate folder, checked as soon as DOCKER_TLS_VERIFY is not empty. */
#include "docker-api/endpoint.h"
#include "base/fs.h"
#include "base/mem.h"
#include "docker-api/socket_access.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_HOST "unix:///var/run/docker.sock"
#define CONNECT_TIMEOUT_MS 15000L
#define KEEPALIVE_IDLE_S 30L
#define KEEPALIVE_INTERVAL_S 15L

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

static struct err *bad_host(const char *host, const char *why)
{
    return err_hint(err_new(ERR_USAGE, "engine host \"%s\": %s", host, why),
                    "use unix:///path/to/docker.sock or tcp://host:port (DOCKER_HOST)");
}

static struct err *parse_unix(struct endpoint *endpoint, const char *path)
{
    if (*path != '/')
        return bad_host(endpoint->host, "the socket's path must be absolute");
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return bad_host(endpoint->host, "the socket's path is too long");
    endpoint->socket_path = mem_strdup(path);
    endpoint->base_url = mem_strdup("http://docker");
    return NULL;
}

/* True where "host", "host:port", "[v6]" or "[v6]:port" ends in a port. */
static bool has_port(const char *address)
{
    const char *colon = strrchr(address, ':');
    const char *bracket = strrchr(address, ']');

    return colon && (!bracket || colon > bracket);
}

static struct err *parse_tcp(struct endpoint *endpoint, const char *address)
{
    AUTO(mem_freep) char *name = mem_strdup(address);

    for (size_t len = strlen(name); len > 0 && name[len - 1] == '/'; len--)
        name[len - 1] = '\0';
    if (*name == '\0')
        return bad_host(endpoint->host, "it names no host");
    if (strpbrk(name, "/ @?#\\\"<>") != NULL)
        return bad_host(endpoint->host, "it is not host:port");
    endpoint->base_url = mem_printf("%s://%s%s", endpoint->tls ? "https" : "http", name,
                                    has_port(name)  ? ""
                                    : endpoint->tls ? ":2376"
                                                    : ":2375");
    return NULL;
}

/* The file's path if it is there; an unreadable one is an error, so that TLS doesn't fail
 * later in a way that nobody understands. */
static struct err *tls_file(const char *folder, const char *name, bool needed, char **out)
{
    AUTO(mem_freep) char *path = fs_join(folder, name);

    if (access(path, R_OK) == 0)
        *out = TAKE(path);
    else if (needed || errno != ENOENT)
        return err_hint(err_as(err_errno("TLS file %s", path), ERR_USAGE),
                        "DOCKER_CERT_PATH names the folder with ca.pem, cert.pem and key.pem");
    return NULL;
}

/* Where DOCKER_TLS_VERIFY asks for it there must be a ca.pem; https:// takes the system's
 * authorities in its place. */
static struct err *parse_tls(struct endpoint *endpoint, const char *cert_path, bool needs_ca)
{
    AUTO(mem_freep) char *home_path = NULL;

    if (!cert_path || *cert_path == '\0') {
        const char *home = getenv("HOME");
        home_path = fs_join(home ? home : "/root", ".docker");
        cert_path = home_path;
    }
    PASS(tls_file(cert_path, "ca.pem", needs_ca, &endpoint->ca));
    PASS(tls_file(cert_path, "cert.pem", false, &endpoint->cert));
    return tls_file(cert_path, "key.pem", endpoint->cert != NULL, &endpoint->key);
}

MUST_USE struct err *endpoint_parse(const struct engine_spec *spec, struct endpoint *out)
{
    const char *host = spec->host && *spec->host ? spec->host : DEFAULT_HOST;
    const char *rest;

    memset(out, 0, sizeof(*out));
    out->host = mem_strdup(host);
    if ((rest = after_prefix(host, "unix://")) != NULL)
        return parse_unix(out, rest);
    out->tls_verify = spec->tls_verify || after_prefix(host, "https://");
    out->tls = spec->tls || out->tls_verify;
    if ((rest = after_prefix(host, "tcp://")) == NULL &&
        (rest = after_prefix(host, "http://")) == NULL &&
        (rest = after_prefix(host, "https://")) == NULL)
        return bad_host(host, after_prefix(host, "ssh://")
                                  ? "pgkeep does not speak ssh; forward the socket instead"
                                  : "unknown kind of address");
    PASS(parse_tcp(out, rest));
    return out->tls ? parse_tls(out, spec->cert_path, spec->tls_verify) : NULL;
}

void endpoint_clear(struct endpoint *endpoint)
{
    mem_freep(&endpoint->host);
    mem_freep(&endpoint->socket_path);
    mem_freep(&endpoint->base_url);
    mem_freep(&endpoint->ca);
    mem_freep(&endpoint->cert);
    mem_freep(&endpoint->key);
}

void endpoint_copy(const struct endpoint *from, struct endpoint *out)
{
    *out = (struct endpoint){
        .host = mem_strdup(from->host),
        .socket_path = mem_strdup(from->socket_path),
        .base_url = mem_strdup(from->base_url),
        .tls = from->tls,
        .tls_verify = from->tls_verify,
        .ca = mem_strdup(from->ca),
        .cert = mem_strdup(from->cert),
        .key = mem_strdup(from->key),
    };
}

static void apply_tls(const struct endpoint *endpoint, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, endpoint->tls_verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, endpoint->tls_verify ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (endpoint->ca) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, endpoint->ca);
        /* The authority that was named, and not the system's as well. */
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (endpoint->cert) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, endpoint->cert);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, endpoint->key);
    }
}

void endpoint_apply(const struct endpoint *endpoint, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* HTTP proxies from the environment (http_proxy, ALL_PROXY) are for the internet, not for
     * the engine. The docker client would use one for tcp://; here it would read every password
     * and every row that passes. */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    /* libcurl's defaults, which matter: no engine sends us elsewhere, and ~/.netrc is not read.
     */
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "pgkeep");
    if (endpoint->socket_path) {
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, endpoint->socket_path);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    if (endpoint->tls)
        apply_tls(endpoint, easy);
}

static struct err *socket_denied(const struct endpoint *endpoint)
{
    struct socket_access access;
    AUTO(mem_freep) char *hint = NULL;
    struct err *e = err_new(ERR_DENIED, "permission denied on the engine's socket %s",
                            endpoint->socket_path);

    if (!socket_access_read(endpoint->socket_path, &access))
        return err_hint(e, "run as root, or as a user who may use the engine");
    hint = socket_access_hint(&access);
    return err_hint(e, "%s", hint);
}

/* libcurl tells why a connect failed only as text; the errno behind it is asked for, and for a
 * socket file found out once more where libcurl lost it. */
static int connect_errno(const struct endpoint *endpoint, const struct channel *channel)
{
    long number = 0;

    curl_easy_getinfo(channel->easy, CURLINFO_OS_ERRNO, &number);
    if (number != 0 || !endpoint->socket_path)
        return (int)number;
    if (faccessat(AT_FDCWD, endpoint->socket_path, R_OK | W_OK, AT_EACCESS) != 0)
        return errno;
    return ECONNREFUSED;
}

static struct err *cannot_connect(const struct endpoint *endpoint,
                                  const struct channel *channel)
{
    int number = connect_errno(endpoint, channel);
    struct err *e;

    if (endpoint->socket_path && (number == EACCES || number == EPERM))
        return socket_denied(endpoint);
    e = err_new(ERR_UNREACHABLE, "cannot connect to the engine at %s: %s", endpoint->host,
                number                 ? strerror(number)
                : *channel->error_text ? channel->error_text
                                       : "no connection");
    if (endpoint->socket_path)
        return err_hint(e, "is the engine running? start it, mount its socket into pgkeep's "
                           "container, or say with DOCKER_HOST where it is");
    return err_hint(e, "is the engine running, and does it listen there? see DOCKER_HOST");
}

static struct err *not_trusted(const struct endpoint *endpoint, const char *text)
{
    return err_hint(
        err_new(ERR_DENIED, "the certificate of the engine at %s is not trusted: %s",
                endpoint->host, text),
        endpoint->ca ? "DOCKER_CERT_PATH must name the folder with the ca.pem that signed it"
                     : "no ca.pem was found, so the system's authorities were asked: "
                       "DOCKER_CERT_PATH must name the folder with the ca.pem that signed it");
}

static struct err *tls_error(const struct endpoint *endpoint, const struct channel *channel,
                             CURLcode code)
{
    const char *text = *channel->error_text ? channel->error_text : curl_easy_strerror(code);

    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return not_trusted(endpoint, text);
    return err_hint(
        err_new(ERR_UNREACHABLE, "no TLS with the engine at %s: %s", endpoint->host, text),
        "check that the engine speaks TLS on this port, and the certificates in "
        "DOCKER_CERT_PATH");
}

static struct err *timed_out(const struct endpoint *endpoint, const struct channel *channel)
{
    long request_bytes = 0;

    curl_easy_getinfo(channel->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    if (request_bytes == 0)
        return cannot_connect(endpoint, channel);
    return err_new(ERR_TIMEOUT, "the engine at %s took too long to answer", endpoint->host);
}

static struct err *cut(const struct endpoint *endpoint, const struct channel *channel,
                       const char *text)
{
    struct err *e = err_new(ERR_CUT, "the engine cut the connection: %s", text);
    long status = 0;

    curl_easy_getinfo(channel->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 0 || endpoint->socket_path)
        return e;
    /* Cut before the first answer: mostly two sides that disagree about TLS. With TLS 1.3 the
     * engine refuses a client's certificate only after the handshake. */
    return endpoint->tls ? err_hint(e, "does the engine accept the client's certificate, "
                                       "cert.pem and key.pem in DOCKER_CERT_PATH?")
                         : err_hint(e, "if the engine expects TLS there, set "
                                       "DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
}

struct err *endpoint_error(const struct endpoint *endpoint, const struct channel *channel,
                           CURLcode code)
{
    const char *text = *channel->error_text ? channel->error_text : curl_easy_strerror(code);

    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return cannot_connect(endpoint, channel);
    case CURLE_OPERATION_TIMEDOUT:
        return timed_out(endpoint, channel);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return tls_error(endpoint, channel, code);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return cut(endpoint, channel, text);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return err_new(ERR_PROTOCOL, "%s does not answer as an engine: %s", endpoint->host,
                       text);
    default:
        return err_new(ERR_FAILED, "engine at %s: %s", endpoint->host, text);
    }
}
