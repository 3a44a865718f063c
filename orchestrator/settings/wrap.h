/* orchestrator/settings/wrap.h: paragraphs laid out for a terminal.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. Pure; ASCII text.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_WRAP_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_WRAP_H

#include "base/buf.h"

#define WRAP_WIDTH 80

/* Appends the words of `text` in lines of at most WRAP_WIDTH columns. The first line starts
 * where the cursor is, at `column`, and is filled up to `indent`, at which the others start;
 * ends with a newline. A "\n\n" in the text gives an empty line. */
void wrap_text(struct buf *out, const char *text, int column, int indent);

/* One row of two columns: `left` at two blanks, `text` from `indent` on, below `left` where
 * that is too long. */
void wrap_row(struct buf *out, const char *left, const char *text, int indent);

#endif
