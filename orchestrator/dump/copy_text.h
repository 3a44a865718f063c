/* orchestrator/dump/copy_text.h: the rows of COPY text, counted as they pass.
 *
 * Layer: orchestrator/dump. Pure. Source: dumpTableData_copy in pg_dump.c: one line a row
 * (a newline inside of a value is written \n), then the line "\." and two empty lines. A value
 * that is itself "\." is written "\\.", so that line is never a row.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_COPY_TEXT_H
#define PGKEEP_ORCHESTRATOR_DUMP_COPY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum copy_text_state {
    COPY_TEXT_LINE_START,
    COPY_TEXT_BACKSLASH, /* the line so far is "\" */
    COPY_TEXT_DOT,       /* the line so far is "\." */
    COPY_TEXT_IN_LINE,
    COPY_TEXT_ENDED, /* the line "\." has passed */
    COPY_TEXT_BROKEN /* something that is not an empty line came after it */
};

struct copy_text {
    uint64_t rows;
    enum copy_text_state state; /* all zero is the start */
    unsigned int empty_lines;   /* after "\." */
};

void copy_text_feed(struct copy_text *copy, const uint8_t *data, size_t len);

/* True when the text is exactly whole. */
bool copy_text_ended(const struct copy_text *copy);

#endif
