#include "base/mem.h"
#include "base/strv.h"
#include "orchestrator/settings/topics.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* man(7) wants the date of the page's last change. */
#define MAN_DATE "2026-11-21"

#define MAN_LINE 78 /* bytes, as mandoc's lint wants it */

static void add_character(struct buf *out, char character)
{
    if (character == '\\')
        buf_printf(out, "\\e");
    else if (character == '-')
        buf_printf(out, "\\-"); /* a plain one becomes a hyphen, which no shell takes */
    else if (character == '\'')
        buf_printf(out, "\\(aq");
    else
        buf_printf(out, "%c", character);
}

/* One line of roff. */
static void add_line(struct buf *out, const char *text)
{
    if (*text == '.')
        buf_printf(out, "\\&"); /* at the start of a line it would be a request */
    for (; *text; text++)
        add_character(out, *text);
}

/* Appends a word to the line that began at *line_start, or to a new one where it would be too
 * long. */
static void add_word(struct buf *out, const char *word, size_t *line_start)
{
    AUTO(buf_clear) struct buf escaped = BUF_OWN_TEXT;

    add_line(&escaped, word);
    if (out->len > *line_start) {
        bool fits = out->len - *line_start + 1 + escaped.len <= MAN_LINE;

        buf_printf(out, "%c", fits ? ' ' : '\n');
        *line_start = fits ? *line_start : out->len;
    }
    buf_printf(out, "%s", buf_text(&escaped));
}

static void add_paragraph(struct buf *out, const char *text)
{
    AUTO(strv_clear) struct strv words = STRV_INIT;
    size_t line_start = out->len;

    strv_split(&words, text, ' ');
    for (size_t i = 0; i < words.len; i++) {
        const char *word = words.items[i];

        add_word(out, word, &line_start);
        if (word[0] && word[strlen(word) - 1] == '.' && i + 1 < words.len) {
            buf_printf(out, "\n"); /* troff wants each sentence on a line of its own */
            line_start = out->len;
        }
    }
    buf_printf(out, "\n");
}

/* Running text; "\n\n" begins a new paragraph. */
static void add_text(struct buf *out, const char *text)
{
    const char *end;

    while ((end = strstr(text, "\n\n"))) {
        AUTO(mem_freep) char *paragraph = mem_strndup(text, (size_t)(end - text));

        add_paragraph(out, paragraph);
        buf_printf(out, ".PP\n");
        text = end + 2;
    }
    add_paragraph(out, text);
}

static void add_tagged(struct buf *out, const char *term, const char *text)
{
    buf_printf(out, ".TP\n\\fB");
    add_line(out, term);
    buf_printf(out, "\\fR\n");
    add_text(out, text);
}

static void add_topics(struct buf *out, const struct topic *topics)
{
    for (; topics->term; topics++)
        add_tagged(out, topics->term, topics->text);
}

static void add_examples(struct buf *out, const char *examples)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    strv_split(&lines, examples, '\n');
    for (size_t i = 0; i < lines.len; i++) {
        const char *meaning = strstr(lines.items[i], "   ");
        AUTO(mem_freep) char *line =
            mem_strndup(lines.items[i], (size_t)(meaning - lines.items[i]));

        add_tagged(out, line, meaning + 3);
    }
}

/* The flags of its own, by name only: the settings have a section. */
static void add_flag_names(struct buf *out, const struct command *command)
{
    AUTO(strv_clear) struct strv flags = STRV_INIT;

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &setting_table[i];

        if ((setting->places & PLACE_FLAG) && setting_belongs_to(setting, command) &&
            (setting_group(setting, command) == GROUP_OWN ||
             setting_group(setting, command) == GROUP_TESTING))
            strv_push_owned(&flags, setting_flag(setting));
    }
    if (flags.len > 0) {
        AUTO(mem_freep) char *names = strv_join(&flags, ", ");
        AUTO(mem_freep) char *text = mem_printf("Its own flags: %s.", names);

        buf_printf(out, ".PP\n");
        add_text(out, text);
    }
}

static void add_commands(struct buf *out)
{
    buf_printf(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command *command = &command_table[i];
        AUTO(mem_freep) char *title = mem_printf(
            "pgkeep %s%s%s", command->name, *command->synopsis ? " " : "", command->synopsis);

        buf_printf(out, ".SS ");
        add_line(out, title);
        buf_printf(out, "\n");
        add_text(out, command->description);
        add_flag_names(out, command);
        add_examples(out, command->examples);
    }
}

/* "Commands: backup, restore. Set as: --table." */
static char *setting_facts(const struct setting *setting)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(mem_freep) char *text = topics_setting_text(setting);
    AUTO(mem_freep) char *places = setting_places_text(setting);

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (setting_belongs_to(setting, &command_table[i]))
            strv_push(&names, command_table[i].name);
    AUTO(mem_freep) char *all = strv_join(&names, ", ");
    return mem_printf("%c%s. Set as %s. Commands: %s.", toupper((unsigned char)*text), text + 1,
                      places, names.len == COMMAND_COUNT ? "all" : all);
}

static void add_settings(struct buf *out)
{
    buf_printf(out, ".SH SETTINGS\n");
    add_text(out, topics_about_settings);
    add_topics(out, topics_settings);
    buf_printf(out, ".PP\n");
    add_text(out, "In the environment, in labels and in the config file the items of a "
                  "repeatable setting are separated by commas or newlines; a backslash before "
                  "a comma makes it part of the item. Secrets are read from files as well: "
                  "PGKEEP_PASSWORD_FILE, or password-file in the config file; one newline at "
                  "the file's end is cut. Names that pgkeep does not know are errors.\n\n"
                  "The config file has lines NAME = VALUE, sections in brackets, comments that "
                  "begin with ; or #, and an indented line continues the value above it. A "
                  "blank and a ; within a line begin a comment too.");
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        AUTO(mem_freep) char *usage = topics_setting_usage(&setting_table[i]);
        AUTO(mem_freep) char *facts = setting_facts(&setting_table[i]);

        add_tagged(out, usage, facts);
    }
    add_tagged(out, "--help, -h", "Show help, of a command if one is named.");
    add_tagged(out, "--version, -V", "Show the version.");
}

void help_man(struct buf *out)
{
    buf_printf(out, ".TH PGKEEP 1 " MAN_DATE " \"pgkeep " PGKEEP_VERSION "\"\n.SH NAME\n"
                    "pgkeep \\- " TOPICS_SUMMARY "\n"
                    ".SH SYNOPSIS\n\\fBpgkeep\\fR \\fICOMMAND\\fR [\\fIFLAGS\\fR] "
                    "[\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n");
    add_text(out, "pgkeep speaks to the Docker Engine itself, runs the PostgreSQL tools of the "
                  "database's own image, writes plain files that stock tools can restore, and "
                  "restores each backup into a throwaway to see that it is whole.");
    add_topics(out, topics_words);
    add_commands(out);
    add_settings(out);
    buf_printf(out, ".SH ENVIRONMENT\n");
    add_text(out, "Besides its own PGKEEP_ variables, pgkeep honours:");
    add_topics(out, topics_foreign);
    buf_printf(out, ".SH EXIT STATUS\n");
    add_topics(out, topics_statuses);
    buf_printf(out, ".SH FILES\n");
    add_tagged(out, "/etc/pgkeep.conf", "the config file");
    add_tagged(out, "/backups", "the repository, if nothing else is set");
    buf_printf(out, ".SH SEE ALSO\n\\fBpg_dump\\fR(1), \\fBpg_restore\\fR(1), "
                    "\\fBpg_dumpall\\fR(1), \\fBdocker\\fR(1)\n");
}
