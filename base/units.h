/* base/units.h: durations, sizes and counts as people write and read them.
 *
 * Layer: base. Durations: 30s 5m 2h 7d (also 500ms; a bare number is seconds). Sizes: binary
 * units, 512 KiB; input takes 512K, 512KB, 512KiB alike.
 */
#ifndef PGKEEP_BASE_UNITS_H
#define PGKEEP_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#define UNITS_TEXT_SIZE 48

bool units_parse_duration(const char *text, int64_t *out_ms);
bool units_parse_size(const char *text, uint64_t *out_bytes);

/* Decimal digits only, the whole text, no overflow. */
bool units_parse_uint(const char *text, uint64_t *out);

/* "15.2 MiB" */
const char *units_size(uint64_t bytes, char out[UNITS_TEXT_SIZE]);

/* "8,000,100" */
const char *units_count(uint64_t count, char out[UNITS_TEXT_SIZE]);

/* "1 table", "8,000,100 rows": the count with its noun, which takes an s but for 1. */
const char *units_of(uint64_t count, const char *noun, char out[UNITS_TEXT_SIZE]);

/* For results: "0.4 s", "9.8 s", "3 min 20 s", "2 h 5 min". */
const char *units_elapsed(int64_t ms, char out[UNITS_TEXT_SIZE]);

/* For a running clock: "0:04", "12:31", "1:02:03". */
const char *units_timer(int64_t ms, char out[UNITS_TEXT_SIZE]);

/* The sum, at most INT64_MAX: what a stranger's manifest says must not wrap around. */
uint64_t units_add(uint64_t a, uint64_t b);

/* For ages: "45s", "12m", "5h", "3d"; below -CLOCK_SLACK_S "3d in the future". */
const char *units_age(int64_t seconds, char out[UNITS_TEXT_SIZE]);

#endif
