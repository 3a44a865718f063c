/* base/shown.h: what of a stranger's text may reach a terminal.
 *
 * Layer: base. Names of databases and tables, and all that stands in a repository, may hold
 * escape sequences that move the cursor or retitle the window, and marks that turn the
 * direction of writing so that a line reads otherwise than it is. In the encoding of LC_CTYPE.
 */
#ifndef PGKEEP_BASE_SHOWN_H
#define PGKEEP_BASE_SHOWN_H

#include "base/own.h"
#include <stddef.h>

/* Looks at the first character of a text that is not empty: returns its bytes and in *columns
 * its width on a screen; 0 and 1 where its first byte must not be shown as it is. */
size_t shown_next(const char *text, int *columns);

/* On one line: a control byte becomes a blank, another byte that must not be shown "?". The
 * caller frees. */
char *shown_line(const char *text) MUST_USE;

#endif
