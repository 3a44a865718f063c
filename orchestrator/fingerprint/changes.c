#include "orchestrator/fingerprint/changes.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

const char *changes_word(enum change change)
{
    static const char *const words[] = {
        [CHANGE_NONE] = "none",       [CHANGE_ADDED] = "added",
        [CHANGE_REMOVED] = "removed", [CHANGE_CHANGED] = "changed",
        [CHANGE_UNKNOWN] = "unknown",
    };

    return words[change];
}

/* -- tables -- */

static bool have_digests(const struct table_rows_pair *pair)
{
    const struct table_rows_item *before = pair->before, *after = pair->after;

    return before->has_content && after->has_content &&
           before->without_generated == after->without_generated;
}

static enum change compare_tables(const struct table_rows_pair *pair)
{
    const struct table_rows_item *before = pair->before, *after = pair->after;

    if (!before)
        return CHANGE_ADDED;
    if (!after)
        return CHANGE_REMOVED;
    if (before->rows < 0 || after->rows < 0)
        return CHANGE_UNKNOWN;
    if (before->rows != after->rows)
        return CHANGE_CHANGED;
    if (have_digests(pair) && before->digest != after->digest)
        return CHANGE_CHANGED;
    return CHANGE_NONE;
}

static void list_tables(struct changes *out)
{
    out->tables = mem_new(out->rows.count + 1, sizeof(*out->tables));
    for (size_t i = 0; i < out->rows.count; i++) {
        const struct table_rows_pair *pair = &out->rows.pairs[i];
        enum change change = compare_tables(pair);

        if (change != CHANGE_NONE)
            out->tables[out->table_count++] =
                (struct changes_table){change, pair->before, pair->after};
        else if (have_digests(pair))
            out->same_tables++;
        else
            out->same_rows++;
    }
}

/* -- sequences -- */

static int order_sequences(const struct fingerprint_sequence *a,
                           const struct fingerprint_sequence *b)
{
    int order = strcmp(a->schema, b->schema);

    return order ? order : strcmp(a->name, b->name);
}

/* Each backup's second reading: the later one, as nextval goes on beside a dump. */
static enum change compare_sequences(const struct fingerprint_sequence *before,
                                     const struct fingerprint_sequence *after)
{
    if (!before)
        return CHANGE_ADDED;
    if (!after)
        return CHANGE_REMOVED;
    if (before->why_not || after->why_not)
        return CHANGE_UNKNOWN;
    return before->after == after->after && before->after_called == after->after_called
               ? CHANGE_NONE
               : CHANGE_CHANGED;
}

static void add_sequence(struct changes *out, const struct fingerprint_sequence *before,
                         const struct fingerprint_sequence *after)
{
    enum change change = compare_sequences(before, after);

    if (change == CHANGE_NONE)
        out->same_sequences++;
    else
        out->sequences[out->sequence_count++] =
            (struct changes_sequence){change, before, after};
}

static void list_sequences(const struct fingerprint *before, const struct fingerprint *after,
                           struct changes *out)
{
    size_t b = 0, a = 0;

    out->sequences =
        mem_new(before->sequence_count + after->sequence_count + 1, sizeof(*out->sequences));
    while (b < before->sequence_count || a < after->sequence_count) {
        int order = b == before->sequence_count ? 1
                    : a == after->sequence_count
                        ? -1
                        : order_sequences(&before->sequences[b], &after->sequences[a]);

        if (order < 0)
            add_sequence(out, &before->sequences[b++], NULL);
        else if (order > 0)
            add_sequence(out, NULL, &after->sequences[a++]);
        else
            add_sequence(out, &before->sequences[b++], &after->sequences[a++]);
    }
}

/* -- the schema -- */

static int order_entries(const struct fingerprint_entry *a, const struct fingerprint_entry *b)
{
    int order = strcmp(a->desc, b->desc);

    if (order == 0)
        order = strcmp(a->schema, b->schema);
    return order ? order : strcmp(a->tag, b->tag);
}

static void add_entry(struct changes *out, enum change change,
                      const struct fingerprint_entry *entry)
{
    out->entries[out->entry_count++] = (struct changes_entry){change, entry};
}

/* How many entries from `at` on have that one's name. */
static size_t group_at(const struct fingerprint *f, size_t at)
{
    size_t len = 1;

    while (at + len < f->entry_count &&
           order_entries(&f->entries[at], &f->entries[at + len]) == 0)
        len++;
    return len;
}

/* Entries of one name (grants to several roles, say), sorted by digest. What both have is the
 * same; of the rest, as many as both have are changed. */
static void compare_groups(const struct fingerprint_entry *before, size_t before_count,
                           const struct fingerprint_entry *after, size_t after_count,
                           struct changes *out)
{
    size_t b = 0, a = 0, removed = 0, added = 0, changed;

    while (b < before_count && a < after_count) {
        if (before[b].digest == after[a].digest) {
            out->same_entries++;
            b++;
            a++;
        } else if (before[b].digest < after[a].digest) {
            removed++;
            b++;
        } else {
            added++;
            a++;
        }
    }
    removed += before_count - b;
    added += after_count - a;
    changed = removed < added ? removed : added;
    for (size_t i = 0; i < changed; i++)
        add_entry(out, CHANGE_CHANGED, after);
    for (size_t i = changed; i < removed; i++)
        add_entry(out, CHANGE_REMOVED, before);
    for (size_t i = changed; i < added; i++)
        add_entry(out, CHANGE_ADDED, after);
}

static void list_entries(const struct fingerprint *before, const struct fingerprint *after,
                         struct changes *out)
{
    size_t b = 0, a = 0;

    out->schema_why_not =
        before->schema_why_not ? before->schema_why_not : after->schema_why_not;
    out->entries = mem_new(before->entry_count + after->entry_count + 1, sizeof(*out->entries));
    if (out->schema_why_not)
        return;
    while (b < before->entry_count || a < after->entry_count) {
        const struct fingerprint_entry *was = &before->entries[b], *is = &after->entries[a];
        int order = b == before->entry_count  ? 1
                    : a == after->entry_count ? -1
                                              : order_entries(was, is);
        size_t old = order <= 0 ? group_at(before, b) : 0;
        size_t new = order >= 0 ? group_at(after, a) : 0;

        compare_groups(was, old, is, new, out);
        b += old;
        a += new;
    }
}

/* -- all of it -- */

static enum change compare_large_objects(const struct fingerprint_large_objects *before,
                                         const struct fingerprint_large_objects *after)
{
    if (before->why_not || after->why_not)
        return CHANGE_UNKNOWN;
    if (before->count != after->count)
        return CHANGE_CHANGED;
    if (before->count > 0 && !(before->has_content && after->has_content))
        return CHANGE_UNKNOWN;
    if (before->has_content && after->has_content &&
        (before->digest != after->digest || before->rights_digest != after->rights_digest))
        return CHANGE_CHANGED;
    return CHANGE_NONE;
}

void changes_between(const struct manifest *before, const struct manifest *after,
                     struct changes *out)
{
    const struct fingerprint *was, *is;

    *out = (struct changes){.selection_differs = !manifest_same_selection(before, after)};
    table_rows_pair(before, after, &out->rows);
    list_tables(out);
    was = out->rows.fingerprint_before;
    is = out->rows.fingerprint_after;
    if (!was || !is)
        return;
    list_sequences(was, is, out);
    list_entries(was, is, out);
    out->large_objects = compare_large_objects(&was->large_objects, &is->large_objects);
}

void changes_clear(struct changes *changes)
{
    table_rows_clear(&changes->rows);
    free(changes->tables);
    free(changes->sequences);
    free(changes->entries);
    *changes = (struct changes){0};
}
