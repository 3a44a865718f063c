#include "docker-api/reply.h"
#include "base/buf.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX_BYTES 500

static enum err_kind kind_of_status(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ERR_DENIED;
    case 301: /* moby's router redirects paths that no object can have ("a/../b") */
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 501:
        return ERR_UNSUPPORTED;
    default:
        return ERR_FAILED;
    }
}

static bool is_space(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

/* Runs of white space and control bytes become one space; the ends are trimmed. */
static char *one_line(const char *text, size_t len)
{
    char *line = mem_new(TEXT_MAX_BYTES + 1, 1);
    size_t at = 0;

    for (size_t i = 0; i < len && at < TEXT_MAX_BYTES; i++) {
        if (!is_space(text[i]))
            line[at++] = text[i];
        else if (at > 0 && line[at - 1] != ' ')
            line[at++] = ' ';
    }
    /* A cut must not leave half a UTF-8 character. */
    if (at == TEXT_MAX_BYTES) {
        while (at > 0 && (line[at - 1] & 0xC0) == 0x80)
            at--;
        if (at > 0 && (line[at - 1] & 0x80) != 0)
            at--;
    }
    while (at > 0 && line[at - 1] == ' ')
        at--;
    line[at] = '\0';
    return line;
}

/* Past the end of an element whose text nobody wants to read. */
static const char *skip_element(const char *at, const char *name)
{
    AUTO(mem_freep) char *closing = mem_printf("</%s", name);
    const char *end = strcasestr(at, closing);

    return end ? end : at + strlen(at);
}

/* The text between the tags, a space for each tag. */
static char *without_tags(const char *html)
{
    AUTO(buf_clear) struct buf text = BUF_INIT((size_t)1 << 20);

    while (*html) {
        size_t part = strcspn(html, "<");

        err_free(buf_append(&text, html, part));
        err_free(buf_append_text(&text, " "));
        html += part;
        if (strncasecmp(html, "<style", 6) == 0)
            html = skip_element(html, "style");
        else if (strncasecmp(html, "<script", 7) == 0)
            html = skip_element(html, "script");
        else if (strncasecmp(html, "<title", 6) == 0)
            html = skip_element(html, "title"); /* the heading says it again */
        html += strcspn(html, ">");
        html += *html == '>';
    }
    return one_line(buf_text(&text), text.len);
}

char *reply_text(const struct reply *reply)
{
    AUTO(jsonx_freep) json_t *json = NULL;
    AUTO(mem_freep) char *body = NULL;
    const char *message;

    if (!reply->body || reply->len == 0)
        return mem_strdup("");
    err_free(jsonx_parse(reply->body, reply->len, &json));
    message = jsonx_string(json, "message", NULL);
    if (message)
        return one_line(message, strlen(message));
    body = mem_strndup(reply->body, reply->len);
    if (body[strspn(body, " \t\r\n")] == '<')
        return without_tags(body);
    return one_line(body, strlen(body));
}

/* In the words of Go's server, and of nginx's, to who speaks plain HTTP to a port of TLS. */
static bool wants_tls(int status, const char *text)
{
    return status == 400 && (strcasestr(text, "HTTP request to an HTTPS server") ||
                             strcasestr(text, "HTTP request was sent to HTTPS port"));
}

/* docker-socket-proxy of Tecnativa, and those that took its names, allow by the first word of a
 * path; whatever is not GET needs POST as well. */
static struct err *denied(const struct reply *reply, struct err *e)
{
    const char *name = reply->path + strspn(reply->path, "/_");
    size_t len = strcspn(name, "/?");
    bool post = strcmp(reply->method, "GET") != 0 && strcmp(reply->method, "HEAD") != 0;
    AUTO(mem_freep) char *variable = mem_strndup(name, len);

    for (char *at = variable; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at -= 'a' - 'A';
    return err_hint(e,
                    "the engine, or a socket proxy in front of it, forbids this call; "
                    "docker-socket-proxy allows it with %s=1%s",
                    variable, post ? " and POST=1" : "");
}

struct err *reply_error(const struct reply *reply)
{
    AUTO(mem_freep) char *text = reply_text(reply);
    enum err_kind kind = kind_of_status(reply->status);
    struct err *e;

    if (wants_tls(reply->status, text))
        return err_hint(err_new(kind, "%s", text),
                        "the engine expects TLS there: set DOCKER_TLS_VERIFY=1, and "
                        "DOCKER_CERT_PATH to the folder with "
                        "ca.pem, cert.pem and key.pem");
    if (*text && reply->status < 500 && kind != ERR_DENIED)
        return err_new(kind, "%s", text);
    e = err_new(kind, "the engine answered %d to %s %s%s%s", reply->status, reply->method,
                reply->path, *text ? ": " : "", text);
    if (kind == ERR_DENIED)
        return denied(reply, e);
    return e;
}
