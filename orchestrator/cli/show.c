#include "base/clock.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/alarms.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/cli/diff.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/stored.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/dump/listing.h"
#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/repository/rehearsal.h"
#include "orchestrator/restore/dump_feed.h"
#include <stdio.h>
#include <string.h>

/* A fact is a line: its name and its text. An unknown one is left out. */
static void fact(struct table *table, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    table_cell(table, name);
    table_cell(table, text);
}

static void factf(struct table *table, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void factf(struct table *table, const char *name, const char *format, ...)
{
    va_list args;
    AUTO(mem_freep) char *text = NULL;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    fact(table, name, text);
}

static void add_origin(struct table *table, const struct manifest *m)
{
    char size[UNITS_TEXT_SIZE];

    if (m->database)
        factf(table, "database", "%s, %s", m->database, units_size(m->database_bytes, size));
    else
        fact(table, "database", "none: roles and tablespaces only");
    fact(table, "owner", m->owner);
    fact(table, "encoding", m->encoding);
    fact(table, "locale provider", m->locale_provider);
    fact(table, "collate", m->collate);
    fact(table, "ctype", m->ctype);
    fact(table, "ICU locale", m->icu_locale);
    if (m->server_version)
        factf(table, "server", "PostgreSQL %s%s", m->server_version,
              m->in_recovery ? ", a standby" : "");
    fact(table, "tool", m->tool_version);
    fact(table, "image", m->image);
    fact(table, "image id", m->image_id);
    fact(table, "container id", m->container_id);
    fact(table, "engine", m->engine_version);
    fact(table, "pgkeep", m->pgkeep_version);
    fact(table, "snapshot", m->snapshot);
    fact(table, "LSN", m->lsn);
}

static void add_dump(struct table *table, const struct manifest *m)
{
    uint64_t stored = manifest_stored_bytes(m);
    char size[UNITS_TEXT_SIZE], raw[UNITS_TEXT_SIZE];

    if (m->dump_format)
        factf(table, "format", "%s%s%s", m->dump_format, m->compression ? ", " : "",
              m->compression ? m->compression : "");
    if (stored > 0 && m->raw_bytes > stored + stored / 20)
        factf(table, "size", "%s (%.1fx of %s)", units_size(stored, size),
              (double)m->raw_bytes / (double)stored, units_size(m->raw_bytes, raw));
    else
        fact(table, "size", units_size(stored, size));
    if (m->globals)
        factf(table, "globals", "%s, %s passwords", m->globals,
              m->globals_have_passwords ? "with" : "without");
}

static void add_lists(struct table *table, const struct manifest *m)
{
    for (size_t i = 0; i < m->selection.len; i++)
        fact(table, "selection", m->selection.items[i]);
    for (size_t i = 0; i < m->commands.len; i++)
        fact(table, "command", m->commands.items[i]);
    for (size_t i = 0; i < m->notes.len; i++)
        fact(table, "note", m->notes.items[i]);
    for (size_t i = 0; i < m->warnings.len; i++)
        fact(table, "warning", m->warnings.items[i]);
    for (size_t i = 0; i < m->subscriptions.len; i++)
        factf(table, "subscription", "%s, disabled after a restore", m->subscriptions.items[i]);
    for (size_t i = 0; i < m->extension_count; i++)
        factf(table, "extension", "%s %s", m->extensions[i].name,
              m->extensions[i].version ? m->extensions[i].version : "");
}

static void add_tables(struct table *table, const struct manifest *m)
{
    char tables[UNITS_TEXT_SIZE], rows[UNITS_TEXT_SIZE];
    uint64_t sum = 0;

    for (size_t i = 0; i < m->table_count; i++)
        sum = units_add(sum, m->tables[i].rows > 0 ? (uint64_t)m->tables[i].rows : 0);
    if (m->table_count > 0)
        factf(table, "tables with data", "%s, %s rows", units_count(m->table_count, tables),
              units_count(sum, rows));
}

static void add_alarms(struct table *table, const struct manifest *m)
{
    fact(table, "compared with", m->compared_with);
    for (size_t i = 0; i < m->alarm_count; i++) {
        AUTO(mem_freep) char *text = alarms_text(&m->alarms[i]);
        fact(table, "rows lost", text);
    }
}

static void add_fingerprint(struct table *table, const struct manifest *m)
{
    AUTO(fingerprint_freep) struct fingerprint *f = NULL;
    AUTO(err_freep) struct err *e = NULL;
    char hex[SHA256_HEX_SIZE], elapsed[UNITS_TEXT_SIZE], gaps[UNITS_TEXT_SIZE];

    if (!m->fingerprint || (e = fingerprint_from_json(m->fingerprint, &f)) != NULL) {
        fact(table, "fingerprint", m->fingerprint ? "not readable" : "none");
        return;
    }
    fingerprint_schema_digest(f, hex);
    factf(table, "fingerprint", "%s, taken in %s, %s", fingerprint_depth_name(f->depth),
          units_elapsed(f->elapsed_ms, elapsed),
          fingerprint_gaps(f) ? units_of(fingerprint_gaps(f), "gap", gaps) : "no gaps");
    if (!f->schema_why_not)
        fact(table, "schema digest", hex);
}

static void add_differences(struct table *table, const char *name, const json_t *proof)
{
    const json_t *differences = json_object_get(proof, "differences");

    for (size_t i = 0; i < json_array_size(differences); i++)
        fact(table, name, json_string_value(json_array_get(differences, i)));
}

static void add_rehearsals(struct table *table, const json_t *proof)
{
    size_t i;
    const json_t *rehearsal;

    json_array_foreach(rehearsal_list(proof), i, rehearsal)
    {
        const char *image = jsonx_string(rehearsal, "image", NULL);
        char tested[CLOCK_TEXT_SIZE] = "at an unknown time";
        int64_t at;

        if (clock_parse_rfc3339(jsonx_string(rehearsal, "tested_at", ""), &at))
            clock_local(at, tested);
        factf(table, "rehearsal", "PostgreSQL %s%s%s: %s, %s",
              jsonx_string(rehearsal, "server_version", "?"), image ? ", " : "",
              image ? image : "", jsonx_string(rehearsal, "verdict", "?"), tested);
        fact(table, "rehearsal reason", jsonx_string(rehearsal, "reason", NULL));
        add_differences(table, "rehearsal difference", rehearsal);
    }
}

static void add_proof(struct table *table, const struct backup *backup)
{
    char tested[CLOCK_TEXT_SIZE] = "at an unknown time";
    char elapsed[UNITS_TEXT_SIZE];

    if (!backup->proof) {
        factf(table, "proof", "none yet: pgkeep test %s makes one", backup->id);
        return;
    }
    if (backup_tested_unix_s(backup))
        clock_local(backup_tested_unix_s(backup), tested);
    factf(table, "proof", "%s, %s", proof_verdict_name(backup_verdict(backup)), tested);
    if (jsonx_int(backup->proof, "restore_ms", -1) >= 0)
        fact(table, "restored in",
             units_elapsed(jsonx_int(backup->proof, "restore_ms", 0), elapsed));
    fact(table, "reason", jsonx_string(backup->proof, "reason", NULL));
    add_differences(table, "difference", backup->proof);
    add_rehearsals(table, backup->proof);
}

static void print_facts(const struct backup *backup)
{
    const struct manifest *m = backup->manifest;
    AUTO(table_clear) struct table table = {.columns = 2};
    char taken[CLOCK_TEXT_SIZE], elapsed[UNITS_TEXT_SIZE];

    clock_local(backup->at_unix_s, taken);
    fact(&table, "backup", backup->id);
    fact(&table, "folder", backup->path);
    factf(&table, "taken", "%s, in %s", taken, units_elapsed(m->elapsed_ms, elapsed));
    fact(&table, "target", m->target);
    add_origin(&table, m);
    add_dump(&table, m);
    add_lists(&table, m);
    add_tables(&table, m);
    add_fingerprint(&table, m);
    add_alarms(&table, m);
    add_proof(&table, backup);
    table_print(&table);
}

static void print_files(const struct manifest *m)
{
    AUTO(table_clear) struct table table = {0};
    char size[UNITS_TEXT_SIZE];

    table_head(&table, "FILE\tSIZE\tSHA-256");
    for (size_t i = 0; i < m->file_count; i++) {
        table_cell(&table, m->files[i].name);
        table_cell(&table, units_size(m->files[i].bytes, size));
        table_cell(&table, m->files[i].sha256);
    }
    printf("\n");
    table_print(&table);
}

static void print_contents(const struct toc *toc)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;

    listing_header(toc, &text);
    listing_entries(toc, &text);
    report_lines(buf_text(&text));
}

static json_t *contents_json(const struct toc *toc)
{
    json_t *list = json_array();

    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];
        json_t *item = json_object();

        jsonx_set_int(item, "dump_id", entry->dump_id);
        jsonx_set_string(item, "desc", entry->desc);
        jsonx_set_string(item, "schema", entry->schema);
        jsonx_set_string(item, "tag", entry->tag);
        jsonx_set_string(item, "owner", entry->owner);
        json_array_append_new(list, item);
    }
    return list;
}

/* Damage is what verify names in full; here it only ends the command. */
static struct err *read_contents(const struct backup *backup, struct dump_feed **out)
{
    struct err *e = dump_feed_read_toc(backup->path, backup->manifest, out);

    if (err_is(e, ERR_CUT))
        e = err_as(e, ERR_BAD_BACKUP);
    e = backup_bad_file(e);
    return err_hint(err_wrap(e, "read the contents of %s", backup->id),
                    "pgkeep verify %s names everything that is wrong with it", backup->id);
}

static struct err *show_json(const struct backup *backup)
{
    AUTO(dump_feed_freep) struct dump_feed *feed = NULL;
    json_t *document;

    if (backup->manifest->dump)
        PASS(read_contents(backup, &feed));
    document = stored_json(backup);
    jsonx_set(document, "manifest", manifest_to_json(backup->manifest));
    jsonx_set(document, "proof", backup->proof ? json_incref(backup->proof) : json_null());
    jsonx_set(document, "contents", feed ? contents_json(dump_feed_toc(feed)) : json_null());
    cli_print_json(document);
    return NULL;
}

static struct err *show_contents(const struct backup *backup)
{
    AUTO(dump_feed_freep) struct dump_feed *feed = NULL;

    if (!backup->manifest->dump)
        return err_new(ERR_USAGE, "backup %s holds globals only, and so no contents to list",
                       backup->id);
    PASS(read_contents(backup, &feed));
    print_contents(dump_feed_toc(feed));
    return NULL;
}

static struct err *show_all(const struct backup *backup)
{
    AUTO(dump_feed_freep) struct dump_feed *feed = NULL;

    print_facts(backup);
    print_files(backup->manifest);
    if (!backup->manifest->dump)
        return NULL;
    PASS(read_contents(backup, &feed));
    printf("\n");
    print_contents(dump_feed_toc(feed));
    return NULL;
}

static struct err *show_diff(const struct settings *settings, const struct strv *names)
{
    AUTO(repository_freep) struct repository *of_before = NULL;
    AUTO(repository_freep) struct repository *of_after = NULL;
    AUTO(backup_freep) struct backup *before = NULL;
    AUTO(backup_freep) struct backup *after = NULL;

    PASS(stored_named(settings, names->items[0], NULL, &of_before, &before));
    PASS(stored_good(before));
    PASS(stored_named(settings, names->items[1], NULL, &of_after, &after));
    PASS(stored_good(after));
    return diff_print(before, after, settings_bool(settings, SETTING_JSON));
}

struct err *cli_show(const struct invocation *invocation)
{
    AUTO(repository_freep) struct repository *repository = NULL;
    AUTO(backup_freep) struct backup *backup = NULL;

    if (settings_bool(invocation->settings, SETTING_DIFF))
        return show_diff(invocation->settings, &invocation->arguments);
    PASS(stored_named(invocation->settings, invocation->arguments.items[0], NULL, &repository,
                      &backup));
    PASS(stored_good(backup));
    if (settings_bool(invocation->settings, SETTING_JSON))
        return show_json(backup);
    if (settings_bool(invocation->settings, SETTING_CONTENTS))
        return show_contents(backup);
    return show_all(backup);
}
