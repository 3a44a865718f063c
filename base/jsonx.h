/* base/jsonx.h: JSON over jansson, with our errors.
 *
 * Layer: base. `json_t` ownership follows jansson: functions named get borrow.
 */
#ifndef PGKEEP_BASE_JSONX_H
#define PGKEEP_BASE_JSONX_H

#include "base/err.h"
#include "base/strv.h"
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

void jsonx_freep(json_t **json);

/* Parses one document of `len` bytes; the error names line and column. */
MUST_USE struct err *jsonx_parse(const char *text, size_t len, json_t **out);

/* A string member: the text, borrowed; or `fallback` if absent, null or not a string. */
const char *jsonx_string(const json_t *object, const char *key, const char *fallback);

/* An integer (or real, cut) member, or `fallback`. */
int64_t jsonx_int(const json_t *object, const char *key, int64_t fallback);
bool jsonx_bool(const json_t *object, const char *key, bool fallback);

/* Borrowed member by a dotted path such as "State.Health.Status"; NULL if any step is absent.
 * Keys that contain dots cannot be reached this way. */
json_t *jsonx_at(const json_t *object, const char *path);
const char *jsonx_string_at(const json_t *object, const char *path, const char *fallback);

/* Sets object[key] to a string (NULL: json null). Bytes that are not UTF-8 are written as
 * \x escapes in the text, so that nothing is lost silently and nothing fails. */
void jsonx_set_string(json_t *object, const char *key, const char *text);
void jsonx_set_int(json_t *object, const char *key, int64_t value);
void jsonx_set_bool(json_t *object, const char *key, bool value);
/* Takes over `value`. */
void jsonx_set(json_t *object, const char *key, json_t *value);
/* A new string value by the same rule, for arrays. */
json_t *jsonx_text(const char *text) MUST_USE;

/* A list of such texts. */
json_t *jsonx_texts(const struct strv *texts) MUST_USE;

/* Serialised: indented by two, or compact; the caller frees. Never NULL. */
char *jsonx_pretty(const json_t *json) MUST_USE;
char *jsonx_compact(const json_t *json) MUST_USE;

#endif
