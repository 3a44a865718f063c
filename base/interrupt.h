/* base/interrupt.h: SIGINT and SIGTERM as a flag that loops look at.
 *
 * Layer: base. Every loop that waits or streams calls interrupt_check, so that an interrupt
 * unwinds through the ordinary error path and every scope closes what it opened.
 */
#ifndef PGKEEP_BASE_INTERRUPT_H
#define PGKEEP_BASE_INTERRUPT_H

#include "base/err.h"

/* Installs the handlers (without SA_RESTART, so that waits end early) and ignores SIGPIPE.
 * A second signal of the same kind, more than a second later, ends the process at once. */
void interrupt_install(void);

/* ERR_INTERRUPTED after a signal, else NULL. Inside interrupt_hold it is always NULL. */
MUST_USE struct err *interrupt_check(void);

/* Clean-up that must itself wait (removing a throwaway container, dropping a database) holds
 * the flag off in its thread: the nesting depth goes up and down. */
void interrupt_hold(void);
void interrupt_release(void);

/* The signal that came (SIGINT, SIGTERM), or 0. */
int interrupt_signal(void);

#endif
