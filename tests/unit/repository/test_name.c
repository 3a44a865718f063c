#include "tests/unit/repository/temp.h"

#include "orchestrator/repository/name.h"

static void check_round_trip(const char *name)
{
    AUTO(mem_freep) char *escaped = name_escape(name);
    AUTO(mem_freep) char *back = name_unescape(escaped);

    assert_non_null(back);
    assert_string_equal(back, name);
    assert_true(strlen(escaped) > 0);
    assert_null(strchr(escaped, '/'));
    assert_true(escaped[0] != '.' && escaped[0] != '_');
    for (const char *p = escaped; *p; p++)
        assert_true((unsigned char)*p > ' ' && (unsigned char)*p < 0x7f);
}

static void every_byte_comes_back_in_every_position(void **state)
{
    for (int byte = 1; byte < 256; byte++) {
        char alone[] = {(char)byte, '\0'};
        char first[] = {(char)byte, 'a', '\0'};
        char last[] = {'a', (char)byte, '\0'};

        check_round_trip(alone);
        check_round_trip(first);
        check_round_trip(last);
    }
}

static void every_pair_of_bytes_has_a_folder_of_its_own(void **state)
{
    AUTO(strv_clear) struct strv all = STRV_INIT;

    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b += 3) {
            char name[] = {(char)a, (char)b, '\0'};

            check_round_trip(name);
            strv_push_owned(&all, name_escape(name));
        }
    strv_sort(&all);
    for (size_t i = 1; i < all.len; i++)
        assert_string_not_equal(all.items[i], all.items[i - 1]);
}

static void awkward_names_stay_inside_and_come_back(void **state)
{
    static const char *const names[] = {
        "",      ".",           "..",     "...",      "../..",        "/",      "//",
        "/etc",  "a/b",         "latest", "_cluster", "_globals",     "%",      "%%",
        "%41",   "%2F",         "a\nb",   "a b",      "\"q\"",        "'",      "\\",
        "-rf",   "~",           "*",      "\xff\x80", "Zażółć gęślą", "資料庫", "lost+found",
        ".lock", "pgkeep.json",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        check_round_trip(names[i]);
}

static void plain_names_stay_readable(void **state)
{
    static const char *const names[] = {"app", "App-2_b.c+d", "latest", "2026-11-21T013000Z"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO(mem_freep) char *escaped = name_escape(names[i]);
        assert_string_equal(escaped, names[i]);
    }
}

static void pgkeeps_own_names_are_escaped(void **state)
{
    static const char *const pairs[][2] = {{"_cluster", "%5Fcluster"},
                                           {"_globals", "%5Fglobals"},
                                           {".hidden", "%2Ehidden"},
                                           {"..", "%2E."},
                                           {"", "%"}};

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        AUTO(mem_freep) char *escaped = name_escape(pairs[i][0]);
        assert_string_equal(escaped, pairs[i][1]);
    }
}

static void the_longest_name_fits_a_folder(void **state)
{
    char name[64] = "";

    for (int i = 0; i < 21; i++)
        strcat(name, "語"); /* 63 bytes of three-byte characters */
    assert_int_equal(strlen(name), 63);
    AUTO(mem_freep) char *escaped = name_escape(name);
    assert_true(strlen(escaped) <= 255 - sizeof("-2026-11-21T013000Z.sql.gz"));
    check_round_trip(name);
}

static void what_escape_does_not_make_is_refused(void **state)
{
    static const char *const texts[] = {"a/b", "..",  ".",   ".a",  "_a",    "a b",  "%2",
                                        "%zz", "%2f", "%41", "%00", "a%00b", "\xff", "a%"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_null(name_unescape(texts[i]));
}

static void check_ref(const char *text, const char *target, const char *database,
                      const char *stamp)
{
    AUTO(backup_ref_clear) struct backup_ref ref = {0};

    must(backup_ref_parse(text, &ref));
    assert_string_equal(ref.target, target);
    assert_string_equal(ref.database ? ref.database : "(none)", database ? database : "(none)");
    assert_string_equal(ref.stamp ? ref.stamp : "(none)", stamp ? stamp : "(none)");
}

static void a_ref_is_target_database_and_stamp(void **state)
{
    check_ref("db", "db", NULL, NULL);
    check_ref("db/app", "db", "app", NULL);
    check_ref("db/app/latest", "db", "app", NULL);
    check_ref("db/app/2026-11-21T013000Z", "db", "app", "2026-11-21T013000Z");
    check_ref("db/app/2026-11", "db", "app", "2026-11");
    check_ref("db/latest", "db", "latest", NULL);
    check_ref("db/2026", "db", "2026", NULL);
    check_ref("db/a/b", "db", "a/b", NULL);
    check_ref("db/a/b/latest", "db", "a/b", NULL);
    check_ref("db//x", "db", "/x", NULL);
    check_ref("db/latest/latest", "db", "latest", NULL);
    check_ref("db/2026-13x", "db", "2026-13x", NULL);
}

static void a_ref_without_a_part_is_refused(void **state)
{
    static const char *const texts[] = {"", "/", "/app", "db/"};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO(backup_ref_clear) struct backup_ref ref = {0};
        must_fail(backup_ref_parse(texts[i], &ref), ERR_USAGE, "TARGET/DATABASE");
    }
}

static void a_stamps_beginning_is_known_by_its_form(void **state)
{
    static const char stamp[] = "2026-11-21T013000Z";

    for (size_t len = 4; len < sizeof(stamp); len++) {
        AUTO(mem_freep) char *prefix = mem_strndup(stamp, len);
        assert_true(backup_ref_is_stamp_prefix(prefix));
    }
    assert_false(backup_ref_is_stamp_prefix("202"));
    assert_false(backup_ref_is_stamp_prefix("2026x"));
    assert_false(backup_ref_is_stamp_prefix("2026-11-21T013000Z1"));
    assert_false(backup_ref_is_stamp_prefix("app"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_comes_back_in_every_position),
        cmocka_unit_test(every_pair_of_bytes_has_a_folder_of_its_own),
        cmocka_unit_test(awkward_names_stay_inside_and_come_back),
        cmocka_unit_test(plain_names_stay_readable),
        cmocka_unit_test(pgkeeps_own_names_are_escaped),
        cmocka_unit_test(the_longest_name_fits_a_folder),
        cmocka_unit_test(what_escape_does_not_make_is_refused),
        cmocka_unit_test(a_ref_is_target_database_and_stamp),
        cmocka_unit_test(a_ref_without_a_part_is_refused),
        cmocka_unit_test(a_stamps_beginning_is_known_by_its_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
