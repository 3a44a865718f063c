#include "tests/unit/repository/temp.h"

#include "orchestrator/repository/sealed.h"

#define STAMP "2026-11-21T013000Z"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Every member set, with the awkward things in it. */
static struct manifest *full_manifest(const char *database)
{
    struct manifest *m = temp_manifest("app-db", database, STAMP);

    m->order = 1795224700;
    m->started_unix_s = 1795224600;
    m->finished_unix_s = 1795224605;
    m->elapsed_ms = 4900;
    m->container_id = mem_strdup("c0ffee");
    m->image = mem_strdup("postgres:17");
    m->image_id = mem_strdup("sha256:abc");
    m->engine_version = mem_strdup("29.0.1");
    m->pgkeep_version = mem_strdup("0.1.0");
    m->server_version = mem_strdup("17.2 (Debian \"x\")");
    m->server_version_num = 170002;
    m->tool_version = mem_strdup("pg_dump (PostgreSQL) 17.2");
    m->encoding = mem_strdup("UTF8");
    m->locale_provider = mem_strdup("icu");
    m->collate = mem_strdup("C.UTF-8");
    m->ctype = mem_strdup("C.UTF-8");
    m->icu_locale = mem_strdup("de-AT");
    m->owner = mem_strdup("ro\"le\n");
    m->database_bytes = (uint64_t)5 << 40;
    m->snapshot = mem_strdup("00000003-0000001B-1");
    m->lsn = mem_strdup("0/16B3748");
    m->in_recovery = true;
    m->dump_format = mem_strdup("directory");
    m->compression = mem_strdup("zstd:3");
    m->dump = mem_strdup("x.dir");
    m->globals = mem_strdup("globals.sql");
    m->globals_have_passwords = true;
    strv_push(&m->selection, "--table=public.\"a b\"");
    strv_push(&m->selection, "--table=caf\xe9");
    strv_push(&m->commands, "[\"pg_dump\",\"-Fd\",\"-d\",\"a b\"]");
    strv_push(&m->commands, "pg_dump -Fc  # not JSON");
    strv_push(&m->commands, "[ \"spaces\" ]");
    strv_push(&m->notes, "a note");
    strv_push(&m->warnings, "pg_dump: warning: caf\xe9");
    strv_push(&m->subscriptions, "feed");
    m->raw_bytes = 123456789;
    manifest_add_file(m, "x.dir/toc.dat", 12, HEX);
    manifest_add_file(m, "globals.sql", 0, HEX);
    manifest_add_table(m, "public", "t", 8000100, 10, 5);
    manifest_add_table(m, "caf\xe9", "\\xe9", -1, 0, 0);
    manifest_add_extension(m, "postgis", "3.5", "public");
    m->compared_with = mem_strdup("2026-11-20T013000Z");
    manifest_add_alarm(m, "public", "t", 9000000, 12);
    manifest_add_alarm(m, "caf\xe9", "gone", 5000, -1);
    m->fingerprint = json_pack("{s:i,s:f}", "depth", 2, "x", 0.1);
    return m;
}

static struct manifest *reread(const struct manifest *m)
{
    AUTO(mem_freep) char *text = manifest_to_text(m);
    AUTO(jsonx_freep) json_t *root = NULL;
    struct manifest *back = NULL;

    must(sealed_parse(text, strlen(text), SEALED_MANIFEST_KEY, &root));
    must(manifest_from_json(root, &back));
    return back;
}

static void everything_comes_back(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(manifest_freep) struct manifest *back = reread(m);
    AUTO(mem_freep) char *before = manifest_to_text(m);
    AUTO(mem_freep) char *after = manifest_to_text(back);

    assert_string_equal(before, after);
    assert_int_equal(back->database_bytes, (uint64_t)5 << 40);
    assert_string_equal(back->owner, "ro\"le\n");
    assert_int_equal(back->tables[1].rows, -1);
    assert_int_equal(back->order, 1795224700);
    assert_int_equal(back->started_unix_s, 1795224600);
    assert_string_equal(back->compared_with, "2026-11-20T013000Z");
    assert_int_equal(back->alarm_count, 2);
    assert_int_equal(back->alarms[0].rows_before, 9000000);
    assert_int_equal(back->alarms[0].rows, 12);
    assert_int_equal(back->alarms[1].rows, -1);
    assert_int_equal(back->subscriptions.len, 1);
    assert_string_equal(back->subscriptions.items[0], "feed");
    assert_true(back->in_recovery && back->globals_have_passwords);
    assert_true(json_equal(back->fingerprint, m->fingerprint));
    assert_int_equal(manifest_stored_bytes(back), 12);
}

static void bytes_that_are_not_utf8_come_back_exactly(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("d\xff\\xffb");
    AUTO(manifest_freep) struct manifest *back = reread(m);

    assert_string_equal(back->database, "d\xff\\xffb");
    assert_string_equal(back->tables[1].schema, "caf\xe9");
    assert_string_equal(back->tables[1].name, "\\xe9");
    assert_string_equal(back->alarms[1].schema, "caf\xe9");
    assert_string_equal(back->selection.items[1], "--table=caf\xe9");
}

static void commands_come_back_byte_for_byte(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(manifest_freep) struct manifest *back = reread(m);

    assert_int_equal(back->commands.len, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(back->commands.items[i], m->commands.items[i]);
}

static void an_empty_manifest_comes_back(void **state)
{
    AUTO(manifest_freep) struct manifest *m = temp_manifest("t", NULL, STAMP);
    AUTO(manifest_freep) struct manifest *back = reread(m);
    AUTO(mem_freep) char *id = manifest_id(back);

    assert_null(back->database);
    assert_null(back->dump);
    assert_null(back->fingerprint);
    assert_int_equal(back->started_unix_s, 0);
    assert_string_equal(id, "t/_globals/" STAMP);
}

static void the_id_is_escaped(void **state)
{
    AUTO(manifest_freep) struct manifest *m = temp_manifest("t", "a/b", STAMP);
    AUTO(mem_freep) char *id = manifest_id(m);

    assert_string_equal(id, "t/a%2Fb/" STAMP);
}

static void unknown_keys_are_ignored(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(manifest_freep) struct manifest *back = NULL;
    AUTO(jsonx_freep) json_t *root = manifest_to_json(m);

    jsonx_set_string(root, "of_the_future", "x");
    jsonx_set_string(json_array_get(json_object_get(root, "files"), 0), "colour", "red");
    must(manifest_from_json(root, &back));
}

/* Of a pgkeep from before there were alarms. */
static void a_manifest_without_alarms_is_whole(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(manifest_freep) struct manifest *back = NULL;
    AUTO(jsonx_freep) json_t *root = manifest_to_json(m);

    json_object_del(root, "alarms");
    json_object_del(root, "compared_with");
    must(manifest_from_json(root, &back));
    assert_int_equal(back->alarm_count, 0);
    assert_null(back->compared_with);
}

/* Removes each key in turn, then gives it a value of a wrong type. */
static void missing_and_wrong_keys_are_named(void **state)
{
    static const char *const required[] = {"format",      "target", "database", "stamp",
                                           "dump_format", "dump",   "globals",  "files"};
    static const char *const typed[] = {
        "format",     "target",        "stamp",          "started_at",
        "elapsed_ms", "owner",         "database_bytes", "dump",
        "selection",  "commands",      "raw_bytes",      "files",
        "tables",     "extensions",    "in_recovery",    "server_version_num",
        "alarms",     "compared_with",
    };
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");

    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        AUTO(jsonx_freep) json_t *root = manifest_to_json(m);
        struct manifest *back = NULL;

        json_object_del(root, required[i]);
        must_fail(manifest_from_json(root, &back), ERR_PROTOCOL, required[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        AUTO(jsonx_freep) json_t *root = manifest_to_json(m);
        struct manifest *back = NULL;

        jsonx_set(root, typed[i], json_real(1.5));
        must_fail(manifest_from_json(root, &back), ERR_PROTOCOL, typed[i]);
    }
}

static void must_not_hold_both(const char *first, const char *second, const char *words)
{
    AUTO(manifest_freep) struct manifest *m = temp_manifest("t", "d", STAMP);
    AUTO(manifest_freep) struct manifest *back = NULL;
    AUTO(jsonx_freep) json_t *root = NULL;

    manifest_add_file(m, first, 1, HEX);
    manifest_add_file(m, "between", 1, HEX);
    manifest_add_file(m, second, 1, HEX);
    root = manifest_to_json(m);
    if (words)
        must_fail(manifest_from_json(root, &back), ERR_PROTOCOL, words);
    else
        must(manifest_from_json(root, &back));
}

static void two_files_are_never_in_each_others_way(void **state)
{
    must_not_hold_both("a", "a", "a stands there twice");
    must_not_hold_both("a", "a/b", "a/b lies in what is a file itself");
    must_not_hold_both("a/b/c/d", "a/b", "a/b/c/d lies in");
    must_not_hold_both("a-b", "a/b", NULL);
    must_not_hold_both("a/bc", "a/b", NULL);
    must_not_hold_both("a", "ab/c", NULL);
}

static void a_file_that_leads_out_is_refused(void **state)
{
    static const char *const names[] = {"../x", "/etc/passwd", "a/../../x", ".", "a//b", ""};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(manifest_freep) struct manifest *m = temp_manifest("t", "d", STAMP);
        AUTO(jsonx_freep) json_t *root = NULL;
        struct manifest *back = NULL;

        manifest_add_file(m, names[i], 1, HEX);
        root = manifest_to_json(m);
        must_fail(manifest_from_json(root, &back), ERR_PROTOCOL, "inside the backup");
    }
}

static void a_newer_format_is_told_from_damage(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(jsonx_freep) json_t *root = manifest_to_json(m);
    struct manifest *back = NULL;

    jsonx_set_int(root, "format", MANIFEST_FORMAT + 1);
    must_fail(manifest_from_json(root, &back), ERR_UNSUPPORTED, "newer");
}

static void every_flipped_bit_is_found(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(mem_freep) char *text = manifest_to_text(m);
    size_t len = strlen(text);

    for (size_t bit = 0; bit < 8 * len; bit++) {
        AUTO(jsonx_freep) json_t *root = NULL;
        AUTO(err_freep) struct err *e = NULL;

        text[bit / 8] ^= (char)(1 << bit % 8);
        e = sealed_parse(text, len, SEALED_MANIFEST_KEY, &root);
        text[bit / 8] ^= (char)(1 << bit % 8);
        if (!e)
            print_error("bit %zu of byte %zu was not noticed\n", bit % 8, bit / 8);
        assert_non_null(e);
        assert_int_equal(e->kind, ERR_PROTOCOL);
    }
}

static void every_cut_and_every_added_space_is_found(void **state)
{
    AUTO(manifest_freep) struct manifest *m = full_manifest("app");
    AUTO(mem_freep) char *text = manifest_to_text(m);
    size_t len = strlen(text);

    for (size_t cut = 0; cut < len; cut++) {
        AUTO(jsonx_freep) json_t *root = NULL;
        AUTO(err_freep) struct err *e = sealed_parse(text, cut, SEALED_MANIFEST_KEY, &root);
        assert_non_null(e);
    }
    for (size_t at = 0; at <= len; at++) {
        AUTO(jsonx_freep) json_t *root = NULL;
        AUTO(mem_freep) char *longer = mem_printf("%.*s %s", (int)at, text, text + at);
        AUTO(err_freep) struct err *e =
            sealed_parse(longer, len + 1, SEALED_MANIFEST_KEY, &root);
        assert_non_null(e);
    }
}

/* A later pgkeep may indent otherwise; the content's seal still holds. */
static void an_unknown_layout_is_judged_by_its_seal_alone(void **state)
{
    static const char sealed[] =
        "{\"layout\":2,\"a\":1,\"s\":"
        "\"72b3b5f9dbb4cc1ad4cd1c86bd2dbfc1e7e2c0e5a0a4ea2a9b3a7d3fba2ca9cf\"}";
    AUTO(jsonx_freep) json_t *root = NULL;
    AUTO(mem_freep) char *text = NULL;
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    char hex[SHA256_HEX_SIZE];

    must_fail(sealed_parse(sealed, strlen(sealed), "s", &root), ERR_PROTOCOL, "checksum");
    jsonx_freep(&root);
    sha256_add(sha, "{\"a\":1,\"layout\":2}", 18);
    sha256_hex(sha, hex);
    text = mem_printf("{ \"layout\":2,\"a\":1,   \"s\":\"%s\"}", hex);
    must(sealed_parse(text, strlen(text), "s", &root));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(bytes_that_are_not_utf8_come_back_exactly),
        cmocka_unit_test(commands_come_back_byte_for_byte),
        cmocka_unit_test(an_empty_manifest_comes_back),
        cmocka_unit_test(the_id_is_escaped),
        cmocka_unit_test(unknown_keys_are_ignored),
        cmocka_unit_test(a_manifest_without_alarms_is_whole),
        cmocka_unit_test(missing_and_wrong_keys_are_named),
        cmocka_unit_test(a_file_that_leads_out_is_refused),
        cmocka_unit_test(two_files_are_never_in_each_others_way),
        cmocka_unit_test(a_newer_format_is_told_from_damage),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_cut_and_every_added_space_is_found),
        cmocka_unit_test(an_unknown_layout_is_judged_by_its_seal_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
