/* getrandom gives up to 256 bytes whole; above that a signal may cut it short, so this asks
 * until all are there. It fails only where the kernel has no such call, or a sandbox forbids
 * it. */
#include "base/random.h"
#include "base/mem.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t len)
{
    unsigned char *at = out;

    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            fputs("pgkeep: the kernel gives no random bytes\n", stderr);
            _Exit(1);
        }
        at += got;
        len -= (size_t)got;
    }
}

uint64_t random_number(void)
{
    uint64_t number;

    random_bytes(&number, sizeof(number));
    return number;
}

char *random_hex(size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    AUTO(mem_freep) unsigned char *raw = mem_new(bytes + 1, 1);
    char *text = mem_new(2 * bytes + 1, 1);

    random_bytes(raw, bytes);
    for (size_t i = 0; i < bytes; i++) {
        text[2 * i] = digits[raw[i] >> 4];
        text[2 * i + 1] = digits[raw[i] & 15];
    }
    return text;
}
