#include "base/mem.h"
#include "orchestrator/settings/rules.h"
#include "orchestrator/settings/topics.h"
#include "orchestrator/settings/wrap.h"
#include <string.h>

#define FLAG_COLUMN 28

static void add_title(struct buf *out, const char *title)
{
    buf_printf(out, "\n%s:\n", title);
}

static void add_topics(struct buf *out, const struct topic *topics, int indent)
{
    for (; topics->term; topics++)
        wrap_row(out, topics->term, topics->text, indent);
}

static const char *group_title(enum setting_group group)
{
    static const char *const titles[] = {"Flags", "Flags for --test", "Connection flags",
                                         "Common flags"};

    return titles[group];
}

static void add_group(struct buf *out, const struct command *command, enum setting_group group)
{
    bool has_title = false;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];

        if (!(setting->places & PLACE_FLAG) || !setting_belongs_to(setting, command) ||
            setting_group(setting, command) != group)
            continue;
        if (!has_title)
            add_title(out, group_title(group));
        has_title = true;
        AUTO(mem_freep) char *usage = topics_setting_usage(setting);
        AUTO(mem_freep) char *text = topics_setting_text(setting);
        wrap_row(out, usage, text, FLAG_COLUMN);
    }
}

static void add_examples(struct buf *out, const char *examples)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    strv_split(&lines, examples, '\n');
    add_title(out, "Examples");
    for (size_t i = 0; i < lines.len; i++) {
        const char *meaning = strstr(lines.items[i], "   ");

        buf_printf(out, "  %.*s\n", (int)(meaning - lines.items[i]), lines.items[i]);
        wrap_text(out, meaning + 3, 0, 6);
    }
}

void help_command(const struct command *command, struct buf *out)
{
    AUTO(mem_freep) char *usage = rules_usage(command);

    buf_printf(out, "pgkeep %s: %s\n\nUsage: %s\n\n", command->name, command->summary, usage);
    wrap_text(out, command->description, 0, 0);
    add_examples(out, command->examples);
    for (int group = 0; group < GROUP_COUNT; group++)
        add_group(out, command, (enum setting_group)group);
    wrap_row(out, "--help", "show this help (short: -h)", FLAG_COLUMN);
    buf_printf(out,
               "\nFlags are environment variables too; pgkeep --help explains settings.\n");
}

void help_overview(struct buf *out)
{
    buf_printf(out, "pgkeep %s: %s\n\nUsage: pgkeep COMMAND [FLAGS] [ARGUMENTS]\n",
               PGKEEP_VERSION, TOPICS_SUMMARY);
    add_title(out, "Commands");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        wrap_row(out, command_table[i].name, command_table[i].summary, 12);
    buf_printf(out, "\npgkeep COMMAND --help explains a command and its flags.\n");
    add_examples(out, "pgkeep doctor   does everything work here?\n"
                      "pgkeep backup app-db/app --test   back up one database, and prove that "
                      "the backup restores\n"
                      "pgkeep restore app-db/app --into app-db/app_copy   restore the newest "
                      "backup beside the original");
    add_title(out, "Words");
    add_topics(out, topics_words, 14);
    add_group(out, &command_table[COMMAND_HELP], GROUP_COMMON);
    wrap_row(out, "--help", "show help (short: -h)", FLAG_COLUMN);
    wrap_row(out, "--version", "show the version (short: -V)", FLAG_COLUMN);
    add_title(out, "Settings");
    wrap_text(out, topics_about_settings, 0, 2);
    add_topics(out, topics_settings, 16);
    add_title(out, "Exit status");
    add_topics(out, topics_statuses, 14);
}
