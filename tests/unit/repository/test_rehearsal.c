#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/repository/rehearsal.h"

/* A test with this image of this version, of a backup of 17 made from the image "a". */
static json_t *test_with(const char *version, const char *image, const char *verdict)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "format", 1, "verdict",
                     verdict, "server_version", version, "source_server_version",
                     "17.2 (Debian 17.2-1)", "image", image, "image_id", image,
                     "source_image_id", "a", "in", "container");
}

/* Takes over `stored` and `test`. */
static json_t *merged(json_t *stored, json_t *test)
{
    json_t *out = rehearsal_merge(stored, test);

    json_decref(stored);
    json_decref(test);
    return out;
}

static const char *verdict_of(const json_t *proof)
{
    return jsonx_string(proof, "verdict", "");
}

/* The rehearsal's verdict, or "". */
static const char *nth(const json_t *proof, size_t i)
{
    return verdict_of(json_array_get(rehearsal_list(proof), i));
}

static void another_major_is_kept_beside_the_proof_whichever_came_first(void **state)
{
    AUTO(jsonx_freep) json_t *after =
        merged(test_with("17.2", "a", "equal"), test_with("18.1", "b", "different"));
    AUTO(jsonx_freep) json_t *before = merged(NULL, test_with("18.1", "b", "equal"));

    assert_string_equal(verdict_of(after), "equal");
    assert_string_equal(nth(after, 0), "different");
    assert_string_equal(verdict_of(before), "unproven");
    assert_string_equal(nth(before, 0), "equal");
    assert_non_null(jsonx_string(before, "reason", NULL));
    before = merged(before, test_with("17.4", "a", "different"));
    assert_string_equal(verdict_of(before), "different");
    assert_string_equal(nth(before, 0), "equal");
    before = merged(before, test_with("17.4", "a", "equal"));
    assert_string_equal(verdict_of(before), "equal");
    assert_int_equal(json_array_size(rehearsal_list(before)), 1);
}

static void one_rehearsal_is_kept_of_an_image_and_few_in_all(void **state)
{
    AUTO(jsonx_freep) json_t *proof = merged(NULL, test_with("18.1", "b", "different"));

    proof = merged(proof, test_with("18.2", "b", "equal"));
    assert_int_equal(json_array_size(rehearsal_list(proof)), 1);
    assert_string_equal(nth(proof, 0), "equal");
    for (int i = 0; i < 20; i++) {
        AUTO(mem_freep) char *image = mem_printf("image %d", i);

        proof = merged(proof, test_with("18.2", image, "equal"));
    }
    assert_int_equal(json_array_size(rehearsal_list(proof)), 8);
    assert_string_equal(jsonx_string(json_array_get(rehearsal_list(proof), 7), "image", ""),
                        "image 19");
}

static void what_could_not_be_told_hides_nothing(void **state)
{
    AUTO(jsonx_freep) json_t *proof =
        merged(test_with("17.2", "a", "equal"), test_with("17.2", "a", "unproven"));

    assert_string_equal(verdict_of(proof), "equal");
    proof = merged(proof, test_with("", "gone", "unproven"));
    assert_string_equal(verdict_of(proof), "equal");
    assert_null(rehearsal_list(proof));
    proof = merged(proof, test_with("13.1", "b", "unproven"));
    assert_string_equal(nth(proof, 0), "unproven");
    proof = merged(proof, test_with("13.1", "b", "different"));
    proof = merged(proof, test_with("13.1", "b", "unproven"));
    assert_string_equal(nth(proof, 0), "different");
    assert_int_equal(json_array_size(rehearsal_list(proof)), 1);
}

static void another_image_of_the_same_major_stands_in_and_gives_way(void **state)
{
    AUTO(jsonx_freep) json_t *proof = merged(NULL, test_with("17.5", "b", "equal"));

    assert_string_equal(verdict_of(proof), "equal");
    assert_null(rehearsal_list(proof));
    proof = merged(proof, test_with("17.5", "c", "different"));
    assert_string_equal(verdict_of(proof), "different");
    proof = merged(proof, test_with("17.2", "a", "equal"));
    assert_string_equal(verdict_of(proof), "equal");
    proof = merged(proof, test_with("17.5", "b", "different"));
    assert_string_equal(verdict_of(proof), "equal");
    assert_string_equal(nth(proof, 0), "different");
}

static void a_rehearsal_that_an_older_pgkeep_took_for_the_proof_is_none(void **state)
{
    AUTO(jsonx_freep) json_t *old = rehearsal_settle(test_with("18.1", "b", "equal"));
    AUTO(jsonx_freep) json_t *own = rehearsal_settle(test_with("17.1", "a", "equal"));
    AUTO(jsonx_freep) json_t *bare = rehearsal_settle(json_pack("{s:s}", "verdict", "equal"));

    assert_string_equal(verdict_of(old), "unproven");
    assert_string_equal(nth(old, 0), "equal");
    assert_string_equal(verdict_of(own), "equal");
    assert_string_equal(verdict_of(bare), "equal");
    assert_null(rehearsal_settle(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_major_is_kept_beside_the_proof_whichever_came_first),
        cmocka_unit_test(one_rehearsal_is_kept_of_an_image_and_few_in_all),
        cmocka_unit_test(what_could_not_be_told_hides_nothing),
        cmocka_unit_test(another_image_of_the_same_major_stands_in_and_gives_way),
        cmocka_unit_test(a_rehearsal_that_an_older_pgkeep_took_for_the_proof_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
