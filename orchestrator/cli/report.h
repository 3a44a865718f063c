/* orchestrator/cli/report.h: what goes to stdout, and errors at the top.
 *
 * Layer: orchestrator/cli.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_REPORT_H
#define PGKEEP_ORCHESTRATOR_CLI_REPORT_H

#include "base/err.h"
#include "base/jsonx.h"
#include "orchestrator/cli/table.h"

/* Prints the command's one JSON document on stdout; takes over `document`. An error that comes
 * after it adds no second document. */
void cli_print_json(json_t *document);

/* {"error": {"kind", "message", "hint"}} unless a document was printed. */
void report_json_error(const struct err *e);

/* One line "pgkeep COMMAND: text" on stderr (command may be NULL), and "hint: ..." if the error
 * has one. */
void report_error(const char *command, const struct err *e);

/* One line on stdout of what may hold a stranger's words (shown.h). */
void report_line(const char *format, ...) PRINTF_LIKE(1, 2);

/* Several such lines; but as they are where stdout is no terminal, for a program to read. */
void report_lines(const char *text);

/* "usage", "not-found", ...: the kind as scripts see it. */
const char *report_kind_name(enum err_kind kind);

/* At the very start of the command: from here on it is timed. */
void report_begin(void);

/* Since the lap before, at first since report_begin: what a command says of its parts adds up
 * to what a clock beside it says. */
int64_t report_lap_ms(void);

/* ERR_IO or ERR_NO_SPACE unless all of stdout was written. */
MUST_USE struct err *report_flush(void);

#endif
