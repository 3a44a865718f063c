/* The command line: where flags may stand, and what is refused. */
#include "tests/unit/settings/parse.h"

static void flags_may_stand_anywhere_in_both_forms(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};

    assert_ok(parse(
        &out, "--repository /a -v backup one --format=plain --repository=/b two -- --x", NULL));
    assert_int_equal(out.command->id, COMMAND_BACKUP);
    assert_string_equal(settings_text(out.settings, SETTING_REPOSITORY), "/b");
    assert_string_equal(settings_text(out.settings, SETTING_FORMAT), "plain");
    assert_true(settings_bool(out.settings, SETTING_VERBOSE));
    assert_int_equal(out.arguments.len, 3);
    assert_string_equal(out.arguments.items[2], "--x");
}

static void a_value_may_look_like_a_flag(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};
    const struct strv *list;

    assert_ok(parse(&out, "backup --extra-args --no-comments --extra-args=--verbose=1", NULL));
    list = settings_list(out.settings, SETTING_EXTRA_ARGS);
    assert_string_equal(list->items[0], "--no-comments");
    assert_string_equal(list->items[1], "--verbose=1");
}

static void yes_or_no_flags_may_say_so(void **state)
{
    AUTO(invocation_clear) struct invocation out = {0};

    assert_ok(parse(&out, "backup --test=no --force", "PGKEEP_TEST=yes", NULL));
    assert_false(settings_bool(out.settings, SETTING_TEST));
    assert_true(settings_bool(out.settings, SETTING_FORCE));
}

static void help_and_version_work_whatever_the_configuration(void **state)
{
    static const char *const lines[] = {"--help",      "-h",      "backup --help",
                                        "restore -h",  "show -h", "help",
                                        "help backup", "-V",      "--version"};

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        AUTO(invocation_clear) struct invocation out = {0};

        assert_ok(parse(&out, lines[i], "PGKEEP_NONSENSE=1", "PGKEEP_CONFIG=/nowhere", NULL));
        assert_true(out.help || out.version || out.command->id == COMMAND_HELP);
    }
}

static void what_is_wrong_is_named_and_the_nearest_name_suggested(void **state)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        {"", "a command is missing"},
        {"bakcup", "unknown command \"bakcup\"; did you mean backup?"},
        {"quintessence", "unknown command \"quintessence\""},
        {"~", "unknown command \"\""},
        {"backup --formt=plain", "unknown flag --formt; did you mean --format?"},
        {"--repositry /x list", "unknown flag --repositry; did you mean --repository?"},
        {"list --wholly-unknown", "unknown flag --wholly-unknown"},
        {"list -x", "unknown flag -x"},
        {"list -vx", "unknown flag -vx"},
        {"list --enable", "unknown flag --enable"},
        {"list --format plain", "list takes no --format; it belongs to: backup"},
        {"--into x list", "list takes no --into; it belongs to: restore"},
        {"wait app-db --timeout", "--timeout needs a value"},
        {"wait app-db --timeout=", "--timeout: the value is empty"},
        {"wait app-db --timeout ~", "--timeout: the value is empty"},
        {"backup --format zip",
         "--format: \"zip\" is not one of custom, plain, tar, directory"},
        {"backup --jobs 0", "--jobs: \"0\" is not a number from 1 to 128"},
        {"backup --jobs -1", "--jobs: \"-1\" is not a number"},
        {"backup --test=perhaps", "--test: \"perhaps\" is not yes or no"},
        {"backup --password-from /nowhere", "--password-from: "},
        {"show", "an argument is missing"},
        {"show a b", "unexpected argument \"b\""},
        {"show --diff a", "--diff compares two backups, and one is given"},
        {"show --diff a b c", "unexpected argument \"c\""},
        {"show --diff a b --contents", "--diff and --contents exclude each other"},
        {"list --diff", "list takes no --diff; it belongs to: show"},
        {"show a --junit x", "show takes no --junit; it belongs to: backup, test"},
        {"backup --fingerprint deep", "\"deep\" is not one of none, counts, content"},
        {"backup --fingerprint-jobs 17", "\"17\" is not a number from 1 to 16"},
        {"targets a", "unexpected argument \"a\""},
        {"show ~", "argument 1 is empty"},
        {"list -q -v", "--quiet and --verbose exclude each other"},
        {"backup --schema-only --data-only", "--schema-only and --data-only exclude"},
        {"backup --globals-only --table a", "--globals-only and --table exclude each other"},
        {"restore a", "--into is missing"},
        {"restore a --into b --drop-old", "--drop-old goes only with --replace"},
        {"restore a --into b --list l --table t", "--list and --table exclude each other"},
        {"restore a --into b --replace --table t", "--replace with --table would put a part"},
        {"restore a --into b --replace --schema s", "--replace with --schema would put a part"},
        {"restore a --into b --replace --list l", "--replace with --list would put a part"},
        {"restore a --into b --replace --schema-only", "--replace with --schema-only would"},
        {"restore a --into b --replace --data-only", "--replace with --data-only would put"},
        {"restore a --into b --beside", "--beside goes only with --table"},
        {"restore a --into b --beside --table t --replace", "--beside and --replace exclude"},
        {"restore a --into b --beside --table t --jobs 2", "--beside and --jobs exclude"},
        {"test", "neither a BACKUP nor --all is given"},
        {"test --all a", "--all and \"a\" exclude each other"},
        {"verify", "neither a BACKUP nor --all is given"},
        {"verify --all a", "--all and \"a\" exclude each other"},
        {"help --man backup", "--man and \"backup\" exclude each other"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_usage(rows[i].line, rows[i].message);
}

static void an_error_without_its_own_advice_has_a_hint(void **state)
{
    static const char *const lines[] = {"",
                                        "quintessence",
                                        "list --wholly-unknown",
                                        "list -x",
                                        "show",
                                        "show a b",
                                        "show --diff a",
                                        "show --diff a b c",
                                        "show --diff a b --contents",
                                        "show ~",
                                        "restore a",
                                        "restore a --into b --replace --table t",
                                        "restore a --into b --beside",
                                        "verify",
                                        "wait a --timeout",
                                        "wait a --timeout=",
                                        "list -qv",
                                        "backup --password x",
                                        "list --config /nowhere",
                                        "backup --password-from /nowhere"};

    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        AUTO(invocation_clear) struct invocation out = {0};
        AUTO(err_freep) struct err *e = parse(&out, lines[i], NULL);

        assert_non_null(e);
        if (!err_hint_of(e))
            fail_msg("no hint for \"pgkeep %s\"", lines[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_may_stand_anywhere_in_both_forms),
        cmocka_unit_test(a_value_may_look_like_a_flag),
        cmocka_unit_test(yes_or_no_flags_may_say_so),
        cmocka_unit_test(help_and_version_work_whatever_the_configuration),
        cmocka_unit_test(what_is_wrong_is_named_and_the_nearest_name_suggested),
        cmocka_unit_test(an_error_without_its_own_advice_has_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
