#include "orchestrator/cli/diff.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/cli/report.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/fingerprint/changes.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIGNED_SIZE (UNITS_TEXT_SIZE + 1)

/* -- on the screen -- */

static const char *count_text(const struct table_rows_item *item, char out[UNITS_TEXT_SIZE])
{
    if (!item)
        return "-";
    return item->rows < 0 ? "?" : units_count((uint64_t)item->rows, out);
}

/* "+1,200", "-3": exact for any two numbers. */
static const char *signed_text(int64_t before, int64_t after, char out[SIGNED_SIZE])
{
    bool fell = after < before;
    uint64_t by =
        fell ? (uint64_t)before - (uint64_t)after : (uint64_t)after - (uint64_t)before;

    *out = fell ? '-' : '+';
    units_count(by, out + 1);
    return out;
}

static void table_change(struct table *table, const struct changes_table *change)
{
    char text[SIGNED_SIZE];

    switch (change->change) {
    case CHANGE_ADDED:
        table_cell(table, "only in B");
        return;
    case CHANGE_REMOVED:
        table_cell(table, "only in A");
        return;
    case CHANGE_UNKNOWN:
        table_cell(table, "not known");
        return;
    default:
        if (change->before->rows == change->after->rows)
            table_cell(table, "contents");
        else
            table_cell(table, signed_text(change->before->rows, change->after->rows, text));
    }
}

static void print_tables(const struct changes *changes)
{
    AUTO(table_clear) struct table table = {0};
    char same[UNITS_TEXT_SIZE];

    table_head(&table, "TABLE\tROWS IN A\tROWS IN B\tCHANGE");
    for (size_t i = 0; i < changes->table_count; i++) {
        const struct changes_table *change = &changes->tables[i];
        const struct table_rows_item *either = change->before ? change->before : change->after;
        char text[UNITS_TEXT_SIZE];

        table_cellf(&table, "%s.%s", either->schema, either->name);
        table_cell(&table, count_text(change->before, text));
        table_cell(&table, count_text(change->after, text));
        table_change(&table, change);
    }
    if (changes->table_count > 0)
        table_print(&table);
    if (changes->same_tables > 0)
        printf("%s unchanged\n", units_of(changes->same_tables, "table", same));
    if (changes->same_rows > 0)
        printf("%s with as many rows as before; contents not compared\n",
               units_of(changes->same_rows, "table", same));
    if (changes->rows.count == 0)
        printf("neither has a table with rows that are known\n");
}

static void position_cell(struct table *table, const struct fingerprint_sequence *sequence)
{
    if (!sequence)
        table_cell(table, "-");
    else if (sequence->why_not)
        table_cell(table, "?");
    else
        table_cellf(table, "%" PRId64 "%s", sequence->after,
                    sequence->after_called ? "" : " (not used)");
}

static void print_sequences(const struct changes *changes)
{
    AUTO(table_clear) struct table table = {0};
    char text[SIGNED_SIZE];

    table_head(&table, "SEQUENCE\tIN A\tIN B\tCHANGE");
    for (size_t i = 0; i < changes->sequence_count; i++) {
        const struct changes_sequence *change = &changes->sequences[i];
        const struct fingerprint_sequence *either =
            change->before ? change->before : change->after;

        table_cellf(&table, "%s.%s", either->schema, either->name);
        position_cell(&table, change->before);
        position_cell(&table, change->after);
        table_cell(&table,
                   change->change == CHANGE_ADDED     ? "only in B"
                   : change->change == CHANGE_REMOVED ? "only in A"
                   : change->change == CHANGE_UNKNOWN
                       ? "not known"
                       : signed_text(change->before->after, change->after->after, text));
    }
    if (changes->sequence_count > 0 || changes->same_sequences > 0)
        printf("\n");
    if (changes->sequence_count > 0)
        table_print(&table);
    if (changes->same_sequences > 0)
        printf("%s unchanged\n", units_of(changes->same_sequences, "sequence", text));
}

static void print_entries(const struct changes *changes)
{
    AUTO(table_clear) struct table table = {0};

    printf("\n");
    if (changes->schema_why_not) {
        report_line("schema not compared: %s", changes->schema_why_not);
        return;
    }
    table_head(&table, "SCHEMA\tKIND\tNAME");
    for (size_t i = 0; i < changes->entry_count; i++) {
        const struct fingerprint_entry *entry = changes->entries[i].entry;

        table_cell(&table, changes_word(changes->entries[i].change));
        table_cell(&table, entry->desc);
        table_cellf(&table, "%s%s%s", entry->schema, *entry->schema ? "." : "", entry->tag);
    }
    if (changes->entry_count > 0)
        table_print(&table);
    printf("%zu schema %s unchanged\n", changes->same_entries,
           changes->same_entries == 1 ? "entry" : "entries");
}

static void print_large_objects(const struct changes *changes)
{
    char before[UNITS_TEXT_SIZE], after[UNITS_TEXT_SIZE];

    if (changes->large_objects == CHANGE_UNKNOWN)
        printf("large objects not compared\n");
    if (changes->large_objects == CHANGE_CHANGED)
        printf("large objects changed: %s in A, %s in B\n",
               units_count(changes->rows.fingerprint_before->large_objects.count, before),
               units_count(changes->rows.fingerprint_after->large_objects.count, after));
}

static void print_text(const struct backup *before, const struct backup *after,
                       const struct changes *changes)
{
    report_line("A  %s", before->id);
    report_line("B  %s", after->id);
    if (changes->rows.why_not)
        printf("Compared by the rows that the dumps hold, nothing else: %s.\n",
               changes->rows.why_not);
    if (changes->selection_differs)
        printf(
            "The two were narrowed by different options: what only one has may not have been "
            "asked for.\n");
    printf("\n");
    print_tables(changes);
    if (changes->rows.why_not)
        return;
    print_sequences(changes);
    print_entries(changes);
    print_large_objects(changes);
}

/* -- as JSON -- */

static void set_count(json_t *json, const char *key, const struct table_rows_item *item)
{
    jsonx_set(json, key, item && item->rows >= 0 ? json_integer(item->rows) : json_null());
}

static json_t *tables_json(const struct changes *changes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < changes->table_count; i++) {
        const struct changes_table *change = &changes->tables[i];
        const struct table_rows_item *either = change->before ? change->before : change->after;
        bool by_rows =
            change->change == CHANGE_CHANGED && change->before->rows != change->after->rows;
        json_t *json = json_object();

        jsonx_set_string(json, "schema", either->schema);
        jsonx_set_string(json, "name", either->name);
        jsonx_set_string(json, "change", changes_word(change->change));
        set_count(json, "rows_a", change->before);
        set_count(json, "rows_b", change->after);
        jsonx_set(json, "gained",
                  by_rows ? json_integer(change->after->rows - change->before->rows)
                          : json_null());
        json_array_append_new(list, json);
    }
    return list;
}

static void set_position(json_t *json, const char *key,
                         const struct fingerprint_sequence *sequence)
{
    jsonx_set(json, key,
              sequence && !sequence->why_not ? json_integer(sequence->after) : json_null());
}

static json_t *sequences_json(const struct changes *changes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < changes->sequence_count; i++) {
        const struct changes_sequence *change = &changes->sequences[i];
        const struct fingerprint_sequence *either =
            change->before ? change->before : change->after;
        json_t *json = json_object();

        jsonx_set_string(json, "schema", either->schema);
        jsonx_set_string(json, "name", either->name);
        jsonx_set_string(json, "change", changes_word(change->change));
        set_position(json, "value_a", change->before);
        set_position(json, "value_b", change->after);
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *entries_json(const struct changes *changes)
{
    json_t *list = json_array();

    for (size_t i = 0; i < changes->entry_count; i++) {
        const struct fingerprint_entry *entry = changes->entries[i].entry;
        json_t *json = json_object();

        jsonx_set_string(json, "change", changes_word(changes->entries[i].change));
        jsonx_set_string(json, "desc", entry->desc);
        jsonx_set_string(json, "schema", entry->schema);
        jsonx_set_string(json, "tag", entry->tag);
        json_array_append_new(list, json);
    }
    return list;
}

/* What was not compared is null, never an empty list. */
static void print_json(const struct backup *before, const struct backup *after,
                       const struct changes *changes)
{
    bool by_fingerprint = !changes->rows.why_not;
    bool schema = by_fingerprint && !changes->schema_why_not;
    json_t *json = json_object();

    jsonx_set_string(json, "a", before->id);
    jsonx_set_string(json, "b", after->id);
    jsonx_set_string(json, "compared", by_fingerprint ? "fingerprints" : "dumps");
    jsonx_set_string(json, "reason", changes->rows.why_not);
    jsonx_set_bool(json, "selection_differs", changes->selection_differs);
    jsonx_set(json, "tables", tables_json(changes));
    jsonx_set_int(json, "tables_unchanged", (json_int_t)changes->same_tables);
    jsonx_set_int(json, "tables_with_same_rows", (json_int_t)changes->same_rows);
    jsonx_set(json, "sequences", by_fingerprint ? sequences_json(changes) : json_null());
    jsonx_set(json, "sequences_unchanged",
              by_fingerprint ? json_integer((json_int_t)changes->same_sequences) : json_null());
    jsonx_set(json, "schema", schema ? entries_json(changes) : json_null());
    jsonx_set(json, "schema_unchanged",
              schema ? json_integer((json_int_t)changes->same_entries) : json_null());
    jsonx_set_string(json, "schema_reason", changes->schema_why_not);
    jsonx_set_string(json, "large_objects",
                     by_fingerprint ? changes_word(changes->large_objects) : NULL);
    cli_print_json(json);
}

MUST_USE struct err *diff_print(const struct backup *before, const struct backup *after,
                                bool json)
{
    AUTO(changes_clear) struct changes changes = {0};
    const struct backup *const both[] = {before, after};

    for (size_t i = 0; i < ARRAY_LEN(both); i++)
        if (!both[i]->manifest->dump)
            return err_new(ERR_USAGE, "backup %s holds globals only, and so no rows to compare",
                           both[i]->id);
    if (strcmp(before->id, after->id) == 0)
        return err_hint(err_new(ERR_USAGE, "both names mean the backup %s", before->id),
                        "pgkeep list shows the others");
    changes_between(before->manifest, after->manifest, &changes);
    if (json)
        print_json(before, after, &changes);
    else
        print_text(before, after, &changes);
    return NULL;
}
