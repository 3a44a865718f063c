/* Where settings come from, which source wins, and their types. */
#include "tests/unit/settings/parse.h"

static void each_source_overrides_the_ones_behind_it(void **state)
{
    static const char *const flags[] = {"backup", "backup --user=flag"};
    AUTO(remove_temporary) char *config = write_temporary(
        "[global]\nuser = global\n[app-db]\nuser = section\n[other]\nuser=no\n");
    AUTO(mem_freep) char *variable = mem_printf("PGKEEP_CONFIG=%s", config);
    AUTO(jsonx_freep) json_t *labels = json_pack("{s:s}", "pgkeep.user", "label");
    AUTO(jsonx_freep) json_t *none = json_object();
    const struct {
        const char *line, *variable;
        const json_t *labels;
        const char *target, *value, *source;
    } rows[] = {
        {flags[1], "PGKEEP_USER=env", labels, "app-db", "flag", "--user"},
        {flags[0], "PGKEEP_USER=env", labels, "app-db", "label", "label pgkeep.user"},
        {flags[0], "PGKEEP_USER=env", none, "app-db", "env", "PGKEEP_USER"},
        {flags[0], "PGKEEP_USER=", none, "app-db", "section", "config file"},
        {flags[0], "PGKEEP_USER=", none, "third", "global", "config file"},
        {flags[0], "PGKEEP_USER=", NULL, "third", "global", "line 2"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(invocation_clear) struct invocation out = {0};
        AUTO(settings_freep) struct settings *settings = NULL;

        assert_ok(parse(&out, rows[i].line, variable, rows[i].variable, NULL));
        assert_ok(settings_for_target(out.settings, rows[i].target, rows[i].labels, &settings));
        assert_string_equal(settings_text(settings, SETTING_USER), rows[i].value);
        assert_non_null(strstr(settings_source(settings, SETTING_USER), rows[i].source));
        assert_true(settings_is_set(settings, SETTING_USER));
    }
}

static void what_is_set_nowhere_has_its_default(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};

    assert_ok(parse(&out, "wait app-db", NULL));
    assert_string_equal(settings_text(out.settings, SETTING_REPOSITORY), "/backups");
    assert_string_equal(settings_source(out.settings, SETTING_REPOSITORY), "default");
    assert_false(settings_is_set(out.settings, SETTING_REPOSITORY));
    assert_null(settings_text(out.settings, SETTING_USER));
    assert_string_equal(settings_source(out.settings, SETTING_USER), "default");
    assert_int_equal(settings_duration_ms(out.settings, SETTING_TIMEOUT), 60000);
    assert_int_equal(settings_int(out.settings, SETTING_JOBS), 1);
    assert_int_equal(settings_int(out.settings, SETTING_PORT), 0);
    assert_int_equal(settings_size_bytes(out.settings, SETTING_MEMORY), 1 << 30);
    assert_int_equal(settings_list(out.settings, SETTING_CHECK)->len, 0);
    assert_string_equal(settings_text(out.settings, SETTING_FINGERPRINT), "content");
    assert_int_equal(settings_size_bytes(out.settings, SETTING_FINGERPRINT_LIMIT),
                     (uint64_t)256 << 30);
    assert_int_equal(settings_int(out.settings, SETTING_FINGERPRINT_JOBS), 2);
    assert_false(settings_bool(out.settings, SETTING_ENABLE));
    assert_string_equal(out.arguments.items[0], "app-db");
}

static void one_target_s_labels_do_not_reach_another(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    AUTO(settings_freep) struct settings *one = NULL, *other = NULL;
    AUTO(jsonx_freep) json_t *labels =
        json_pack("{s:s, s:s, s:s, s:s}", "pgkeep.enable", "true", "pgkeep.format", "plain",
                  "com.docker.compose.service", "db", "pgkeep.throwaway", "1");

    assert_ok(parse(&out, "backup", NULL));
    assert_ok(settings_for_target(out.settings, "one", labels, &one));
    assert_ok(settings_for_target(one, "other", NULL, &other));
    assert_true(settings_bool(one, SETTING_ENABLE));
    assert_string_equal(settings_text(one, SETTING_FORMAT), "plain");
    assert_string_equal(settings_text(out.settings, SETTING_FORMAT), "custom");
    assert_string_equal(settings_text(other, SETTING_FORMAT), "custom");
    assert_false(settings_is_set(other, SETTING_ENABLE));
}

static void bad_labels_name_target_label_and_nearest_name(void **state)
{
    static const struct {
        const char *label, *value, *message;
    } rows[] = {
        {"pgkeep.formt", "plain",
         "app-db: unknown label pgkeep.formt; did you mean pgkeep.format?"},
        {"pgkeep.zzzzzz", "1", "app-db: unknown label pgkeep.zzzzzz"},
        {"pgkeep.format", "zip", "app-db: label pgkeep.format: \"zip\" is not one of custom"},
        {"pgkeep.repository", "/x", "app-db: label pgkeep.repository has no effect"},
        {"pgkeep.password", "x", "app-db: label pgkeep.password has no effect"},
        {"pgkeep.enable", "perhaps", "\"perhaps\" is not yes or no"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(invocation_clear) struct invocation out = {0};
        AUTO(settings_freep) struct settings *settings = NULL;
        AUTO(jsonx_freep) json_t *labels = json_pack("{s:s}", rows[i].label, rows[i].value);

        assert_ok(parse(&out, "backup", NULL));
        assert_err(settings_for_target(out.settings, "app-db", labels, &settings), ERR_USAGE,
                   rows[i].message);
        assert_null(settings);
    }
}

static void bad_variables_are_named(void **state)
{
    static const struct {
        const char *variable, *message;
    } rows[] = {
        {"PGKEEP_TIMEOUT=5x", "PGKEEP_TIMEOUT: \"5x\" is not a duration (30s, 5m, 2h, 7d)"},
        {"PGKEEP_REPOSITRY=/x", "PGKEEP_REPOSITRY; did you mean PGKEEP_REPOSITORY?"},
        {"PGKEEP_REPLACE=yes", "PGKEEP_REPLACE has no effect"},
        {"PGKEEP_JOBS=many", "PGKEEP_JOBS: \"many\" is not a number from 1 to 128"},
        {"PGKEEP_PORT=65536", "is not a number from 1 to 65535"},
        {"PGKEEP_MEMORY=1X", "PGKEEP_MEMORY: \"1X\" is not a size"},
        {"PGKEEP_CPUS=0.0", "PGKEEP_CPUS: \"0.0\" is not a number above 0"},
        {"PGKEEP_CPUS=1.", "is not a number above 0"},
        {"PGKEEP_ROW_DROP_ALARM=100", "\"100\" is not a percentage from 0 to 99 (50, 50%)"},
        {"PGKEEP_ROW_DROP_ALARM=%", "PGKEEP_ROW_DROP_ALARM: \"%\" is not a percentage"},
        {"PGKEEP_ROW_DROP_ALARM=5%%", "is not a percentage"},
        {"PGKEEP_ROW_DROP_ALARM=0.5", "is not a percentage"},
        {"PGKEEP_VERBOSE=y", "PGKEEP_VERBOSE: \"y\" is not yes or no"},
        {"PGKEEP_PASSWORD_FILE=/nowhere/at/all", "PGKEEP_PASSWORD_FILE: "},
        {"PGKEEP_ENABLE=yes", "PGKEEP_ENABLE has no effect"},
        {"PGKEEP_=x", "unknown environment variable PGKEEP_"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(invocation_clear) struct invocation out = {0};

        assert_err(parse(&out, "list", rows[i].variable, NULL), ERR_USAGE, rows[i].message);
    }
}

static void empty_variables_and_labels_count_as_unset(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    AUTO(settings_freep) struct settings *settings = NULL;
    AUTO(jsonx_freep) json_t *labels = json_pack("{s:s}", "pgkeep.format", "");

    assert_ok(parse(&out, "backup", "PGKEEP_FORMAT=", "PGKEEP_TIMEOUT=", "OTHER=1", NULL));
    assert_ok(settings_for_target(out.settings, "app-db", labels, &settings));
    assert_string_equal(settings_text(settings, SETTING_FORMAT), "custom");
    assert_false(settings_is_set(settings, SETTING_FORMAT));
}

static void lists_are_split_at_commas_and_newlines_but_not_in_flags(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    const struct strv *list;

    assert_ok(parse(&out, "backup --exclude-schema a,b --exclude-schema=c",
                    "PGKEEP_EXCLUDE_TABLE= a, ,b\\,c\n\\d ,", NULL));
    list = settings_list(out.settings, SETTING_EXCLUDE_SCHEMA);
    assert_int_equal(list->len, 2);
    assert_string_equal(list->items[0], "a,b");
    assert_string_equal(list->items[1], "c");
    list = settings_list(out.settings, SETTING_EXCLUDE_TABLE);
    assert_int_equal(list->len, 3);
    assert_string_equal(list->items[0], "a");
    assert_string_equal(list->items[1], "b,c");
    assert_string_equal(list->items[2], "\\d");
}

static void a_percentage_is_taken_with_and_without_its_sign(void **state)
{
    static const struct {
        const char *line;
        int percent;
    } rows[] = {
        {"backup", 50},
        {"backup --row-drop-alarm 0", 0},
        {"backup --row-drop-alarm=0%", 0},
        {"backup --row-drop-alarm 20", 20},
        {"backup --row-drop-alarm 99%", 99},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO(invocation_clear) struct invocation out = {0};

        assert_ok(parse(&out, rows[i].line, NULL));
        assert_int_equal(settings_percent(out.settings, SETTING_ROW_DROP_ALARM),
                         rows[i].percent);
    }
}

static void a_secret_comes_from_a_file_with_one_newline_cut(void **state)
{
    AUTO(remove_temporary) char *file = write_temporary("pass word\n\n");
    AUTO(remove_temporary) char *empty = write_temporary("\n");
    AUTO(mem_freep) char *flag = mem_printf("backup --password-from %s", file);
    AUTO(mem_freep) char *variable = mem_printf("PGKEEP_PASSWORD_FILE=%s", file);
    AUTO(mem_freep) char *bad = mem_printf("PGKEEP_PASSWORD_FILE=%s", empty);
    AUTO(invocation_clear) struct invocation out = {0};
    AUTO(invocation_clear) struct invocation by_variable = {0};
    AUTO(invocation_clear) struct invocation failed = {0};
    AUTO(invocation_clear) struct invocation twice = {0};

    assert_ok(parse(&out, flag, "PGKEEP_PASSWORD=other", NULL));
    assert_string_equal(settings_text(out.settings, SETTING_PASSWORD), "pass word\n");
    assert_ok(parse(&by_variable, "list", variable, NULL));
    assert_string_equal(settings_text(by_variable.settings, SETTING_PASSWORD), "pass word\n");
    assert_err(parse(&failed, "list", bad, NULL), ERR_USAGE, "is empty");
    assert_err(parse(&twice, "list", variable, "PGKEEP_PASSWORD=hunter2", NULL), ERR_USAGE,
               "PGKEEP_PASSWORD_FILE and PGKEEP_PASSWORD are both set");
}

static void a_password_never_shows_in_an_error(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    struct err *e = parse(&out, "backup --password=hunter2", NULL);
    AUTO(mem_freep) char *text = err_text(e);

    assert_null(strstr(text, "hunter2"));
    assert_err(e, ERR_USAGE, "--password does not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_overrides_the_ones_behind_it),
        cmocka_unit_test(what_is_set_nowhere_has_its_default),
        cmocka_unit_test(one_target_s_labels_do_not_reach_another),
        cmocka_unit_test(bad_labels_name_target_label_and_nearest_name),
        cmocka_unit_test(bad_variables_are_named),
        cmocka_unit_test(empty_variables_and_labels_count_as_unset),
        cmocka_unit_test(lists_are_split_at_commas_and_newlines_but_not_in_flags),
        cmocka_unit_test(a_percentage_is_taken_with_and_without_its_sign),
        cmocka_unit_test(a_secret_comes_from_a_file_with_one_newline_cut),
        cmocka_unit_test(a_password_never_shows_in_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
