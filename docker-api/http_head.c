#include "docker-api/http_head.h"
#include "base/mem.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_head_init(struct http_head *head)
{
    memset(head, 0, sizeof(*head));
    head->line.max = HTTP_HEAD_MAX_BYTES;
    head->content_length = -1;
}

void http_head_clear(struct http_head *head)
{
    buf_clear(&head->line);
    mem_freep(&head->content_type);
}

static struct err *not_http(const struct http_head *head)
{
    return err_new(ERR_PROTOCOL, "the answer is not HTTP: \"%.60s\"", buf_text(&head->line));
}

static struct err *status_line(struct http_head *head)
{
    const char *line = buf_text(&head->line);

    if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
        line[8] != ' ')
        return not_http(head);
    for (int i = 9; i < 12; i++) {
        if (line[i] < '0' || line[i] > '9')
            return not_http(head);
        head->status = head->status * 10 + (line[i] - '0');
    }
    if (head->status < 100 || (line[12] != ' ' && line[12] != '\0'))
        return not_http(head);
    return NULL;
}

static struct err *content_length(struct http_head *head, const char *value)
{
    int64_t length = 0;

    if (*value == '\0')
        return not_http(head);
    for (; *value; value++) {
        if (*value < '0' || *value > '9' || length > INT64_MAX / 10 - 1)
            return not_http(head);
        length = length * 10 + (*value - '0');
    }
    head->content_length = length;
    return NULL;
}

/* "gzip, chunked" and "chunked" alike: only the last coding frames the body. */
static bool ends_in_chunked(const char *value)
{
    size_t len = strlen(value);

    return len >= 7 && strcasecmp(value + len - 7, "chunked") == 0;
}

static struct err *header_line(struct http_head *head)
{
    char *name = head->line.data;
    char *value = strchr(name, ':');

    if (!value || value == name)
        return not_http(head);
    *value++ = '\0';
    value += strspn(value, " \t");
    for (size_t len = strlen(value); len > 0 && strchr(" \t", value[len - 1]); len--)
        value[len - 1] = '\0';
    if (strcasecmp(name, "Content-Length") == 0)
        return content_length(head, value);
    if (strcasecmp(name, "Transfer-Encoding") == 0)
        head->chunked = ends_in_chunked(value);
    else if (strcasecmp(name, "Content-Type") == 0)
        mem_replace(&head->content_type, value);
    return NULL;
}

/* The empty line: the head ends, unless it was an interim one. */
static void end_of_head(struct http_head *head)
{
    if (head->status >= 200 || head->status == 101) {
        head->done = true;
        return;
    }
    http_head_clear(head);
    http_head_init(head);
}

static struct err *end_of_line(struct http_head *head)
{
    size_t len = head->line.len;
    struct err *e = NULL;

    if (len > 0 && head->line.data[len - 1] == '\r')
        head->line.data[--head->line.len] = '\0';
    if (head->status == 0)
        e = status_line(head);
    else if (head->line.len == 0)
        end_of_head(head);
    else
        e = header_line(head);
    buf_reset(&head->line);
    return e;
}

MUST_USE struct err *http_head_feed(struct http_head *head, const uint8_t *data, size_t len,
                                    size_t *used)
{
    *used = 0;
    while (*used < len && !head->done) {
        const uint8_t *from = data + *used;
        const uint8_t *newline = memchr(from, '\n', len - *used);
        size_t part = newline ? (size_t)(newline - from) : len - *used;

        head->seen += part + (newline ? 1 : 0);
        if (head->seen > HTTP_HEAD_MAX_BYTES)
            return err_new(ERR_TOO_LARGE, "the answer's head has more than %zu bytes",
                           HTTP_HEAD_MAX_BYTES);
        PASS(buf_append(&head->line, from, part));
        *used += part;
        if (newline) {
            *used += 1;
            PASS(end_of_line(head));
        }
    }
    return NULL;
}
