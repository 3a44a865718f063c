#include "orchestrator/repository/token.h"
#include "base/buf.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TOKEN_MAX_BYTES 32

char *token_new(size_t bytes)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    unsigned char random[TOKEN_MAX_BYTES];

    /* Up to 256 bytes come whole or not at all, see getrandom(2). */
    if (bytes > sizeof(random) || getrandom(random, bytes, 0) != (ssize_t)bytes) {
        fputs("pgkeep: the kernel gives no random bytes\n", stderr);
        _Exit(1);
    }
    for (size_t i = 0; i < bytes; i++)
        buf_printf(&text, "%02x", random[i]);
    return buf_take(&text);
}

bool token_valid(const char *text, size_t bytes)
{
    return strlen(text) == 2 * bytes && strspn(text, "0123456789abcdef") == 2 * bytes;
}
