/* Reads the arguments as getopt_long would: bundled letters, values in the same word or in the
 * next, unambiguous beginnings of long names. Beginnings of a name that is refused are refused
 * as such, be they ambiguous or not: what else they may mean changes with pg_dump's version. */
#include "orchestrator/backup/extra_args.h"
#include "base/mem.h"
#include <string.h>

#define NEWEST_MAJOR 18 /* whose options are all below */

static const char OWN[] = "is pgkeep's own to set";
static const char LOCKS[] = "is refused: --lock-timeout sets it, for pgkeep's own locks too";
static const char OUTSIDE[] = "is refused: a restore would drop or create databases";
static const char UPGRADE[] = "is refused: it makes a dump for pg_upgrade alone";
static const char FOREIGN[] = "is refused: a restore would write to the foreign server";
static const char NO_DUMP[] = "is refused: pg_dump would make no dump";

struct extra_option {
    const char *name;
    char letter;
    bool value;
    const char *refused; /* the reason, or NULL */
};

static const struct extra_option OPTIONS[] = {
    {"file", 'f', true, OWN},
    {"format", 'F', true, OWN},
    {"dbname", 'd', true, OWN},
    {"host", 'h', true, OWN},
    {"port", 'p', true, OWN},
    {"username", 'U', true, OWN},
    {"password", 'W', false, OWN},
    {"jobs", 'j', true, OWN},
    {"compress", 'Z', true, OWN},
    {"snapshot", 0, true, OWN},
    {"restrict-key", 0, true, OWN},
    {"lock-wait-timeout", 0, true, LOCKS},
    {"clean", 'c', false, OUTSIDE},
    {"create", 'C', false, OUTSIDE},
    {"if-exists", 0, false, OUTSIDE},
    {"binary-upgrade", 0, false, UPGRADE},
    {"include-foreign-data", 0, true, FOREIGN},
    {"help", '?', false, NO_DUMP},
    {"version", 'V', false, NO_DUMP},
    {"attribute-inserts", 0, false, NULL},
    {"blobs", 'b', false, NULL},
    {"column-inserts", 0, false, NULL},
    {"data-only", 'a', false, NULL},
    {"disable-dollar-quoting", 0, false, NULL},
    {"disable-triggers", 0, false, NULL},
    {"enable-row-security", 0, false, NULL},
    {"encoding", 'E', true, NULL},
    {"exclude-extension", 0, true, NULL},
    {"exclude-schema", 'N', true, NULL},
    {"exclude-table", 'T', true, NULL},
    {"exclude-table-and-children", 0, true, NULL},
    {"exclude-table-data", 0, true, NULL},
    {"exclude-table-data-and-children", 0, true, NULL},
    {"extension", 'e', true, NULL},
    {"extra-float-digits", 0, true, NULL},
    {"filter", 0, true, NULL},
    {"inserts", 0, false, NULL},
    {"large-objects", 'b', false, NULL},
    {"load-via-partition-root", 0, false, NULL},
    {"no-acl", 'x', false, NULL},
    {"no-blobs", 'B', false, NULL},
    {"no-comments", 0, false, NULL},
    {"no-data", 0, false, NULL},
    {"no-large-objects", 'B', false, NULL},
    {"no-owner", 'O', false, NULL},
    {"no-password", 'w', false, NULL},
    {"no-policies", 0, false, NULL},
    {"no-privileges", 'x', false, NULL},
    {"no-publications", 0, false, NULL},
    {"no-reconnect", 'R', false, NULL},
    {"no-schema", 0, false, NULL},
    {"no-security-labels", 0, false, NULL},
    {"no-statistics", 0, false, NULL},
    {"no-subscriptions", 0, false, NULL},
    {"no-sync", 0, false, NULL},
    {"no-synchronized-snapshots", 0, false, NULL},
    {"no-table-access-method", 0, false, NULL},
    {"no-tablespaces", 0, false, NULL},
    {"no-toast-compression", 0, false, NULL},
    {"no-unlogged-table-data", 0, false, NULL},
    {"on-conflict-do-nothing", 0, false, NULL},
    {"quote-all-identifiers", 0, false, NULL},
    {"role", 0, true, NULL},
    {"rows-per-insert", 0, true, NULL},
    {"schema", 'n', true, NULL},
    {"schema-only", 's', false, NULL},
    {"section", 0, true, NULL},
    {"sequence-data", 0, false, NULL},
    {"serializable-deferrable", 0, false, NULL},
    {"statistics", 0, false, NULL},
    {"statistics-only", 0, false, NULL},
    {"strict-names", 0, false, NULL},
    {"superuser", 'S', true, NULL},
    {"sync-method", 0, true, NULL},
    {"table", 't', true, NULL},
    {"table-and-children", 0, true, NULL},
    {"use-set-session-authorization", 0, false, NULL},
    {"verbose", 'v', false, NULL},
};

struct extra_args {
    const struct strv *args;
    size_t at;
    int major;
};

static struct err *extra_refuse(const char *word, const struct extra_option *option)
{
    struct err *e =
        err_new(ERR_USAGE, "--extra-args: %s (--%s) %s", word, option->name, option->refused);

    if (option->refused == OWN)
        return err_hint(e, "use pgkeep's settings (--format, --compress, --jobs), or name the "
                           "database as TARGET/DATABASE");
    return err_hint(e,
                    "pgkeep restores into a database of its own and swaps it in; nothing has "
                    "to be dropped or created by the dump");
}

/* A value in the next word must not be missing: pg_dump would take pgkeep's own next argument
 * for it. */
static struct err *extra_value(struct extra_args *extra, const char *word)
{
    extra->at++;
    if (extra->at < extra->args->len)
        return NULL;
    return err_new(ERR_USAGE, "--extra-args: %s needs a value", word);
}

/* psql hides bytes from its own rules in these, so a backslash may be part of a letter: see
 * dump/statement_rule.c. Names in such a dump could not be read either. */
static struct err *extra_encoding(const char *name)
{
    static const char *const unsafe[] = {"sjis",  "shift",     "mskanji",   "big5",     "gbk",
                                         "uhc",   "gb18030",   "johab",     "win93",    "win94",
                                         "win95", "windows93", "windows94", "windows95"};

    for (size_t i = 0; i < ARRAY_LEN(unsafe); i++)
        if (strncasecmp(name, unsafe[i], strlen(unsafe[i])) == 0)
            return err_hint(err_new(ERR_USAGE,
                                    "--extra-args: the encoding %s is refused: a "
                                    "backslash may be part of a letter in it",
                                    name),
                            "leave it out: the dump has the database's encoding then");
    return NULL;
}

/* `value` is the rest of the word behind the option, or NULL. */
static struct err *extra_option(struct extra_args *extra, const struct extra_option *option,
                                const char *word, const char *value)
{
    if (option->refused)
        return extra_refuse(word, option);
    if (option->value && !value) {
        PASS(extra_value(extra, word));
        value = extra->args->items[extra->at];
    }
    return strcmp(option->name, "encoding") == 0 ? extra_encoding(value) : NULL;
}

static struct err *extra_unknown(const struct extra_args *extra, const char *word)
{
    if (extra->major <= NEWEST_MAJOR)
        return NULL;
    return err_hint(err_new(ERR_USAGE,
                            "--extra-args: pgkeep does not know what pg_dump %d does "
                            "with %s",
                            extra->major, word),
                    "write an option's name in full, or use a newer pgkeep");
}

static const struct extra_option *extra_find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (strlen(OPTIONS[i].name) == len && strncmp(OPTIONS[i].name, name, len) == 0)
            return &OPTIONS[i];
    return NULL;
}

/* --name, --name=value, --name value, --na */
static struct err *extra_long(struct extra_args *extra, const char *word)
{
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    const struct extra_option *option = extra_find(name, len);

    if (option)
        return extra_option(extra, option, word, value);
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (OPTIONS[i].refused && strncmp(OPTIONS[i].name, name, len) == 0)
            return extra_refuse(word, &OPTIONS[i]);
    for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
        if (strncmp(OPTIONS[i].name, name, len) == 0)
            return extra_option(extra, &OPTIONS[i], word, value);
    return extra_unknown(extra, word);
}

/* -v, -vx, -tname, -t name */
static struct err *extra_letters(struct extra_args *extra, const char *word)
{
    for (const char *c = word + 1; *c; c++) {
        const struct extra_option *option = NULL;

        for (size_t i = 0; i < ARRAY_LEN(OPTIONS) && !option; i++)
            if (OPTIONS[i].letter == *c)
                option = &OPTIONS[i];
        if (!option)
            return extra_unknown(extra, word);
        PASS(extra_option(extra, option, word, c[1] ? c + 1 : NULL));
        if (option->value)
            return NULL;
    }
    return NULL;
}

MUST_USE struct err *extra_args_check(const struct strv *args, int major)
{
    struct extra_args extra = {.args = args, .major = major};

    for (; args && extra.at < args->len; extra.at++) {
        const char *word = args->items[extra.at];

        if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
            return err_hint(err_new(ERR_USAGE,
                                    "--extra-args: \"%s\" is no option: pg_dump "
                                    "would take it for the database",
                                    word),
                            "write --extra-args=--table=NAME, or one --extra-args for the "
                            "option and the next for its value");
        if (word[1] == '-')
            PASS(extra_long(&extra, word));
        else
            PASS(extra_letters(&extra, word));
    }
    return NULL;
}
