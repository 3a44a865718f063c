/* orchestrator/postgres/greeting.h: does the input of an exec arrive?
 *
 * Layer: orchestrator/postgres. Some proxies before an engine answer an upgrade and then pass
 * only the output on. A tool that waits for its input, and we for its answer, would do so for
 * ever, and silence alone proves nothing: a pg_dump may be silent for hours. So the first tool
 * of an engine is greeted: its shell reads a line before all else and says it again.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_GREETING_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_GREETING_H

#include "base/buf.h"
#include "docker-api/exec.h"
#include <stdbool.h>

/* After which a greeted shell that runs is taken for one that got nothing (docker-api/exec.h
 * says when later). A machine that swaps needs many seconds to start a shell. */
#define GREETING_ANSWER_MS 20000

#define GREETING_TEXT_SIZE 40

struct greeting {
    char text[GREETING_TEXT_SIZE]; /* one of its own for each; "" greets nobody */
    struct buf held;               /* of stderr, until the answer came */
    bool answered;
};

/* greeting_clear frees what feed allocates. */
void greeting_init(struct greeting *greeting);
void greeting_clear(struct greeting *greeting);

/* Takes a piece of the tool's stderr and appends to `out` what is not the answer. Pure. */
void greeting_feed(struct greeting *greeting, const uint8_t *data, size_t len, struct buf *out);

/* The stream has ended: what was held for an answer is the tool's own words. */
void greeting_finish(struct greeting *greeting, struct buf *out);

/* Ends the greeted shell where nothing can reach its standard input, through an exec without
 * input. Done as far as the engine lets us; also during an interrupt. */
void greeting_end(const struct greeting *greeting, struct engine *engine, const char *container,
                  const char *user);

#endif
