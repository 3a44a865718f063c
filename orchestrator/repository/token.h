/* orchestrator/repository/token.h: random names.
 *
 * Layer: orchestrator/repository.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_TOKEN_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_TOKEN_H

#include "base/own.h"
#include <stdbool.h>
#include <stddef.h>

#define TOKEN_ID_BYTES 16 /* a repository's id */
#define TOKEN_RUN_BYTES 8 /* a run's token */

/* `bytes` (at most 32) of the kernel's randomness as lower-case hex; the caller frees. */
char *token_new(size_t bytes) MUST_USE;

/* True for what token_new makes. */
bool token_valid(const char *text, size_t bytes);

#endif
