#include "base/sha256.h"
#include "base/mem.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct sha256 {
    EVP_MD_CTX *context;
};

/* libcrypto's digest of memory fails only where the algorithm is switched off or memory is out:
 * neither leaves a way to go on. */
static void must(int ok)
{
    if (ok != 1) {
        fputs("pgkeep: libcrypto offers no SHA-256\n", stderr);
        _Exit(1);
    }
}

struct sha256 *sha256_new(void)
{
    struct sha256 *sha = mem_new(1, sizeof(*sha));

    sha->context = EVP_MD_CTX_new();
    must(sha->context != NULL);
    sha256_restart(sha);
    return sha;
}

void sha256_restart(struct sha256 *sha)
{
    must(EVP_DigestInit_ex(sha->context, EVP_sha256(), NULL));
}

void sha256_add(struct sha256 *sha, const void *data, size_t len)
{
    must(EVP_DigestUpdate(sha->context, data, len));
}

void sha256_hex(struct sha256 *sha, char out[SHA256_HEX_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    must(EVP_DigestFinal_ex(sha->context, digest, &len));
    for (unsigned int i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

uint64_t sha256_first64(struct sha256 *sha)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    uint64_t value = 0;

    must(EVP_DigestFinal_ex(sha->context, digest, NULL));
    for (int i = 0; i < 8; i++)
        value = value << 8 | digest[i];
    return value;
}

void sha256_free(struct sha256 *sha)
{
    if (!sha)
        return;
    EVP_MD_CTX_free(sha->context);
    free(sha);
}

void sha256_freep(struct sha256 **sha)
{
    sha256_free(*sha);
    *sha = NULL;
}
