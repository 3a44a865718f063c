/* orchestrator/settings/value.h: one value of one setting, checked.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests. Reads nothing but
 * the file that a SECRET names.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_VALUE_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_VALUE_H

#include "orchestrator/settings/setting.h"

struct value {
    bool is_set;
    char *source;   /* as settings_source gives it */
    char *text;     /* TEXT, CHOICE, DECIMAL, SECRET, PATH */
    int64_t number; /* BOOL, INT, PERCENT, DURATION in ms, SIZE in bytes */
    struct strv list;
};

/* Sets `value` (any earlier one is freed) from what was typed. `source` starts the message of
 * a bad value: PGKEEP_TIMEOUT: "5x" is not a duration (30s, 5m, 2h, 7d); ERR_USAGE. An empty
 * text is ERR_USAGE too: a place where empty means unset does not call this. Of a LIST the text
 * is one item, appended to those that are there. */
MUST_USE struct err *value_set(struct value *value, const struct setting *setting,
                               const char *source, const char *text);

/* Appends the items of a text: separated by commas or newlines, blanks around them cut, "\,"
 * is a comma in an item, empty items are skipped. */
void value_split_list(struct strv *list, const char *text);

/* Sets a LIST from such a text, and anything else as value_set does. */
MUST_USE struct err *value_set_whole(struct value *value, const struct setting *setting,
                                     const char *source, const char *text);

/* Sets a SECRET to what the file holds, one trailing newline cut. */
MUST_USE struct err *value_set_from_file(struct value *value, const struct setting *setting,
                                         const char *source, const char *path);

void value_copy(struct value *to, const struct value *from);
void value_clear(struct value *value);

#endif
