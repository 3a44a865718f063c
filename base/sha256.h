/* base/sha256.h: SHA-256 over libcrypto.
 *
 * Layer: base. Life: sha256_new, then sha256_add* and sha256_hex or sha256_first64 once, after
 * which sha256_restart begins anew; sha256_free.
 */
#ifndef PGKEEP_BASE_SHA256_H
#define PGKEEP_BASE_SHA256_H

#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX_SIZE 65

struct sha256;

struct sha256 *sha256_new(void) MUST_USE;
void sha256_add(struct sha256 *sha, const void *data, size_t len);
void sha256_hex(struct sha256 *sha, char out[SHA256_HEX_SIZE]);

/* The first 8 bytes as a number, the first byte highest. */
uint64_t sha256_first64(struct sha256 *sha) MUST_USE;

void sha256_restart(struct sha256 *sha);
void sha256_free(struct sha256 *sha);
void sha256_freep(struct sha256 **sha);

#endif
