/* Help and the man page: complete, and fit for an 80-column screen. */
#include "orchestrator/settings/topics.h"
#include "tests/unit/settings/parse.h"

static void every_setting_has_a_help_text_a_place_and_a_command(void **state)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];
        bool ended = setting->help && setting->help[strlen(setting->help) - 1] == '.';

        if (!setting->help || strlen(setting->help) < 10 || ended || !setting->places ||
            !setting->commands || setting->id != i)
            fail_msg("setting %zu (%s) is declared badly", i, setting->name);
        if (setting->type != TYPE_BOOL && !setting->value_name)
            fail_msg("setting %s has no name for its value", setting->name);
        if ((setting->type == TYPE_CHOICE || setting->type == TYPE_INT) != !!setting->choices)
            fail_msg("setting %s: choices do not fit its type", setting->name);
    }
}

static void a_setting_is_found_by_each_of_its_spellings(void **state)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];
        AUTO(mem_freep) char *flag = setting_flag(setting);
        AUTO(mem_freep) char *variable = setting_variable(setting, false);
        AUTO(mem_freep) char *label = setting_label(setting);
        AUTO(mem_freep) char *key = setting_key(setting, false);
        bool as_file = true;

        assert_ptr_equal(setting_by_flag(flag), setting);
        assert_ptr_equal(setting_by_variable(variable, &as_file), setting);
        assert_false(as_file);
        assert_ptr_equal(setting_by_label(label), setting);
        assert_ptr_equal(setting_by_key(key, &as_file), setting);
    }
}

/* Every line fits, none ends in a blank, all of it is ASCII. */
static void assert_layout(const char *name, const char *text)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    strv_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.len; i++) {
        const char *line = lines.items[i];
        size_t len = strlen(line);

        if (len > 80 || (len && line[len - 1] == ' '))
            fail_msg("help of %s: line %zu: \"%s\"", name, i + 1, line);
        for (size_t k = 0; k < len; k++)
            assert_in_range((unsigned char)line[k], 0x20, 0x7e);
    }
}

static void help_fits_80_columns_and_shows_every_flag_of_the_command(void **state)
{
    AUTO(buf_clear) struct buf overview = BUF_OWN_TEXT;

    help_overview(&overview);
    assert_layout("pgkeep", buf_text(&overview));
    for (size_t c = 0; c < COMMAND_COUNT; c++) {
        const struct command *command = &command_table[c];
        AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
        AUTO(mem_freep) char *row = mem_printf("\n  %s ", command->name);

        assert_non_null(strstr(buf_text(&overview), row));
        help_command(command, &text);
        assert_layout(command->name, buf_text(&text));
        for (size_t i = 0; i < SETTING_COUNT; i++) {
            const struct setting *setting = &setting_table[i];
            AUTO(mem_freep) char *usage = topics_setting_usage(setting);
            AUTO(mem_freep) char *flag = mem_printf("\n  %s", usage);
            bool shown = strstr(buf_text(&text), flag) != NULL;
            bool taken = (setting->places & PLACE_FLAG) && setting_belongs_to(setting, command);

            if (taken && !shown)
                fail_msg("help of %s lacks %s", command->name, usage);
        }
    }
}

/* An example "pgkeep ..." as parse() takes it: without quotes and what follows a pipe. */
static char *example_line(const char *example)
{
    const char *start = strstr(example, "pgkeep ") + strlen("pgkeep ");
    AUTO(mem_freep) char *line = mem_strndup(start, (size_t)(strstr(start, "   ") - start));
    char *pipe = strstr(line, " | ");

    if (strncmp(line, "pgkeep ", 7) == 0) /* docker compose exec pgkeep pgkeep ... */
        memmove(line, line + 7, strlen(line + 7) + 1);
    if (pipe)
        *pipe = '\0';
    return TAKE(line);
}

static void every_example_is_a_valid_command_line(void **state)
{
    for (size_t c = 0; c < COMMAND_COUNT; c++) {
        AUTO(strv_clear) struct strv examples = STRV_INIT;

        strv_split(&examples, command_table[c].examples, '\n');
        assert_true(examples.len > 0);
        for (size_t i = 0; i < examples.len; i++) {
            AUTO(invocation_clear) struct invocation out = {0};
            AUTO(mem_freep) char *line = example_line(examples.items[i]);

            assert_ok(parse(&out, line, NULL));
        }
    }
}

/* The text without roff's escapes and line breaks. */
static char *unroff(const char *text)
{
    AUTO(buf_clear) struct buf plain = BUF_OWN_TEXT;

    for (; *text; text++) {
        if (strncmp(text, "\\fB", 3) == 0 || strncmp(text, "\\fR", 3) == 0)
            text += 2;
        else if (*text != '\\')
            buf_printf(&plain, "%c", *text == '\n' ? ' ' : *text);
    }
    return buf_take(&plain);
}

static void the_man_page_names_every_setting_with_its_places_and_help(void **state)
{
    AUTO(buf_clear) struct buf man = BUF_OWN_TEXT;
    AUTO(mem_freep) char *text = NULL;

    help_man(&man);
    text = unroff(buf_text(&man));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        AUTO(mem_freep) char *usage = topics_setting_usage(&setting_table[i]);
        AUTO(mem_freep) char *entry = mem_printf(" .TP %s ", usage);
        AUTO(mem_freep) char *places = setting_places_text(&setting_table[i]);
        AUTO(mem_freep) char *facts = mem_printf("Set as %s.", places);

        if (!strstr(text, entry) || !strstr(text, facts))
            fail_msg("the man page lacks %s", setting_table[i].name);
    }
    for (size_t c = 0; c < COMMAND_COUNT; c++) {
        AUTO(mem_freep) char *entry = mem_printf(" .SS pgkeep %s ", command_table[c].name);
        assert_non_null(strstr(text, entry));
    }
}

static void the_man_page_has_only_requests_that_it_means(void **state)
{
    static const char *const known[] = {".TH ", ".SH ", ".SS ", ".PP", ".TP"};
    AUTO(buf_clear) struct buf man = BUF_OWN_TEXT;
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    help_man(&man);
    strv_split(&lines, buf_text(&man), '\n');
    for (size_t i = 0; i < lines.len; i++) {
        bool is_known = false;

        for (size_t k = 0; k < ARRAY_LEN(known); k++)
            is_known |= strncmp(lines.items[i], known[k], strlen(known[k])) == 0;
        if (strchr(".'", *lines.items[i]) && *lines.items[i] && !is_known)
            fail_msg("line %zu of the man page: %s", i + 1, lines.items[i]);
        if (!*lines.items[i] && i + 1 < lines.len)
            fail_msg("line %zu of the man page is empty", i + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_has_a_help_text_a_place_and_a_command),
        cmocka_unit_test(a_setting_is_found_by_each_of_its_spellings),
        cmocka_unit_test(help_fits_80_columns_and_shows_every_flag_of_the_command),
        cmocka_unit_test(every_example_is_a_valid_command_line),
        cmocka_unit_test(the_man_page_names_every_setting_with_its_places_and_help),
        cmocka_unit_test(the_man_page_has_only_requests_that_it_means),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
