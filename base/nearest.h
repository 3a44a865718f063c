/* base/nearest.h: "did you mean", by edit distance.
 *
 * Layer: base. Pure.
 */
#ifndef PGKEEP_BASE_NEAREST_H
#define PGKEEP_BASE_NEAREST_H

#include <stddef.h>

/* The candidate closest to `word` (borrowed), or NULL where none is near enough to suggest: at
 * most a quarter of the longer one in edits, and at most three, in each part between slashes
 * and dots. Upper and lower case are the same. */
const char *nearest_of(const char *word, const char *const *candidates, size_t count);

#endif
