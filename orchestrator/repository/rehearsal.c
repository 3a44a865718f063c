#include "orchestrator/repository/rehearsal.h"
#include <stdlib.h>
#include <string.h>

#define KEY "rehearsals"
/* Of different images; the oldest goes. */
#define REHEARSALS_MOST 8

/* "17.2 (Debian 17.2-1)", "18beta1" */
static int major_of(const json_t *proof, const char *key)
{
    return (int)strtol(jsonx_string(proof, key, ""), NULL, 10);
}

int rehearsal_major(const json_t *proof)
{
    return major_of(proof, "server_version");
}

bool rehearsal_is(const json_t *proof)
{
    int source = major_of(proof, "source_server_version");
    int major = rehearsal_major(proof);

    return source > 0 && major > 0 && source != major;
}

const json_t *rehearsal_list(const json_t *proof)
{
    const json_t *list = json_object_get(proof, KEY);

    return json_is_array(list) ? list : NULL;
}

static bool is_firm(const json_t *proof)
{
    const char *verdict = jsonx_string(proof, "verdict", "");

    return strcmp(verdict, "equal") == 0 || strcmp(verdict, "different") == 0;
}

static bool is_own_image(const json_t *proof)
{
    const char *source = jsonx_string(proof, "source_image_id", "");

    return !*source || strcmp(jsonx_string(proof, "in", ""), "database") == 0 ||
           strcmp(jsonx_string(proof, "image_id", source), source) == 0;
}

/* The proof's place while there are rehearsals only. */
static json_t *no_proof(const json_t *test)
{
    static const char *const kept[] = {"format", "source_server_version", "source_image",
                                       "source_image_id"};
    json_t *proof = json_object();

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        json_t *value = json_object_get(test, kept[i]);

        if (value)
            jsonx_set(proof, kept[i], json_incref(value));
    }
    jsonx_set_string(proof, "verdict", "unproven");
    jsonx_set_string(proof, "reason",
                     "it was restored with other versions of PostgreSQL only: see rehearsals");
    jsonx_set(proof, "differences", json_array());
    jsonx_set(proof, "not_compared", json_array());
    return proof;
}

static bool is_same_place(const json_t *a, const json_t *b)
{
    return rehearsal_major(a) == rehearsal_major(b) &&
           strcmp(jsonx_string(a, "image", ""), jsonx_string(b, "image", "")) == 0;
}

static void add_rehearsal(json_t *proof, const json_t *test)
{
    json_t *list = json_object_get(proof, KEY);
    json_t *bare = json_copy((json_t *)(uintptr_t)test);

    json_object_del(bare, KEY);
    if (!json_is_array(list)) {
        list = json_array();
        jsonx_set(proof, KEY, list);
    }
    for (size_t i = json_array_size(list); i > 0; i--) {
        if (!is_same_place(json_array_get(list, i - 1), bare))
            continue;
        if (!is_firm(bare) && is_firm(json_array_get(list, i - 1))) {
            json_decref(bare);
            return;
        }
        json_array_remove(list, i - 1);
    }
    json_array_append_new(list, bare);
    while (json_array_size(list) > REHEARSALS_MOST)
        json_array_remove(list, 0);
}

/* A copy whose list may be changed. */
static json_t *copy_of(const json_t *stored)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)stored);
    const json_t *list = rehearsal_list(stored);

    json_object_del(copy, "layout");
    json_object_del(copy, "proof_sha256");
    if (list)
        jsonx_set(copy, KEY, json_copy((json_t *)(uintptr_t)list));
    return copy;
}

json_t *rehearsal_merge(const json_t *stored, const json_t *test)
{
    json_t *out;

    if (rehearsal_is(test) || (stored && is_firm(stored) && is_own_image(stored) &&
                               !is_own_image(test) && rehearsal_major(test) > 0)) {
        out = stored ? copy_of(stored) : no_proof(test);
        add_rehearsal(out, test);
        return out;
    }
    if (stored && is_firm(stored) && !is_firm(test))
        return copy_of(stored);
    out = json_copy((json_t *)(uintptr_t)test);
    if (stored && rehearsal_list(stored))
        jsonx_set(out, KEY, json_copy((json_t *)(uintptr_t)rehearsal_list(stored)));
    return out;
}

json_t *rehearsal_settle(json_t *stored)
{
    json_t *out;

    if (!stored || !rehearsal_is(stored))
        return stored;
    out = no_proof(stored);
    if (rehearsal_list(stored))
        jsonx_set(out, KEY, json_copy((json_t *)(uintptr_t)rehearsal_list(stored)));
    add_rehearsal(out, stored);
    json_decref(stored);
    return out;
}
