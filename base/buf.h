/* base/buf.h: a growing byte buffer with a hard cap.
 *
 * Layer: base. Invariants: data is NULL or has a NUL byte at data[len] (not counted); len never
 * exceeds max. A buffer whose size an outsider decides gets a cap that fits its purpose; going
 * past it is ERR_TOO_LARGE, and the buffer keeps what it had.
 */
#ifndef PGKEEP_BASE_BUF_H
#define PGKEEP_BASE_BUF_H

#include "base/err.h"
#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t size; /* allocated */
    size_t max;  /* hard cap of len */
};

#define BUF_INIT(max_bytes)                                                                    \
    {                                                                                          \
        NULL, 0, 0, (max_bytes)                                                                \
    }

/* For text that we write ourselves, where the cap only stops a runaway. */
#define BUF_OWN_TEXT BUF_INIT((size_t)256 << 20)

MUST_USE struct err *buf_append(struct buf *buf, const void *data, size_t len);
MUST_USE struct err *buf_append_text(struct buf *buf, const char *text);

/* Appends formatted text of our own; past the cap the process ends as when out of memory. */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends like buf_append, but past the cap it forgets the oldest bytes instead: a tail. */
void buf_append_tail(struct buf *buf, const void *data, size_t len);

/* Removes the first `len` bytes. */
void buf_consume(struct buf *buf, size_t len);

/* The text, never NULL; belongs to the buffer until its next change. */
const char *buf_text(const struct buf *buf);

/* Hands the text over to the caller, who frees it; the buffer is empty then. Never NULL. */
char *buf_take(struct buf *buf) MUST_USE;

/* Empties, keeping the memory and the cap; buf_clear frees the memory as well. */
void buf_reset(struct buf *buf);
void buf_clear(struct buf *buf);

#endif
