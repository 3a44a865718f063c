#include "orchestrator/fingerprint/schema.h"
#include "base/mem.h"
#include "orchestrator/dump/dump.h"
#include "orchestrator/postgres/quote.h"
#include "orchestrator/postgres/tool.h"
#include <inttypes.h>
#include <string.h>

/* Its locks are not worth holding up anybody, least of all the real dump. */
#define LOCK_WAIT_MS INT64_C(60000)

/* What shapes the constants and names in definitions, and pg_dump leaves as the role, the
 * database or the server have it. */
#define PINS                                                                                   \
    "-c statement_timeout=0 -c quote_all_identifiers=off -c TimeZone=UTC"                      \
    " -c bytea_output=hex -c lc_monetary=C -c xmloption=content"

static bool is_one_of(const char *desc, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(desc, list[i]) == 0)
            return true;
    return false;
}

static bool is_left_out(const struct toc_entry *entry)
{
    static const char *const settings_and_data[] = {"ENCODING",
                                                    "STDSTRINGS",
                                                    "SEARCHPATH",
                                                    "DATABASE",
                                                    "DATABASE PROPERTIES",
                                                    "TABLE DATA",
                                                    "MATERIALIZED VIEW DATA",
                                                    "SEQUENCE SET",
                                                    "BLOB",
                                                    "BLOBS",
                                                    "BLOB METADATA",
                                                    "STATISTICS DATA"};
    static const char *const about[] = {"ACL", "COMMENT", "SECURITY LABEL"};

    if (is_one_of(entry->desc, settings_and_data, ARRAY_LEN(settings_and_data)))
        return true;
    return !*entry->schema && is_one_of(entry->desc, about, ARRAY_LEN(about)) &&
           (strncmp(entry->tag, "DATABASE ", 9) == 0 ||
            strncmp(entry->tag, "LARGE OBJECT", 12) == 0);
}

void schema_add_toc(const struct toc *toc, bool no_owner, struct fingerprint *out)
{
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (!is_left_out(entry))
            fingerprint_add_entry(out, entry->desc, entry->schema, entry->tag,
                                  toc_entry_digest(entry, !no_owner));
    }
}

void schema_options(const struct strv *selection, struct strv *out)
{
    for (size_t i = 0; i < selection->len; i++)
        if (strcmp(selection->items[i], "--data-only") != 0 &&
            strcmp(selection->items[i], "--schema-only") != 0)
            strv_push(out, selection->items[i]);
}

struct schema_run {
    const struct schema_spec *spec;
    struct dump_reader *reader;
};

static struct err *feed_reader(void *ctx, const uint8_t *data, size_t len)
{
    const struct schema_run *run = ctx;

    return dump_reader_feed(run->reader, data, len);
}

static struct err *ask_for_snapshot(void *ctx, char **out)
{
    const struct schema_run *run = ctx;

    return run->spec->snapshot(run->spec->ctx, out);
}

static void fill_argv(const struct schema_spec *spec, struct strv *argv)
{
    AUTO(mem_freep) char *conninfo = quote_conninfo_dbname(spec->database);

    strv_push(argv, "pg_dump");
    strv_push(argv, "--format=custom");
    strv_push(argv, "--compress=0");
    strv_push(argv, "--schema-only");
    strv_push(argv, "--no-password");
    strv_pushf(argv, "--lock-wait-timeout=%" PRId64,
               spec->lock_wait_ms ? spec->lock_wait_ms : LOCK_WAIT_MS);
    strv_pushf(argv, "--encoding=%s", spec->encoding);
    /* pg_dump pins search_path by itself, but where it looks a --table up: that pattern means
     * what it means to the dump. */
    strv_pushf(argv, "--dbname=%s application_name=%s options='" PINS "'", conninfo,
               spec->mark);
    if (spec->args)
        strv_extend(argv, spec->args);
}

MUST_USE struct err *schema_read(const struct schema_spec *spec, struct fingerprint *out)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_CUSTOM, NULL);
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    struct tool_access access = server_access(spec->server);
    struct schema_run run = {.spec = spec, .reader = reader};
    const struct tool_spec tool = {
        .database = spec->database,
        .argv = &argv,
        .name = "pg_dump --schema-only",
        .on_stdout = feed_reader,
        .guarded = true,
        .late_argument = spec->snapshot ? ask_for_snapshot : NULL,
        .ctx = &run,
    };

    fill_argv(spec, &argv);
    PASS(tool_run(spec->engine, &access, &tool));
    TRY(dump_reader_finish(reader), "pg_dump --schema-only");
    schema_add_toc(dump_reader_toc(reader), spec->no_owner, out);
    return NULL;
}
