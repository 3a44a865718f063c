/* base/strv.h: a list of strings, such as an argv.
 *
 * Layer: base. Invariant: items is NULL, or items[len] is NULL, so that it passes as an argv.
 */
#ifndef PGKEEP_BASE_STRV_H
#define PGKEEP_BASE_STRV_H

#include "base/own.h"
#include <stdbool.h>
#include <stddef.h>

struct strv {
    char **items;
    size_t len;
};

#define STRV_INIT                                                                              \
    {                                                                                          \
        NULL, 0                                                                                \
    }

/* Appends a copy. */
void strv_push(struct strv *list, const char *text);
void strv_pushf(struct strv *list, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends the string itself, which the list then owns. */
void strv_push_owned(struct strv *list, char *text);

/* Appends copies of all of `from`. */
void strv_extend(struct strv *list, const struct strv *from);

bool strv_contains(const struct strv *list, const char *text);

/* Sorts by byte value. */
void strv_sort(struct strv *list);

/* Splits `text` at each `separator`; empty parts are kept, an empty text gives no part. */
void strv_split(struct strv *list, const char *text, char separator);

/* "a, b, c"; the caller frees. */
char *strv_join(const struct strv *list, const char *separator) MUST_USE;

/* The same of the first `most`: "a, b, c and 3 more"; the caller frees. */
char *strv_join_some(const struct strv *list, const char *separator, size_t most) MUST_USE;

void strv_clear(struct strv *list);

#endif
