#include "orchestrator/settings/topics.h"
#include "base/buf.h"
#include "base/mem.h"
#include <string.h>

/* clang-format off */
const struct topic topics_words[] = {
    {"TARGET", "a PostgreSQL container: its name, the start of its id, its compose service, or "
               "PROJECT/SERVICE"},
    {"DATABASE", "the name of a database, exactly as the server has it"},
    {"BACKUP", "an id TARGET/DATABASE/STAMP as pgkeep list prints it; TARGET/DATABASE, with or "
               "without /latest, is the newest; a shorter form works while only one fits. Or the "
               "path of a backup's folder, wherever it lies: /... or ./..."},
    {NULL, NULL},
};

const char *const topics_about_settings =
    "A flag is also an environment variable: --repository is PGKEEP_REPOSITORY. It is a key "
    "in the config file as well (repository = /backups), and if it is about one target, a label "
    "of that container (pgkeep.format=plain). Only what steers a single call, such as --into or "
    "--replace, is a flag and nothing else. What comes first here wins:";

const struct topic topics_settings[] = {
    {"flag", "--NAME VALUE or --NAME=VALUE, anywhere on the command line; -- ends the flags"},
    {"label", "pgkeep.NAME on the target's container"},
    {"environment", "PGKEEP_NAME; an empty value counts as unset"},
    {"config file", "NAME = VALUE, under [TARGET] for one target, then under [global]"},
    {"default", "as shown with each flag"},
    {NULL, NULL},
};

const struct topic topics_statuses[] = {
    {"0", "done"},
    {"1", "failed"},
    {"2", "wrong usage or configuration; nothing was changed"},
    {"3", "some of several failed; or a backup was made whose tables lost rows"},
    {"4", "a verification or a proof found the backup bad"},
    {"5", "the proof could not be made"},
    {"6", "timed out waiting"},
    {"7", "busy: another pgkeep works on the same target"},
    {"130, 143", "interrupted by SIGINT or SIGTERM, and cleaned up"},
    {NULL, NULL},
};

const struct topic topics_foreign[] = {
    {"DOCKER_HOST", "the Docker Engine, where --host is not given"},
    {"DOCKER_TLS_VERIFY, DOCKER_CERT_PATH", "TLS for an engine at a tcp:// address"},
    {"TZ", "the time zone in which times are shown"},
    {"POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD",
     "of the target's container, also with _FILE, and bitnami's POSTGRESQL_ names: how to "
     "connect, where pgkeep's own settings do not say it"},
    {NULL, NULL},
};
/* clang-format on */

/* "custom|plain" as "custom, plain". */
static void add_choices(struct buf *out, const char *choices)
{
    for (const char *p = choices; *p; p++)
        if (*p == '|')
            buf_printf(out, ", ");
        else
            buf_printf(out, "%c", *p);
}

char *topics_setting_text(const struct setting *setting)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    bool has_choices = setting->type == TYPE_CHOICE;
    bool has_default = setting->fallback && setting->type != TYPE_BOOL;

    buf_printf(&text, "%s", setting->help);
    if (has_choices || has_default)
        buf_printf(&text, " (");
    if (has_choices)
        add_choices(&text, setting->choices);
    if (has_default)
        buf_printf(&text, "%sdefault: %s", has_choices ? "; " : "", setting->fallback);
    if (has_choices || has_default)
        buf_printf(&text, ")");
    return buf_take(&text);
}

char *topics_setting_usage(const struct setting *setting)
{
    AUTO(mem_freep) char *flag = setting_flag(setting);

    if (!(setting->places & PLACE_FLAG))
        return mem_printf("label pgkeep.%s=%s", setting->name, setting->value_name);
    return mem_printf("%s%s%s", flag, setting->value_name ? " " : "",
                      setting->value_name ? setting->value_name : "");
}
