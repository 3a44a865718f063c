/* orchestrator/postgres/tool_said.h: what of a tool's stderr an error quotes.
 *
 * Layer: orchestrator/postgres. Pure. A tool may write much before and after the line that
 * says what went wrong, and a line may hold a statement with the names of 20,000 tables; memory
 * and quotation stay small all the same.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_TOOL_SAID_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_TOOL_SAID_H

#include "base/brief.h"
#include <stdbool.h>
#include <stdint.h>

struct tool_said {
    struct brief line; /* that goes on */
    struct buf errors; /* lines from the first error on */
    struct buf tail;   /* the last lines */
};

void tool_said_init(struct tool_said *said);
void tool_said_add(struct tool_said *said, const uint8_t *data, size_t len);

/* True where anything came. */
bool tool_said_any(const struct tool_said *said);

/* From the first error line on, `lines` lines at most, and the server's HINT if it comes after
 * them; the last lines where none is marked as an error. A long line is short (base/brief.h).
 * One line of text, line breaks as " | "; the caller frees. */
char *tool_said_error(struct tool_said *said, int lines) MUST_USE;

/* "HINT:  ..." that goes with the first error, or NULL; the caller frees. */
char *tool_said_hint(struct tool_said *said);

/* Forgets what came. */
void tool_said_reset(struct tool_said *said);
void tool_said_clear(struct tool_said *said);

#endif
