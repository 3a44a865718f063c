#include "orchestrator/fingerprint/compare.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/match.h"
#include "orchestrator/fingerprint/of_dump.h"
#include "orchestrator/postgres/properties.h"
#include <inttypes.h>
#include <string.h>

#define MAJOR(version_num) ((version_num) / 10000)

#define ROWS(n) ((n) == 1 ? "row" : "rows")

struct compare {
    const struct compare_spec *spec;
    struct comparison *out;
};

void comparison_clear(struct comparison *comparison)
{
    strv_clear(&comparison->differences);
    strv_clear(&comparison->not_compared);
    strv_clear(&comparison->by_version);
    strv_clear(&comparison->outside);
}

static bool other_major(const struct compare *c)
{
    int expected = c->spec->expected->server_version_num;
    int found = c->spec->found->server_version_num;

    return expected && found && MAJOR(expected) != MAJOR(found);
}

/* What one side does not know, said once. What a dump does not know is no gap, nor is what the
 * source does not know one between it and the dump: the copy tells. */
static void gap(struct compare *c, const char *what, const char *expected_why,
                const char *found_why)
{
    if (c->spec->found_is_dump)
        return;
    if (expected_why)
        strv_pushf(&c->out->not_compared, "%s: %s", what, expected_why);
    else
        strv_pushf(&c->out->not_compared, "%s, %s: %s", what, c->spec->found_where, found_why);
}

/* -- tables -- */

static void table_extra(struct compare *c, const struct fingerprint_table *found)
{
    if (found->rows == 0 && (c->spec->expected_is_dump || c->spec->standby))
        return;
    if (found->rows == 0 && c->spec->narrowed)
        strv_pushf(&c->out->outside, "rows of %s.%s: left out by the backup's selection",
                   found->schema, found->name);
    else if (c->spec->found_is_dump)
        strv_pushf(&c->out->not_compared,
                   "table %s.%s: it is in the dump, and in no fingerprint", found->schema,
                   found->name);
    else
        strv_pushf(&c->out->differences, "table %s.%s: it is only %s, with %" PRId64 " %s",
                   found->schema, found->name, c->spec->found_where, found->rows,
                   ROWS(found->rows));
}

static void table_missing(struct compare *c, const struct fingerprint_table *expected)
{
    if (expected->rows < 0) {
        strv_pushf(&c->out->differences, "table %s.%s: it is not %s", expected->schema,
                   expected->name, c->spec->found_where);
        return;
    }
    strv_pushf(&c->out->differences, "table %s.%s: %" PRId64 " %s %s, the table is not %s",
               expected->schema, expected->name, expected->rows, ROWS(expected->rows),
               c->spec->expected_where, c->spec->found_where);
}

/* The source was read by content, and the copy should have been. */
static bool by_content(const struct compare *c)
{
    return c->spec->expected->depth == FINGERPRINT_CONTENT && !c->spec->found_is_dump;
}

static void table_contents(struct compare *c, const struct fingerprint_table *expected,
                           const struct fingerprint_table *found)
{
    if (!expected->has_content || !found->has_content) {
        if (by_content(c) && !expected->why_not && !found->why_not)
            strv_pushf(&c->out->not_compared,
                       "table %s.%s: a digest of its contents is missing", expected->schema,
                       expected->name);
        return;
    }
    if (expected->without_generated != found->without_generated) {
        strv_pushf(&c->out->not_compared,
                   "table %s.%s: the digest %s was taken with its stored generated columns, "
                   "that %s without them",
                   expected->schema, expected->name,
                   found->without_generated ? c->spec->expected_where : c->spec->found_where,
                   found->without_generated ? c->spec->found_where : c->spec->expected_where);
        return;
    }
    c->out->contents += c->spec->count;
    if (expected->digest == found->digest)
        return;
    strv_pushf(&c->out->differences,
               "table %s.%s: %" PRId64 " %s on both sides, but their contents differ: digest "
               "%016" PRIx64 " %s, %016" PRIx64 " %s",
               expected->schema, expected->name, expected->rows, ROWS(expected->rows),
               expected->digest, c->spec->expected_where, found->digest, c->spec->found_where);
}

static void table_pair(struct compare *c, const struct fingerprint_table *expected,
                       const struct fingerprint_table *found)
{
    if (expected->why_not || found->why_not) {
        AUTO(mem_freep) char *what =
            mem_printf("table %s.%s", expected->schema, expected->name);

        gap(c, what, expected->why_not, found->why_not);
    }
    if (expected->rows < 0 || found->rows < 0)
        return;
    c->out->tables += c->spec->count;
    c->out->rows += c->spec->count ? (uint64_t)found->rows : 0;
    if (expected->rows != found->rows)
        strv_pushf(&c->out->differences, "table %s.%s: %" PRId64 " %s %s, %" PRId64 " %s %s",
                   expected->schema, expected->name, expected->rows, ROWS(expected->rows),
                   c->spec->expected_where, found->rows, ROWS(found->rows),
                   c->spec->found_where);
    else
        table_contents(c, expected, found);
}

static void on_table(void *ctx, const void *left, const void *right)
{
    struct compare *c = ctx;

    if (!left)
        table_extra(c, right);
    else if (!right)
        table_missing(c, left);
    else
        table_pair(c, left, right);
}

static void list_tables(const struct fingerprint *f, struct match_list *list)
{
    for (size_t i = 0; i < f->table_count; i++)
        match_add(list, "", f->tables[i].schema, f->tables[i].name, 0, &f->tables[i]);
}

static void compare_tables(struct compare *c)
{
    struct match_list expected = {.flat = c->spec->flat}, found = {.flat = c->spec->flat};

    list_tables(c->spec->expected, &expected);
    list_tables(c->spec->found, &found);
    match_each(&expected, &found, on_table, c);
    match_clear(&expected);
    match_clear(&found);
}

/* -- sequences -- */

static const char *called(bool is_called)
{
    return is_called ? "called" : "not called";
}

/* nextval and setval took effect in between: any value from one reading to the other is right.
 * One that cycled meanwhile cannot be judged. */
static void moving_sequence(struct compare *c, const struct fingerprint_sequence *e,
                            const struct fingerprint_sequence *f)
{
    int64_t least = e->before < e->after ? e->before : e->after;
    int64_t most = e->before < e->after ? e->after : e->before;

    if (f->before < least || f->before > most)
        strv_pushf(&c->out->not_compared,
                   "sequence %s.%s: %" PRId64 " %s, but it moved from %" PRId64 " to %" PRId64
                   " while it was read",
                   e->schema, e->name, f->before, c->spec->found_where, e->before, e->after);
}

static void sequence_pair(struct compare *c, const struct fingerprint_sequence *e,
                          const struct fingerprint_sequence *f)
{
    if (e->why_not || f->why_not) {
        AUTO(mem_freep) char *what = mem_printf("sequence %s.%s", e->schema, e->name);

        gap(c, what, e->why_not, f->why_not);
        return;
    }
    c->out->sequences += c->spec->count;
    if (e->before != e->after || e->before_called != e->after_called)
        moving_sequence(c, e, f);
    else if (e->before != f->before || e->before_called != f->before_called)
        strv_pushf(&c->out->differences,
                   "sequence %s.%s: %" PRId64 " (%s) %s, %" PRId64 " (%s) %s", e->schema,
                   e->name, e->before, called(e->before_called), c->spec->expected_where,
                   f->before, called(f->before_called), c->spec->found_where);
}

static void on_sequence(void *ctx, const void *left, const void *right)
{
    struct compare *c = ctx;
    const struct fingerprint_sequence *expected = left, *found = right;

    if (expected && found)
        sequence_pair(c, expected, found);
    else if (expected)
        strv_pushf(&c->out->differences, "sequence %s.%s: it is not %s", expected->schema,
                   expected->name, c->spec->found_where);
    else if (!c->spec->narrowed)
        strv_pushf(&c->out->differences, "sequence %s.%s: it is only %s", found->schema,
                   found->name, c->spec->found_where);
}

static void list_sequences(const struct fingerprint *f, struct match_list *list)
{
    for (size_t i = 0; i < f->sequence_count; i++)
        match_add(list, "", f->sequences[i].schema, f->sequences[i].name, 0, &f->sequences[i]);
}

static void compare_sequences(struct compare *c)
{
    struct match_list expected = {.flat = c->spec->flat}, found = {.flat = c->spec->flat};

    list_sequences(c->spec->expected, &expected);
    list_sequences(c->spec->found, &found);
    match_each(&expected, &found, on_sequence, c);
    match_clear(&expected);
    match_clear(&found);
}

/* -- large objects -- */

static void compare_large_objects(struct compare *c)
{
    const struct fingerprint_large_objects *e = &c->spec->expected->large_objects;
    const struct fingerprint_large_objects *f = &c->spec->found->large_objects;

    if (e->why_not || f->why_not) {
        gap(c, "large objects", e->why_not, f->why_not);
        return;
    }
    c->out->large_objects += c->spec->count ? f->count : 0;
    if (e->count != f->count) {
        strv_pushf(&c->out->differences, "large objects: %" PRIu64 " %s, %" PRIu64 " %s",
                   e->count, c->spec->expected_where, f->count, c->spec->found_where);
        return;
    }
    if (!e->has_content || !f->has_content) {
        if (by_content(c) && e->count > 0)
            strv_push(&c->out->not_compared, "large objects: a digest of them is missing");
        return;
    }
    if (e->digest != f->digest)
        strv_pushf(&c->out->differences,
                   "large objects: %" PRIu64 " on both sides, but their contents differ",
                   e->count);
    if (c->spec->by_owner && e->rights_digest != f->rights_digest)
        strv_push(&c->out->differences, "large objects: their owners or rights differ");
}

/* Known at every depth. */
static void compare_about_large_objects(struct compare *c)
{
    const struct fingerprint_large_objects *e = &c->spec->expected->large_objects;
    const struct fingerprint_large_objects *f = &c->spec->found->large_objects;

    if (e->why_not || f->why_not)
        return;
    if (e->has_comments && f->has_comments && e->comments_digest != f->comments_digest)
        strv_push(&c->out->differences, "large objects: their comments differ");
    if (e->has_labels && f->has_labels && e->labels_digest != f->labels_digest)
        strv_push(&c->out->differences, "large objects: their security labels differ");
}

/* -- the schema -- */

/* Kinds whose text comes from the server's deparser or that pg_dump words anew from time to
 * time; docs/proof.md. All others must be written alike by every major. */
static bool is_reworded(const struct fingerprint_entry *entry)
{
    static const char *const kinds[] = {
        "FOREIGN TABLE", "VIEW",       "MATERIALIZED VIEW",
        "RULE",          "TABLE",      "CHECK CONSTRAINT",
        "CONSTRAINT",    "FUNCTION",   "PROCEDURE",
        "AGGREGATE",     "STATISTICS", "DOMAIN",
        "POLICY",        "INDEX",      "PUBLICATION",
        "SUBSCRIPTION",  "DEFAULT",    "SEQUENCE",
        "COLLATION",     "TYPE",
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(entry->desc, kinds[i]) == 0)
            return true;
    /* since 15 nobody but its owner may create in there by default */
    return strcmp(entry->desc, "ACL") == 0 && strcmp(entry->tag, "SCHEMA public") == 0;
}

static char *entry_name(const struct fingerprint_entry *entry)
{
    return mem_printf("%s %s%s%s", entry->desc, entry->schema, *entry->schema ? "." : "",
                      entry->tag);
}

static void entry_missing(struct compare *c, const struct fingerprint_entry *expected)
{
    AUTO(mem_freep) char *name = entry_name(expected);

    strv_pushf(&c->out->differences, "%s: it is not %s", name, c->spec->found_where);
}

static void entry_extra(struct compare *c, const struct fingerprint_entry *found)
{
    AUTO(mem_freep) char *name = entry_name(found);

    strv_pushf(other_major(c) ? &c->out->by_version : &c->out->differences, "%s: it is only %s",
               name, c->spec->found_where);
}

static void entry_changed(struct compare *c, const struct fingerprint_entry *found)
{
    AUTO(mem_freep) char *name = entry_name(found);

    if (other_major(c) && is_reworded(found))
        strv_pushf(&c->out->by_version, "%s: PostgreSQL %d words its definition otherwise",
                   name, MAJOR(c->spec->found->server_version_num));
    else
        strv_pushf(&c->out->differences, "%s: its definition, owner or rights differ %s", name,
                   c->spec->found_where);
}

/* What is left of both sides after equal entries went away. */
static void on_entry(void *ctx, const void *left, const void *right)
{
    if (!right)
        entry_missing(ctx, left);
    else if (!left)
        entry_extra(ctx, right);
    else
        entry_changed(ctx, right);
}

struct leftovers {
    struct match_list expected;
    struct match_list found;
};

/* Pairs of the same digest are equal; what has none of the same digest is looked at by name. */
static void keep_leftover(void *ctx, const void *left, const void *right)
{
    struct leftovers *leftovers = ctx;
    const struct fingerprint_entry *entry = left ? left : right;

    if (left && right)
        return;
    match_add(left ? &leftovers->expected : &leftovers->found, entry->desc, entry->schema,
              entry->tag, 0, entry);
}

static void list_entries(const struct fingerprint *f, struct match_list *list)
{
    for (size_t i = 0; i < f->entry_count; i++) {
        const struct fingerprint_entry *e = &f->entries[i];

        match_add(list, e->desc, e->schema, e->tag, e->digest, e);
    }
}

static void compare_entries(struct compare *c)
{
    const struct fingerprint *e = c->spec->expected, *f = c->spec->found;
    struct match_list expected = {0}, found = {0};
    struct leftovers leftovers = {0};

    if (e->schema_why_not || f->schema_why_not) {
        gap(c, "the schema", e->schema_why_not, f->schema_why_not);
        return;
    }
    c->out->objects += c->spec->count ? e->entry_count : 0;
    list_entries(e, &expected);
    list_entries(f, &found);
    match_each(&expected, &found, keep_leftover, &leftovers);
    match_each(&leftovers.expected, &leftovers.found, on_entry, c);
    match_clear(&expected);
    match_clear(&found);
    match_clear(&leftovers.expected);
    match_clear(&leftovers.found);
}

/* -- the rest of the database -- */

static void on_extension(void *ctx, const void *left, const void *right)
{
    struct compare *c = ctx;
    const struct fingerprint_extension *e = left, *f = right;

    if (e && !f)
        strv_pushf(&c->out->differences, "extension %s: it is not %s", e->name,
                   c->spec->found_where);
    else if (e && strcmp(e->schema, f->schema) != 0)
        strv_pushf(&c->out->differences, "extension %s: in schema %s %s, in schema %s %s",
                   e->name, e->schema, c->spec->expected_where, f->schema,
                   c->spec->found_where);
    else if (e && strcmp(e->version, f->version) != 0)
        strv_pushf(&c->out->by_version, "extension %s: %s %s, %s %s (a dump names no version)",
                   e->name, e->version, c->spec->expected_where, f->version,
                   c->spec->found_where);
    else if (!e && strcmp(f->name, "plpgsql") != 0) /* every new database has that one */
        strv_pushf(&c->out->differences, "extension %s: it is only %s", f->name,
                   c->spec->found_where);
}

static void compare_extensions(struct compare *c)
{
    const struct fingerprint *sides[] = {c->spec->expected, c->spec->found};
    struct match_list lists[2] = {0};

    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s]->extension_count; i++)
            match_add(&lists[s], "", "", sides[s]->extensions[i].name, 0,
                      &sides[s]->extensions[i]);
    match_each(&lists[0], &lists[1], on_extension, c);
    match_clear(&lists[0]);
    match_clear(&lists[1]);
}

/* A property is a statement with a stand-in for the database's name, which says nothing here.
 */
static char *property_text(const char *property)
{
    static const char stand_in[] = " :\"database\"";
    const char *at = strstr(property, stand_in);

    return at ? mem_printf("%.*s%s", (int)(at - property), property, at + strlen(stand_in))
              : mem_strdup(property);
}

static void on_property(void *ctx, const void *left, const void *right)
{
    struct compare *c = ctx;
    AUTO(mem_freep) char *text = NULL;

    if (left && right)
        return;
    text = property_text(left ? left : right);
    strv_pushf(&c->out->differences, "the database: %s is %s %s", text, left ? "not" : "only",
               c->spec->found_where);
}

/* The properties of one side. Where it has the usual rights, which are none to tell of, and the
 * other has not, they are told: what the other has of them is no difference. */
static void spell_properties(const struct strv *own, const struct strv *other, struct strv *out)
{
    AUTO(strv_clear) struct strv spoken = STRV_INIT;

    strv_extend(out, own);
    properties_usual_rights(own, &spoken);
    if (spoken.len == 0)
        properties_usual_rights(other, out);
}

static void compare_properties(struct compare *c)
{
    const struct strv *sides[] = {&c->spec->expected->properties, &c->spec->found->properties};
    AUTO(strv_clear) struct strv expected = STRV_INIT;
    AUTO(strv_clear) struct strv found = STRV_INIT;
    struct strv *spelt[] = {&expected, &found};
    struct match_list lists[2] = {0};

    for (size_t s = 0; s < 2; s++) {
        spell_properties(sides[s], sides[1 - s], spelt[s]);
        for (size_t i = 0; i < spelt[s]->len; i++)
            match_add(&lists[s], "", "", spelt[s]->items[i], 0, spelt[s]->items[i]);
    }
    match_each(&lists[0], &lists[1], on_property, c);
    match_clear(&lists[0]);
    match_clear(&lists[1]);
}

/* Both sides may be blind to the same: equal entries say nothing then. */
static void compare_hidden(struct compare *c)
{
    const struct strv *expected = &c->spec->expected->hidden;
    const struct strv *found = &c->spec->found->hidden;

    strv_extend(&c->out->not_compared, expected);
    for (size_t i = 0; i < found->len; i++)
        if (!strv_contains(expected, found->items[i]))
            strv_pushf(&c->out->not_compared, "%s: %s", c->spec->found_where, found->items[i]);
}

void fingerprint_compare(const struct compare_spec *spec, struct comparison *out)
{
    struct compare c = {.spec = spec, .out = out};

    compare_tables(&c);
    compare_sequences(&c);
    compare_large_objects(&c);
    compare_about_large_objects(&c);
    compare_entries(&c);
    if (!spec->found_is_dump)
        compare_hidden(&c);
    if (spec->found_is_dump || spec->expected_is_dump)
        return; /* it names no versions, and nothing of the database itself */
    compare_extensions(&c);
    compare_properties(&c);
}

void fingerprint_compare_dump(const struct fingerprint *source, const struct fingerprint *dump,
                              bool narrowed, struct comparison *out)
{
    const struct compare_spec spec = {.expected = source,
                                      .found = dump,
                                      .expected_where = "at the snapshot",
                                      .found_where = "in the dump",
                                      .found_is_dump = true,
                                      .flat = fingerprint_is_plain(dump),
                                      .narrowed = narrowed};

    fingerprint_compare(&spec, out);
}
