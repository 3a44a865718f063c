/* orchestrator/cli/progress_line.h: progress on stderr.
 *
 * Layer: orchestrator/cli. On a terminal one line that is drawn over, ten times a second at the
 * most; elsewhere one plain line every half minute. Events are always lines of their own.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_PROGRESS_LINE_H
#define PGKEEP_ORCHESTRATOR_CLI_PROGRESS_LINE_H

#include "base/own.h"
#include "orchestrator/stream/progress.h"

/* The process's one progress line; borrowed. */
const struct progress *progress_line(void);

/* Wipes the line, if it is drawn. */
void progress_line_wipe(void);

/* What it says: "app-db/app  dump  3 of 9  public.orders  1.2 MiB of about 8.0 MiB  ...". The
 * estimate is left out once it was passed. The caller frees. */
char *progress_line_text(const struct progress_step *step, int64_t elapsed_ms) MUST_USE;

#endif
