/* tests/fuzz/fuzz_manifest.c: a manifest read, written and read again; its statements judged.
 *
 * Input: the JSON text. What is read comes back the same from what is written. A property that
 * passes is one statement to psql's splitter, without anything that psql may obey.
 */
#include "base/jsonx.h"
#include "orchestrator/dump/property_statement.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/repository/manifest.h"
#include "tests/fuzz/fuzz.h"

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    int *count = ctx;

    FUZZ_CHECK(!statement->copy_in);
    ++*count;
    return NULL;
}

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    FUZZ_CHECK(!"a psql command in a property");
    return NULL;
}

static struct err *on_odd(void *ctx, const char *what, uint64_t at)
{
    FUZZ_CHECK(!"something odd in a property");
    return NULL;
}

static void look_at_property(const char *property)
{
    AUTO(err_freep) struct err *e = property_statement_check(property);
    int count = 0;
    const struct sql_handler handler = {
        .on_statement = on_statement, .on_meta = on_meta, .on_odd = on_odd, .ctx = &count};

    if (e)
        return;
    AUTO(sql_lexer_freep) struct sql_lexer *lexer = sql_lexer_new(&handler, strlen(property));
    FUZZ_CHECK(!sql_lexer_feed(lexer, property, strlen(property)));
    FUZZ_CHECK(!sql_lexer_feed(lexer, ";\n", 2));
    FUZZ_CHECK(!sql_lexer_finish(lexer));
    FUZZ_CHECK(count == 1);
}

static void read_again(const struct manifest *manifest)
{
    AUTO(mem_freep) char *text = manifest_to_text(manifest);
    AUTO(jsonx_freep) json_t *root = NULL;
    AUTO(manifest_freep) struct manifest *again = NULL;

    FUZZ_CHECK(!jsonx_parse(text, strlen(text), &root));
    FUZZ_CHECK(!manifest_from_json(root, &again));
    AUTO(mem_freep) char *second = manifest_to_text(again);
    FUZZ_CHECK(strcmp(text, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(jsonx_freep) json_t *root = NULL;
    AUTO(manifest_freep) struct manifest *manifest = NULL;
    AUTO(err_freep) struct err *e = jsonx_parse((const char *)data, size, &root);

    if (!e)
        e = manifest_from_json(root, &manifest);
    if (e)
        return 0;
    for (size_t i = 0; i < manifest->database_properties.len; i++)
        look_at_property(manifest->database_properties.items[i]);
    read_again(manifest);
    return 0;
}
