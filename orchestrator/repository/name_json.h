/* orchestrator/repository/name_json.h: names and other texts of the server as JSON.
 *
 * Layer: orchestrator/repository. Pure. A database need not be UTF-8, JSON must be. A text that
 * is not UTF-8 is written twice: for the eye with \x escapes, and exactly, by name_escape, as
 * member `KEY_escaped`; in a list such a text is an object with the members `text` and
 * `text_escaped`.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_NAME_JSON_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_NAME_JSON_H

#include "base/err.h"
#include "base/jsonx.h"

/* NULL is written as null. */
void name_json_set(json_t *object, const char *key, const char *text);
json_t *name_json_item(const char *text) MUST_USE;
json_t *name_json_items(const struct strv *texts) MUST_USE;

/* *out is set to a new text, or left as it is where the member is absent or null. ERR_PROTOCOL
 * names the key that is wrong. */
MUST_USE struct err *name_json_get(const json_t *object, const char *key, char **out);

/* The same, but ERR_PROTOCOL where the member is absent or null. */
MUST_USE struct err *name_json_need(const json_t *object, const char *key, char **out);

/* Back from name_json_item. ERR_PROTOCOL where it is no text. */
MUST_USE struct err *name_json_text(const json_t *item, char **out);

#endif
