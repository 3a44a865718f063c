/* orchestrator/repository/sealed.h: JSON files that notice a flipped bit in themselves.
 *
 * Layer: orchestrator/repository. Pure. A sealed document carries two members of its own:
 *   "layout"  1: the file's bytes are the document's members in their order, indented by two
 *             spaces, strings as UTF-8, and one newline at the end
 *   the seal  SHA-256, lower-case hex, of the document without the seal, serialised without
 *             spaces and with the keys of every object sorted (jansson's JSON_COMPACT and
 *             JSON_SORT_KEYS)
 * The seal guards the content; the layout guards what content does not show, such as spaces.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_SEALED_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_SEALED_H

#include "base/err.h"
#include "base/jsonx.h"
#include <stddef.h>

#define SEALED_LAYOUT 1
#define SEALED_MANIFEST_KEY "manifest_sha256"
#define SEALED_PROOF_KEY "proof_sha256"

/* The file's text for `root` (an object, not changed), sealed under `key`; the caller frees. */
char *sealed_text(const json_t *root, const char *key) MUST_USE;

/* Parses and checks a file's text. ERR_PROTOCOL: not JSON, no seal, or a seal or layout that
 * does not fit. *out is the document where it could be parsed at all, also when the check
 * failed; else NULL. The layout is checked only where it is one that we know. */
MUST_USE struct err *sealed_parse(const char *text, size_t len, const char *key, json_t **out);

#endif
