/* base/random.h: random numbers of the kernel's.
 *
 * Layer: base. For names and passwords that nobody else can guess (getrandom(2)). There is no
 * substitute: where the kernel gives none, a message goes to stderr and the process exits with
 * status 1, as where memory is out (base/mem.h).
 */
#ifndef PGKEEP_BASE_RANDOM_H
#define PGKEEP_BASE_RANDOM_H

#include "base/own.h"
#include <stddef.h>
#include <stdint.h>

/* Fills `out`; waits only while the machine boots. */
void random_bytes(void *out, size_t len);

uint64_t random_number(void) MUST_USE;

/* `bytes` of them as lower-case hex, two digits each; the caller frees. */
char *random_hex(size_t bytes) MUST_USE;

#endif
