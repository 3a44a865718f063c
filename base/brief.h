/* base/brief.h: a text of any length, short: its beginning and its end.
 *
 * Layer: base. Pure. What a server or a tool says begins with what went wrong and may hold a
 * whole statement in between. Neither end breaks a character of UTF-8.
 */
#ifndef PGKEEP_BASE_BRIEF_H
#define PGKEEP_BASE_BRIEF_H

#include "base/buf.h"
#include <stddef.h>

/* Of a text that comes in pieces: two thirds of `most` bytes of its beginning, the rest of its
 * end. */
struct brief {
    struct buf head;
    struct buf tail;
    size_t len; /* of the whole text so far */
};

/* `most` is at least 64. */
void brief_init(struct brief *brief, size_t most);
void brief_add(struct brief *brief, const void *data, size_t len);

/* The whole text where it has `most` bytes at most, else "BEGINNING [... 15,123 bytes ...]
 * END". Afterwards the brief is empty and goes on. The caller frees. */
char *brief_take(struct brief *brief) MUST_USE;
void brief_clear(struct brief *brief);

/* The same of a text that is there; the caller frees. */
char *brief_text(const char *text, size_t most) MUST_USE;

#endif
