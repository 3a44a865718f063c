/* orchestrator/repository/token.h: what ids and tokens look like: random_hex of so many bytes.
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

/* True for what random_hex(bytes) makes. */
bool token_valid(const char *text, size_t bytes);

#endif
