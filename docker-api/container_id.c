/* An id is a whole run of digits: a digest that is longer, or a name that ends in digits, holds
 * none. */
#include "docker-api/container_id.h"
#include "base/mem.h"
#include <ctype.h>
#include <stddef.h>

char *container_id_last(const char *text)
{
    const char *found = NULL;

    while (*text) {
        size_t len = 0;

        while (isxdigit((unsigned char)text[len]))
            len++;
        if (len == CONTAINER_ID_DIGITS)
            found = text;
        text += len ? len : 1;
    }
    return found ? mem_strndup(found, CONTAINER_ID_DIGITS) : NULL;
}
