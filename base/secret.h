/* base/secret.h: memory that holds a password is wiped before it is freed.
 *
 * Layer: base. So that neither a core dump nor the next owner of that memory has it.
 */
#ifndef PGKEEP_BASE_SECRET_H
#define PGKEEP_BASE_SECRET_H

#include "base/buf.h"
#include <stddef.h>

/* Overwrites `len` bytes, which no compiler leaves out. */
void secret_wipe(void *data, size_t len);

/* Wipes a text of the heap to its NUL and frees it; NULL is fine. */
void secret_free(char *text);
void secret_freep(char **text); /* for AUTO: sets *text to NULL */

/* Replaces *slot by a copy of text (NULL: none), wiping what was there. */
void secret_replace(char **slot, const char *text);

/* buf_clear that wipes all that was allocated. What the buffer left behind while it grew is not
 * wiped: give it its size before a secret goes in. */
void secret_buf_clear(struct buf *buf);

#endif
