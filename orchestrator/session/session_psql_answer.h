/* orchestrator/session/session_psql_answer.h: what the psql of a session answered.
 *
 * Layer: orchestrator/session. Pure. After each statement psql is told to print two lines of
 * ours, so an answer is
 *
 *   CELL zero CELL zero ... TOKEN ERROR SQLSTATE MESSAGE
 *   TOKEN.
 *
 * where TOKEN is random, and psql fills in its variables about how the statement ended. The
 * container wrote the answer: any bytes may come, and what is not of this form is an error.
 */
#ifndef PGKEEP_ORCHESTRATOR_SESSION_SESSION_PSQL_ANSWER_H
#define PGKEEP_ORCHESTRATOR_SESSION_SESSION_PSQL_ANSWER_H

#include "base/buf.h"
#include "orchestrator/postgres/server.h"

/* True where the answer ends with its last line. */
bool session_psql_answer_ended(const struct buf *answer, const char *token);

/* The rows of a whole answer, `columns` cells each; 0: none are kept. ERR_TOOL: the statement
 * failed, "MESSAGE (SQLSTATE xxxxx)"; ERR_PROTOCOL: not of the form. *out is the caller's to
 * clear, and empty after an error. */
MUST_USE struct err *session_psql_answer_read(const struct buf *answer, const char *token,
                                              size_t columns, struct rows *out);

#endif
