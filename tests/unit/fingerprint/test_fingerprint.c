#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/fingerprint/fingerprint.h"
#include <string.h>

/* Every member set, with the awkward things in it, in no order. */
static struct fingerprint *full(void)
{
    struct fingerprint *f = fingerprint_new();
    struct fingerprint_table *table;
    struct fingerprint_sequence *sequence;

    f->depth = FINGERPRINT_CONTENT;
    f->depth_reason = mem_strdup("be\"cause");
    f->server_version_num = 150004;
    f->elapsed_ms = 1234;
    table = fingerprint_add_table(f, "public", "t");
    table->rows = 8000100;
    table->has_content = true;
    table->digest = 0xfedcba9876543210U;
    table = fingerprint_add_table(f, "caf\xe9", "x y\n");
    table->why_not = mem_strdup("no right: caf\xe9");
    table = fingerprint_add_table(f, "public", "");
    table->rows = 0;
    table->why_not = mem_strdup("cut");
    sequence = fingerprint_add_sequence(f, "s", "b");
    sequence->before = INT64_MIN;
    sequence->after = INT64_MAX;
    sequence->after_called = true;
    fingerprint_add_sequence(f, "s", "a")->why_not = mem_strdup("denied");
    f->large_objects = (struct fingerprint_large_objects){.count = 7,
                                                          .has_content = true,
                                                          .digest = 1,
                                                          .rights_digest = UINT64_MAX,
                                                          .has_comments = true,
                                                          .comments_digest = 8,
                                                          .has_labels = true,
                                                          .labels_digest = 9};
    fingerprint_add_entry(f, "TABLE", "public", "t", 5);
    fingerprint_add_entry(f, "TABLE", "public", "\xff 0123456789abcdef x", 6);
    fingerprint_add_entry(f, "ACL", "\xe9", "COLUMN t.a", 7);
    fingerprint_add_entry(f, "TABLE", "public", "t", 4);
    fingerprint_add_entry(f, "SCHEMA", "", "", 0);
    fingerprint_add_extension(f, "postgis", "3.5", "public");
    fingerprint_add_extension(f, "citext", "1.6", "caf\xe9");
    strv_push(&f->properties, "z \xe9");
    strv_push(&f->properties, "a");
    strv_push(&f->outside, "rows of foreign table public.f");
    strv_push(&f->hidden, "subscription x: not seen");
    return f;
}

static struct fingerprint *reread(const struct fingerprint *f)
{
    AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);
    AUTO(mem_freep) char *text = jsonx_compact(json);
    AUTO(jsonx_freep) json_t *again = NULL;
    struct fingerprint *back = NULL;

    assert_null(jsonx_parse(text, strlen(text), &again));
    assert_null(fingerprint_from_json(again, &back));
    return back;
}

static void what_is_written_is_read_back(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();

    fingerprint_sort(f);
    AUTO(fingerprint_freep) struct fingerprint *back = reread(f);
    AUTO(jsonx_freep) json_t *left = fingerprint_to_json(f);
    AUTO(jsonx_freep) json_t *right = fingerprint_to_json(back);

    assert_true(json_equal(left, right));
    assert_string_equal(back->tables[0].schema, "caf\xe9");
    assert_string_equal(back->tables[0].why_not, "no right: caf\xe9");
    assert_int_equal(back->tables[0].rows, -1);
    assert_true(back->tables[2].digest == 0xfedcba9876543210U);
    assert_true(back->sequences[1].before == INT64_MIN);
    assert_true(back->sequences[1].after == INT64_MAX);
    assert_false(back->sequences[1].before_called);
    assert_true(back->large_objects.rights_digest == UINT64_MAX);
    assert_string_equal(back->entries[4].tag, "\xff 0123456789abcdef x");
    assert_string_equal(back->extensions[0].schema, "caf\xe9");
    assert_string_equal(back->properties.items[1], "z \xe9");
    assert_true(back->large_objects.has_comments && back->large_objects.has_labels);
    assert_int_equal(back->large_objects.comments_digest, 8);
    assert_int_equal(back->large_objects.labels_digest, 9);
    assert_string_equal(back->hidden.items[0], "subscription x: not seen");
}

/* Without the three keys that came later. */
static void an_older_one_is_read_and_says_nothing_of_what_it_does_not_know(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();
    AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);
    AUTO(fingerprint_freep) struct fingerprint *back = NULL;
    struct fingerprint *read = NULL;
    json_t *large_objects = json_object_get(json, "large_objects");

    json_object_del(json, "hidden");
    json_object_del(large_objects, "comments_digest");
    json_object_del(large_objects, "labels_digest");
    assert_null(fingerprint_from_json(json, &read));
    back = read;
    assert_false(back->large_objects.has_comments || back->large_objects.has_labels);
    assert_int_equal(back->hidden.len, 0);
    assert_int_equal(back->large_objects.rights_digest, UINT64_MAX);
}

/* Who does not know that digest finds a gap with a reason. */
static void a_digest_without_generated_columns_has_a_key_of_its_own(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = fingerprint_new();
    struct fingerprint_table *table = fingerprint_add_table(f, "public", "t");

    f->depth = FINGERPRINT_CONTENT;
    f->large_objects.has_content = true;
    table->rows = 3;
    table->has_content = table->without_generated = true;
    table->digest = 0x0123456789abcdefU;
    AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);
    json_t *item = json_array_get(json_object_get(json, "tables"), 0);
    AUTO(fingerprint_freep) struct fingerprint *back = reread(f);

    assert_true(json_is_null(json_object_get(item, "digest")));
    assert_true(json_is_string(json_object_get(item, "why_not")));
    assert_true(back->tables[0].has_content && back->tables[0].without_generated);
    assert_true(back->tables[0].digest == 0x0123456789abcdefU);
    assert_null(back->tables[0].why_not);
}

static void an_empty_one_is_read_back(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = fingerprint_new();
    AUTO(fingerprint_freep) struct fingerprint *back = reread(f);

    assert_int_equal(back->depth, FINGERPRINT_NONE);
    assert_null(back->depth_reason);
    assert_int_equal(back->table_count, 0);
}

/* Orders that mean the same give the same JSON and the same digest. */
static void the_order_of_adding_does_not_matter(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();
    AUTO(fingerprint_freep) struct fingerprint *unsorted_back = reread(f);
    char left[SHA256_HEX_SIZE], right[SHA256_HEX_SIZE];

    fingerprint_sort(f);
    fingerprint_schema_digest(f, left);
    fingerprint_schema_digest(unsorted_back, right);
    assert_string_equal(left, right);
    assert_int_equal(f->entries[2].digest, 6 - 2); /* TABLE t: the smaller digest first */
    f->entries[0].digest++;
    fingerprint_schema_digest(f, right);
    assert_string_not_equal(left, right);
}

static void gaps_are_counted(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();
    size_t before = fingerprint_gaps(f);

    mem_replace(&f->tables[0].why_not, "locked");
    mem_replace(&f->sequences[0].why_not, NULL);
    mem_replace(&f->schema_why_not, NULL);
    mem_replace(&f->large_objects.why_not, NULL);
    for (size_t i = 1; i < f->table_count; i++)
        mem_replace(&f->tables[i].why_not, NULL);
    for (size_t i = 1; i < f->sequence_count; i++)
        mem_replace(&f->sequences[i].why_not, NULL);
    assert_true(before > 0);
    assert_int_equal(fingerprint_gaps(f), 2); /* the table, and what is hidden */
    strv_clear(&f->hidden);
    assert_int_equal(fingerprint_gaps(f), 1);
    mem_replace(&f->sequences[0].why_not, "no right");
    mem_replace(&f->schema_why_not, "pg_dump failed");
    mem_replace(&f->large_objects.why_not, "no right");
    assert_int_equal(fingerprint_gaps(f), 4);
}

static void depths_have_names(void **state)
{
    enum fingerprint_depth depth = FINGERPRINT_NONE;

    for (int i = FINGERPRINT_NONE; i <= FINGERPRINT_CONTENT; i++) {
        assert_true(
            fingerprint_depth_parse(fingerprint_depth_name((enum fingerprint_depth)i), &depth));
        assert_int_equal(depth, i);
    }
    assert_false(fingerprint_depth_parse("contents", &depth));
}

/* -- damage -- */

static size_t damages;

static void refused(const json_t *json, const char *what)
{
    struct fingerprint *f = NULL;
    AUTO(err_freep) struct err *e = fingerprint_from_json(json, &f);

    damages++;
    if (!err_is(e, ERR_PROTOCOL) || f)
        fail_msg("read without an error: %s", what);
}

static void damage(const json_t *root, json_t *node);

/* One member: gone, and of another type; then goes on below it. */
static void damage_member(const json_t *root, json_t *object, const char *key)
{
    AUTO(jsonx_freep) json_t *kept = json_incref(json_object_get(object, key));
    AUTO(mem_freep) char *exact = mem_printf("%s_escaped", key);
    bool has_exact = json_object_get(object, exact) != NULL;

    /* the exact form stands in for the other one, and the other for the exact form */
    json_object_set_new(object, key, json_real(0.5));
    if (!has_exact)
        refused(root, key);
    json_object_del(object, key);
    if (!has_exact && !strstr(key, "_escaped"))
        refused(root, key);
    json_object_set(object, key, kept);
    damage(root, kept);
}

static void damage_item(const json_t *root, json_t *list, size_t i)
{
    AUTO(jsonx_freep) json_t *kept = json_incref(json_array_get(list, i));

    json_array_set_new(list, i, json_real(0.5));
    refused(root, "an item that is a number");
    json_array_set_new(list, i, json_null());
    refused(root, "an item that is null");
    json_array_set(list, i, kept);
    damage(root, kept);
}

/* Reads `root` after each single damage to `node`, which is a part of it. */
static void damage(const json_t *root, json_t *node)
{
    AUTO(strv_clear) struct strv keys = STRV_INIT;
    const char *key;
    json_t *value;

    for (size_t i = 0; i < json_array_size(node); i++)
        damage_item(root, node, i);
    json_object_foreach(node, key, value) strv_push(&keys, key);
    for (size_t i = 0; i < keys.len; i++)
        damage_member(root, node, keys.items[i]);
}

static void every_key_that_is_missing_or_mistyped_is_refused(void **state)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();
    AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);

    damages = 0;
    damage(json, json);
    assert_true(damages > 100);
    struct fingerprint *back = NULL;
    assert_null(fingerprint_from_json(json, &back)); /* it was whole all the time */
    fingerprint_free(back);
}

static void refused_after(const char *path, const char *key, json_t *value)
{
    AUTO(fingerprint_freep) struct fingerprint *f = full();
    AUTO(jsonx_freep) json_t *json = fingerprint_to_json(f);
    json_t *node = *path ? json_object_get(json, path) : json;

    if (json_is_array(node))
        node = json_array_get(node, 0);
    jsonx_set(node, key, value);
    refused(json, key);
}

static void values_out_of_range_are_refused(void **state)
{
    refused_after("tables", "digest", json_string("fedcba987654321"));
    refused_after("tables", "digest", json_string("fedcba98765432100"));
    refused_after("tables", "digest", json_string("FEDCBA9876543210"));
    refused_after("tables", "digest", json_string("fedcba987654321g"));
    refused_after("tables", "rows", json_integer(-1));
    refused_after("large_objects", "count", json_integer(-1));
    refused_after("large_objects", "rights_digest", json_null());
    refused_after("", "elapsed_ms", json_integer(-1));
    refused_after("", "server_version_num", json_integer(INT64_C(1) << 40));
    refused_after("", "depth", json_string("deep"));
    refused_after("", "digests", json_string("1"));
    refused_after("tables", "schema_escaped", json_string("%zz"));
    refused_after("tables", "name", json_stringn("a\0b", 3));
    refused_after("entries", "items", json_pack("[s]", "0123456789abcdef"));
    refused_after("entries", "items", json_pack("[s]", "0123456789abcde t"));
    refused_after("entries", "items", json_pack("[s]", "0123456789abcdeft"));
    AUTO(jsonx_freep) json_t *list = json_array();
    refused(list, "a list");
    refused(NULL, "nothing");
}

/* A table without rows and reason must not pass for one that could not be counted. */
static void what_is_not_known_must_say_why(void **state)
{
    refused_after("tables", "rows", json_null());
    refused_after("tables", "digest", json_null());
    refused_after("large_objects", "digest", json_null());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(an_older_one_is_read_and_says_nothing_of_what_it_does_not_know),
        cmocka_unit_test(a_digest_without_generated_columns_has_a_key_of_its_own),
        cmocka_unit_test(an_empty_one_is_read_back),
        cmocka_unit_test(the_order_of_adding_does_not_matter),
        cmocka_unit_test(gaps_are_counted),
        cmocka_unit_test(depths_have_names),
        cmocka_unit_test(every_key_that_is_missing_or_mistyped_is_refused),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(what_is_not_known_must_say_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
