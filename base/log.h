/* base/log.h: log lines on stderr.
 *
 * Layer: base. One line an event: "app-db/app: text", as shown_line shows it. Results never
 * come here (stdout is the cli's), but what was printed there is flushed before each line, so
 * that a pipe that takes both gets them in their order. Where a progress line is on the
 * terminal, it registers itself so that log lines do not run into it.
 */
#ifndef PGKEEP_BASE_LOG_H
#define PGKEEP_BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_QUIET, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* What is shown: this level and all above it. Starts at LOG_INFO. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Called before each line is written (NULL: nothing); used to wipe a progress line. */
void log_set_before_line(void (*before_line)(void));

void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

/* Logs the error's chain as one line and its hint as a second, at the given level. */
void log_err(enum log_level level, const char *prefix, const struct err *e);

#endif
