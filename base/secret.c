/* What must hold: the length is taken before anything is changed, and of a text it ends at the
 * NUL, so whoever shortens a secret wipes the rest himself. */
#include "base/secret.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

void secret_wipe(void *data, size_t len)
{
    if (data)
        explicit_bzero(data, len);
}

void secret_free(char *text)
{
    if (text)
        secret_wipe(text, strlen(text));
    free(text);
}

void secret_freep(char **text)
{
    secret_free(*text);
    *text = NULL;
}

void secret_replace(char **slot, const char *text)
{
    char *copy = mem_strdup(text); /* it may be a part of what was there */

    secret_free(*slot);
    *slot = copy;
}

void secret_buf_clear(struct buf *buf)
{
    secret_wipe(buf->data, buf->size);
    buf_clear(buf);
}
