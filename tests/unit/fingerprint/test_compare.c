/* Comparing fingerprints: every difference is named, every gap is told, and nothing else. */
#include "base/mem.h"
#include "orchestrator/fingerprint/compare.h"
#include "orchestrator/fingerprint/of_dump.h"
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static struct fingerprint_table *table(struct fingerprint *f, const char *name, int64_t rows,
                                       uint64_t digest)
{
    struct fingerprint_table *t = fingerprint_add_table(f, "public", name);

    t->rows = rows;
    t->has_content = true;
    t->digest = digest;
    return t;
}

static void sequence(struct fingerprint *f, const char *name, int64_t before, int64_t after)
{
    struct fingerprint_sequence *s = fingerprint_add_sequence(f, "public", name);

    s->before = before;
    s->after = after;
    s->before_called = s->after_called = true;
}

/* One of everything. */
static struct fingerprint *sample(void)
{
    struct fingerprint *f = fingerprint_new();

    f->depth = FINGERPRINT_CONTENT;
    f->server_version_num = 150004;
    table(f, "a", 10, 0x1111);
    table(f, "b", 0, 0);
    sequence(f, "s", 7, 7);
    fingerprint_add_entry(f, "TABLE", "public", "a", 1);
    fingerprint_add_entry(f, "INDEX", "public", "a_i", 2);
    fingerprint_add_entry(f, "OPERATOR", "public", "=", 3);
    fingerprint_add_entry(f, "OPERATOR", "public", "=", 4);
    fingerprint_add_extension(f, "pg_trgm", "1.6", "public");
    f->large_objects = (struct fingerprint_large_objects){
        .count = 2, .has_content = true, .digest = 5, .rights_digest = 6};
    strv_push(&f->properties, "GRANT CONNECT ON DATABASE :\"database\" TO x");
    fingerprint_sort(f);
    return f;
}

struct pair {
    struct fingerprint *source;
    struct fingerprint *copy;
    struct compare_spec spec;
    struct comparison result;
};

static struct pair pair_of(struct fingerprint *source, struct fingerprint *copy)
{
    return (struct pair){.source = source,
                         .copy = copy,
                         .spec = {.expected = source,
                                  .found = copy,
                                  .expected_where = "at the snapshot",
                                  .found_where = "in the copy",
                                  .by_owner = true,
                                  .count = true}};
}

static void compare(struct pair *p)
{
    fingerprint_sort(p->source);
    fingerprint_sort(p->copy);
    comparison_clear(&p->result);
    p->result = (struct comparison){0};
    fingerprint_compare(&p->spec, &p->result);
}

static void pair_clear(struct pair *p)
{
    fingerprint_free(p->source);
    fingerprint_free(p->copy);
    comparison_clear(&p->result);
}

static void one_text(const struct strv *list, const char *expected)
{
    assert_int_equal(list->len, 1);
    assert_string_equal(list->items[0], expected);
}

/* Both are blind to it, so both look alike. */
static void what_the_role_could_not_see_is_a_gap(void **state)
{
    struct pair p = pair_of(sample(), sample());

    strv_push(&p.source->hidden, "subscription x: not seen");
    strv_push(&p.copy->hidden, "subscription x: not seen");
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    one_text(&p.result.not_compared, "subscription x: not seen");
    assert_int_equal(fingerprint_gaps(p.source), 1);
    strv_clear(&p.source->hidden);
    compare(&p);
    one_text(&p.result.not_compared, "in the copy: subscription x: not seen");
    p.spec.found_is_dump = true;
    compare(&p);
    assert_int_equal(p.result.not_compared.len, 0);
    pair_clear(&p);
}

static void comments_and_labels_of_large_objects_are_compared_where_both_know_them(void **state)
{
    struct pair p = pair_of(sample(), sample());
    struct fingerprint_large_objects *e = &p.source->large_objects;
    struct fingerprint_large_objects *f = &p.copy->large_objects;

    f->has_comments = f->has_labels = true;
    f->comments_digest = 1;
    f->labels_digest = 2;
    compare(&p); /* an old backup knows neither */
    assert_int_equal(p.result.differences.len, 0);
    assert_int_equal(p.result.not_compared.len, 0);
    e->has_comments = true;
    compare(&p);
    one_text(&p.result.differences, "large objects: their comments differ");
    e->comments_digest = 1;
    e->has_labels = true;
    compare(&p);
    one_text(&p.result.differences, "large objects: their security labels differ");
    e->labels_digest = 2;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    pair_clear(&p);
}

static void equal_is_silent(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.source->large_objects.count = p.copy->large_objects.count = 300000;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    assert_int_equal(p.result.not_compared.len, 0);
    assert_int_equal(p.result.by_version.len, 0);
    assert_int_equal(p.result.tables, 2);
    assert_int_equal(p.result.contents, 2);
    assert_int_equal(p.result.rows, 10);
    assert_int_equal(p.result.sequences, 1);
    assert_int_equal(p.result.objects, 4);
    assert_int_equal(p.result.large_objects, 300000);
    pair_clear(&p);
}

static void tables_differ(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.copy->tables[0].digest++;
    compare(&p);
    one_text(&p.result.differences,
             "table public.a: 10 rows on both sides, but their contents differ: digest "
             "0000000000001111 at the snapshot, 0000000000001112 in the copy");
    p.copy->tables[0].rows = 9;
    compare(&p);
    one_text(&p.result.differences,
             "table public.a: 10 rows at the snapshot, 9 rows in the copy");
    p.copy->tables[0].rows = 10;
    p.copy->tables[0].digest--;
    table(p.copy, "c", 3, 0);
    compare(&p);
    one_text(&p.result.differences, "table public.c: it is only in the copy, with 3 rows");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    table(p.source, "missing", 4, 0);
    compare(&p);
    one_text(&p.result.differences,
             "table public.missing: 4 rows at the snapshot, the table is not in the copy");
    pair_clear(&p);
}

static void gaps_are_told(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.source->tables[0].why_not = mem_strdup("permission denied");
    p.source->tables[0].rows = -1;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    one_text(&p.result.not_compared, "table public.a: permission denied");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->tables[0].has_content = false; /* nobody says why: a gap all the same */
    compare(&p);
    one_text(&p.result.not_compared, "table public.a: a digest of its contents is missing");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->tables[0].without_generated = true;
    p.copy->tables[0].digest++;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    one_text(&p.result.not_compared,
             "table public.a: the digest at the snapshot was taken with its stored generated "
             "columns, that in the copy without them");
    p.source->tables[0].without_generated = true;
    compare(&p);
    assert_int_equal(p.result.not_compared.len, 0);
    assert_int_equal(p.result.differences.len, 1);
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.source->large_objects.why_not = mem_strdup("superusers only");
    compare(&p);
    one_text(&p.result.not_compared, "large objects: superusers only");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->schema_why_not = mem_strdup("pg_dump failed");
    compare(&p);
    one_text(&p.result.not_compared, "the schema, in the copy: pg_dump failed");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->sequences[0].why_not = mem_strdup("permission denied");
    compare(&p);
    one_text(&p.result.not_compared, "sequence public.s, in the copy: permission denied");
    pair_clear(&p);
}

static void sequences_are_bracketed(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.copy->sequences[0].before = p.copy->sequences[0].after = 6;
    compare(&p);
    one_text(&p.result.differences,
             "sequence public.s: 7 (called) at the snapshot, 6 (called) in the copy");
    p.source->sequences[0].before = 5; /* it went on from 5 to 7 */
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    assert_int_equal(p.result.not_compared.len, 0);
    p.copy->sequences[0].before = p.copy->sequences[0].after = 8;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    assert_int_equal(p.result.not_compared.len, 1);
    p.copy->sequences[0].before = p.copy->sequences[0].after = 7;
    p.copy->sequences[0].before_called = p.copy->sequences[0].after_called = false;
    p.source->sequences[0].before = 7;
    compare(&p);
    assert_int_equal(p.result.differences.len, 1);
    pair_clear(&p);
}

static void entries_are_named(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.copy->entries[0].digest = 99; /* sorted: the index */
    compare(&p);
    one_text(&p.result.differences,
             "INDEX public.a_i: its definition, owner or rights differ in the copy");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.source->entries[2].digest = 77; /* one of two operators of one name */
    compare(&p);
    one_text(&p.result.differences,
             "OPERATOR public.=: its definition, owner or rights differ in the copy");
    fingerprint_add_entry(p.source, "ACL", "public", "TABLE a", 8);
    fingerprint_add_entry(p.copy, "TRIGGER", "public", "a t", 9);
    compare(&p);
    assert_int_equal(p.result.differences.len, 3);
    assert_string_equal(p.result.differences.items[0],
                        "ACL public.TABLE a: it is not in the copy");
    assert_string_equal(p.result.differences.items[2],
                        "TRIGGER public.a t: it is only in the copy");
    pair_clear(&p);
}

/* Another major words some definitions otherwise; what is gone is gone in any version. */
static void versions_are_told_apart(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.copy->server_version_num = 180001;
    p.copy->entries[3].digest = 99; /* the table */
    mem_replace(&p.copy->extensions[0].version, "1.7");
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    assert_int_equal(p.result.by_version.len, 2);
    assert_string_equal(p.result.by_version.items[0],
                        "TABLE public.a: PostgreSQL 18 words its definition otherwise");
    fingerprint_add_entry(p.source, "INDEX", "public", "lost", 1);
    p.copy->tables[0].digest++;
    compare(&p);
    assert_int_equal(p.result.differences.len, 2);
    pair_clear(&p);
}

static void the_database_itself_counts(void **state)
{
    struct pair p = pair_of(sample(), sample());

    strv_clear(&p.copy->properties);
    compare(&p);
    one_text(&p.result.differences,
             "the database: GRANT CONNECT ON DATABASE TO x is not in the copy");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->large_objects.rights_digest = 1;
    compare(&p);
    one_text(&p.result.differences, "large objects: their owners or rights differ");
    p.spec.by_owner = false;
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    p.copy->large_objects.count = 3;
    compare(&p);
    one_text(&p.result.differences, "large objects: 2 at the snapshot, 3 in the copy");
    pair_clear(&p);

    p = pair_of(sample(), sample());
    p.copy->extension_count = 0;
    compare(&p);
    one_text(&p.result.differences, "extension pg_trgm: it is not in the copy");
    p.copy->extension_count = 1; /* to be freed */
    pair_clear(&p);
}

static void a_dump_may_not_know(void **state)
{
    struct pair p = pair_of(sample(), fingerprint_new());

    p.spec.found_is_dump = true;
    p.spec.found_where = "in the dump";
    p.copy->depth = FINGERPRINT_COUNTS;
    fingerprint_add_table(p.copy, "public", "a")->rows = 9;
    fingerprint_add_table(p.copy, "public", "b")->why_not = mem_strdup("no COPY");
    sequence(p.copy, "s", 7, 7);
    p.copy->large_objects.why_not = mem_strdup("plain");
    p.copy->schema_why_not = mem_strdup("plain");
    compare(&p);
    one_text(&p.result.differences,
             "table public.a: 10 rows at the snapshot, 9 rows in the dump");
    assert_int_equal(p.result.not_compared.len, 0);
    pair_clear(&p);
}

static void a_selection_leaves_empty_tables(void **state)
{
    struct pair p = pair_of(sample(), sample());

    p.spec.narrowed = true;
    table(p.copy, "left_out", 0, 0);
    sequence(p.copy, "of_left_out", 1, 1);
    compare(&p);
    assert_int_equal(p.result.differences.len, 0);
    one_text(&p.result.outside, "rows of public.left_out: left out by the backup's selection");
    pair_clear(&p);
}

/* -- what a dump says of itself -- */

static struct toc_entry *add(struct toc *toc, const char *desc, const char *tag)
{
    struct toc_entry *entry;

    toc->entries = mem_resize(toc->entries, toc->count + 1, sizeof(*toc->entries));
    entry = &toc->entries[toc->count++];
    *entry = (struct toc_entry){.desc = mem_strdup(desc),
                                .schema = mem_strdup("public"),
                                .tag = mem_strdup(tag),
                                .owner = mem_strdup(""),
                                .tablespace = mem_strdup("")};
    return entry;
}

static struct toc *sample_toc(const char *format)
{
    struct toc *toc = mem_new(1, sizeof(*toc));
    struct toc_entry *entry;

    toc->format = mem_strdup(format);
    toc->database = mem_strdup("");
    toc->server_version = mem_strdup("");
    toc->dump_version = mem_strdup("");
    add(toc, "TABLE", "a")->digest = 1;
    entry = add(toc, "TABLE DATA", "a");
    entry->rows_known = true;
    entry->rows = 5;
    add(toc, "SEQUENCE SET", "s")->definition =
        mem_strdup("SELECT pg_catalog.setval('public.s', 42, true);\n");
    add(toc, "BLOBS", "BLOBS")->rows = 3;
    add(toc, "EXTENSION", "hstore");
    return toc;
}

static void a_dump_as_a_fingerprint(void **state)
{
    struct toc *toc = sample_toc("CUSTOM");
    struct fingerprint *f = fingerprint_of_dump(toc, true);

    assert_int_equal(f->table_count, 1);
    assert_int_equal(f->tables[0].rows, 5);
    assert_int_equal(f->sequence_count, 1);
    assert_int_equal(f->sequences[0].before, 42);
    assert_true(f->sequences[0].after_called);
    assert_int_equal(f->large_objects.count, 3);
    assert_int_equal(f->extension_count, 1);
    assert_null(f->schema_why_not);
    fingerprint_free(f);
    toc_free(toc);
    toc = sample_toc("PLAIN");
    f = fingerprint_of_dump(toc, true);
    assert_non_null(f->schema_why_not);
    assert_non_null(f->large_objects.why_not);
    fingerprint_free(f);
    toc_free(toc);
}

static void a_selection_narrows(void **state)
{
    struct toc *toc = sample_toc("CUSTOM");
    struct fingerprint *dump = fingerprint_of_dump(toc, true);
    struct fingerprint *f = sample();

    sequence(f, "other", 1, 1);
    fingerprint_add_extension(f, "hstore", "1.8", "public");
    fingerprint_sort(f);
    fingerprint_narrow(f, dump);
    assert_int_equal(f->sequence_count, 1);
    assert_string_equal(f->sequences[0].name, "s");
    assert_int_equal(f->extension_count, 1);
    assert_string_equal(f->extensions[0].name, "hstore");
    assert_int_equal(f->large_objects.count, 2);
    assert_int_equal(f->entry_count, 4);
    dump->large_objects.count = 0;
    dump->entry_count = 0; /* the two are still to be freed */
    fingerprint_narrow(f, dump);
    assert_int_equal(f->entry_count, 0);
    dump->entry_count = 2;
    assert_int_equal(f->large_objects.count, 0);
    assert_int_equal(f->outside.len, 1);
    fingerprint_take_sequences(f, dump);
    assert_int_equal(f->sequences[0].before, 42);
    fingerprint_free(f);
    fingerprint_free(dump);
    toc_free(toc);
}

static void definitions_that_moved_are_the_dumps(void **state)
{
    struct fingerprint *f = sample(), *dump = sample();
    struct strv changed = STRV_INIT;

    fingerprint_take_definitions(f, dump, &changed);
    assert_int_equal(changed.len, 0);
    dump->entries[0].digest = 50;
    fingerprint_take_definitions(f, dump, &changed);
    one_text(&changed, "INDEX public.a_i");
    assert_int_equal(f->entries[0].digest, 50);
    strv_clear(&changed);
    fingerprint_free(f);
    fingerprint_free(dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_is_silent),
        cmocka_unit_test(what_the_role_could_not_see_is_a_gap),
        cmocka_unit_test(
            comments_and_labels_of_large_objects_are_compared_where_both_know_them),
        cmocka_unit_test(tables_differ),
        cmocka_unit_test(gaps_are_told),
        cmocka_unit_test(sequences_are_bracketed),
        cmocka_unit_test(entries_are_named),
        cmocka_unit_test(versions_are_told_apart),
        cmocka_unit_test(the_database_itself_counts),
        cmocka_unit_test(a_dump_may_not_know),
        cmocka_unit_test(a_selection_leaves_empty_tables),
        cmocka_unit_test(a_dump_as_a_fingerprint),
        cmocka_unit_test(a_selection_narrows),
        cmocka_unit_test(definitions_that_moved_are_the_dumps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
