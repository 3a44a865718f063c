/* base/mem.h: memory that is there, or the process ends.
 *
 * Layer: base. A backup exists whole or not at all, so running out of memory needs no
 * unwinding: the message goes to stderr, the process exits with status 1, and what it was
 * writing keeps its dot name for the next run to clear.
 */
#ifndef PGKEEP_BASE_MEM_H
#define PGKEEP_BASE_MEM_H

#include "base/own.h"
#include <stdarg.h>
#include <stddef.h>

/* Zeroed memory for `count` items of `size` bytes; overflow of the product counts as "no
 * memory". Never NULL. The caller frees with mem_free or free. */
void *mem_new(size_t count, size_t size) MUST_USE;

/* Grows or shrinks as realloc does; new bytes are not zeroed. Never NULL. */
void *mem_resize(void *p, size_t count, size_t size) MUST_USE;

/* Copies of a string (NULL gives NULL), of its first `len` bytes, and a formatted one. */
char *mem_strdup(const char *text) MUST_USE;
char *mem_strndup(const char *text, size_t len) MUST_USE;
char *mem_printf(const char *format, ...) PRINTF_LIKE(1, 2) MUST_USE;
char *mem_vprintf(const char *format, va_list args) PRINTF_LIKE(1, 0) MUST_USE;

/* Replaces *slot by a copy of text, freeing what was there. */
void mem_replace(char **slot, const char *text);

/* For AUTO: frees *(void **)slot and sets it to NULL. */
void mem_freep(void *slot);

#endif
