/* base/sha256.h: SHA-256 over libcrypto.
 *
 * Layer: base. Life: sha256_new, sha256_add*, sha256_hex once, sha256_free.
 */
#ifndef PGKEEP_BASE_SHA256_H
#define PGKEEP_BASE_SHA256_H

#include "base/err.h"
#include <stddef.h>

#define SHA256_HEX_SIZE 65

struct sha256;

struct sha256 *sha256_new(void) MUST_USE;
void sha256_add(struct sha256 *sha, const void *data, size_t len);
void sha256_hex(struct sha256 *sha, char out[SHA256_HEX_SIZE]);
void sha256_free(struct sha256 *sha);
void sha256_freep(struct sha256 **sha);

#endif
