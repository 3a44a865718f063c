/* base/clock.h: what time it is, and stamps.
 *
 * Layer: base. Times in files are UTC; a stamp is the name form 2026-11-21T013000Z.
 */
#ifndef PGKEEP_BASE_CLOCK_H
#define PGKEEP_BASE_CLOCK_H

#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define CLOCK_STAMP_SIZE 19 /* "2026-11-21T013000Z" and its NUL */
#define CLOCK_TEXT_SIZE 32

/* A stamp up to this far ahead of the clock is no sign of a clock that went back: of several
 * backups in one second each takes the next free one. */
#define CLOCK_SLACK_S 60

/* Milliseconds of a clock that never steps. */
int64_t clock_mono_ms(void);

/* Seconds since 1970, UTC. */
int64_t clock_unix_s(void);

void clock_stamp(int64_t at_unix_s, char out[CLOCK_STAMP_SIZE]);

/* Reads a stamp back; false where the text is not exactly a valid one. */
bool clock_parse_stamp(const char *text, int64_t *out_unix_s);

/* RFC 3339 in UTC: 2026-11-21T01:30:00Z; reading it back, and a local form for the screen. */
void clock_rfc3339(int64_t at_unix_s, char out[CLOCK_TEXT_SIZE]);
bool clock_parse_rfc3339(const char *text, int64_t *out_unix_s);
void clock_local(int64_t at_unix_s, char out[CLOCK_TEXT_SIZE]);

/* What a person types: DATE, DATETHH:MM or DATETHH:MM:SS (a blank may stand for the T) in the
 * local time zone, in UTC with a Z at its end; or a stamp. A date is its first second. False
 * where it is none of these. */
bool clock_parse_local(const char *text, int64_t *out_unix_s);

/* Sleeps up to `ms`, ends early on SIGINT or SIGTERM. */
void clock_sleep_ms(int64_t ms);

#endif
