#include "orchestrator/repository/sealed.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/sha256.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *pretty_line(const json_t *root)
{
    AUTO(mem_freep) char *pretty = jsonx_pretty(root);

    return mem_printf("%s\n", pretty);
}

static int add_piece(const char *piece, size_t len, void *ctx)
{
    sha256_add(ctx, piece, len);
    return 0;
}

static void seal_of(const json_t *root, const char *key, char out[SHA256_HEX_SIZE])
{
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    AUTO(jsonx_freep) json_t *bare = json_copy((json_t *)(uintptr_t)root);

    json_object_del(bare, key);
    if (json_dump_callback(bare, add_piece, sha, JSON_COMPACT | JSON_SORT_KEYS) != 0) {
        fputs("pgkeep: cannot write JSON\n", stderr);
        _Exit(1);
    }
    sha256_hex(sha, out);
}

char *sealed_text(const json_t *root, const char *key)
{
    AUTO(jsonx_freep) json_t *whole = json_copy((json_t *)(uintptr_t)root);
    char seal[SHA256_HEX_SIZE];

    jsonx_set_int(whole, "layout", SEALED_LAYOUT);
    seal_of(whole, key, seal);
    json_object_del(whole, key);
    jsonx_set_string(whole, key, seal);
    return pretty_line(whole);
}

static struct err *check_seal(const json_t *root, const char *key)
{
    const char *stored = jsonx_string(root, key, NULL);
    char seal[SHA256_HEX_SIZE];

    if (!stored)
        return err_new(ERR_PROTOCOL, "its own checksum (key %s) is missing", key);
    seal_of(root, key, seal);
    if (strcmp(stored, seal) != 0)
        return err_new(ERR_PROTOCOL, "its content does not match its own checksum (key %s)",
                       key);
    return NULL;
}

static struct err *check_layout(const json_t *root, const char *text, size_t len)
{
    AUTO(mem_freep) char *expected = NULL;
    size_t at = 0;

    if (jsonx_int(root, "layout", 0) != SEALED_LAYOUT)
        return NULL;
    expected = pretty_line(root);
    while (at < len && expected[at] && text[at] == expected[at])
        at++;
    if (at < len || expected[at])
        return err_new(ERR_PROTOCOL, "its bytes are not as they were written, from byte %zu on",
                       at);
    return NULL;
}

struct err *sealed_parse(const char *text, size_t len, const char *key, json_t **out)
{
    PASS(jsonx_parse(text, len, out));
    if (!json_is_object(*out)) {
        jsonx_freep(out);
        return err_new(ERR_PROTOCOL, "not a JSON object");
    }
    PASS(check_seal(*out, key));
    return check_layout(*out, text, len);
}
