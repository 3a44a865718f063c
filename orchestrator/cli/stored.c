/* What the commands that only read the repository share. */
#include "orchestrator/cli/stored.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/units.h"
#include "orchestrator/cli/connect.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/rehearsal.h"
#include <stdlib.h>
#include <string.h>

struct err *stored_open(const struct invocation *invocation, struct repository **out)
{
    const char *path = settings_text(invocation->settings, SETTING_REPOSITORY);
    struct err *e = repository_open(path, false, out);

    if (err_is(e, ERR_NOT_FOUND) && fs_is_dir(path)) {
        err_freep(&e);
        *out = NULL;
    }
    return argument_error(e);
}

static struct err *nothing_called(struct repository *repository, const char *text)
{
    struct err *e =
        err_new(ERR_NOT_FOUND, "no backups of \"%s\" in %s", text, repository_path(repository));
    AUTO(catalogue_clear) struct catalogue all = {0};
    AUTO(err_freep) struct err *unlisted = catalogue_names(repository, NULL, NULL, &all);
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *nearest;

    if (!unlisted && all.count == 0)
        return err_hint(e, "there are no backups at all");
    for (size_t i = 0; i < all.count; i++) {
        const struct backup *backup = all.items[i];

        if (!strv_contains(&names, backup->target))
            strv_push(&names, backup->target);
        if (i == 0 || strcmp(backup->database_folder, all.items[i - 1]->database_folder) != 0)
            strv_pushf(&names, "%s/%s", backup->target, backup->database_folder);
    }
    nearest = nearest_of(text, (const char *const *)names.items, names.len);
    if (nearest)
        return err_hint(e, "did you mean \"%s\"?", nearest);
    return err_hint(e, "\"pgkeep list\" shows what there is");
}

struct err *stored_names(struct repository *repository, const char *text, struct catalogue *out)
{
    AUTO(backup_ref_clear) struct backup_ref ref = {0};

    *out = (struct catalogue){0};
    if (text)
        PASS(backup_ref_parse(text, &ref));
    if (!repository)
        return NULL;
    PASS(catalogue_names(repository, ref.target, ref.database, out));
    catalogue_sort(out);
    for (size_t i = 0; i < out->links.len; i++)
        log_warn("%s is a symbolic link, not a folder: what lies behind it is left out",
                 out->links.items[i]);
    if (text && out->count == 0 && out->links.len > 0)
        return err_new(ERR_BAD_BACKUP, "%s is a symbolic link, not a folder",
                       out->links.items[0]);
    return text && out->count == 0 ? argument_error(nothing_called(repository, text)) : NULL;
}

struct err *stored_good(struct backup *backup)
{
    TRY(backup_bad_file(TAKE(backup->error)), "backup %s", backup->id);
    return NULL;
}

struct err *stored_find(struct repository *repository, const char *text, struct backup **out)
{
    AUTO(backup_freep) struct backup *backup = NULL;

    PASS(argument_error(catalogue_find(repository, text, &backup)));
    PASS(stored_good(backup));
    *out = TAKE(backup);
    return NULL;
}

/* -- a backup by its path -- */

static bool is_path(const char *text)
{
    return *text == '/' || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
           strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0;
}

/* Whether the folder is the repository or below it; where either is not there, it is not. */
static bool is_in_repository(const char *folder, const char *repository)
{
    char *top = realpath(repository, NULL);
    size_t len = top ? strlen(top) : 0;
    bool yes =
        top && strncmp(folder, top, len) == 0 && (folder[len] == '/' || folder[len] == '\0');

    free(top);
    return yes;
}

/* The repository's own path is a link, perhaps: the text for the catalogue begins with it as
 * the settings spell it. */
static char *spell_as_settings(const char *folder, const char *repository)
{
    char *top = realpath(repository, NULL);
    size_t len = strlen(repository);
    char *text;

    while (len > 1 && repository[len - 1] == '/')
        len--;
    text = mem_printf("%.*s%s", (int)len, repository, folder + strlen(top));
    free(top);
    return text;
}

static struct err *open_lone(const char *folder, const char *text, const char *loss,
                             struct repository **out)
{
    PASS(argument_error(repository_open_lone(folder, out)));
    if (loss)
        log_info("%s is read by itself, outside of a repository: no lock is made there, %s",
                 text, loss);
    return NULL;
}

static struct err *open_for(const struct settings *settings, const char *text, const char *loss,
                            struct repository **out)
{
    if (loss)
        return connect_repository_to_read(settings, loss, out);
    return connect_repository(settings, false, out);
}

MUST_USE struct err *stored_named(const struct settings *settings, const char *text,
                                  const char *loss, struct repository **repository,
                                  struct backup **backup)
{
    const char *path = settings_text(settings, SETTING_REPOSITORY);
    AUTO(mem_freep) char *folder = is_path(text) ? realpath(text, NULL) : NULL;
    AUTO(mem_freep) char *within = NULL;

    if (is_path(text) && !folder)
        return argument_error(err_errno("%s", text));
    if (folder && !is_in_repository(folder, path)) {
        PASS(open_lone(folder, text, loss, repository));
    } else {
        within = folder ? spell_as_settings(folder, path) : NULL;
        PASS(open_for(settings, text, loss, repository));
    }
    return argument_error(catalogue_find(*repository, within ? within : text, backup));
}

/* Of one database: the newest, and the one of the latest stamp. */
static void warn_of_clock(const struct backup *newest, const struct backup *latest)
{
    int64_t ahead_s = latest->at_unix_s - clock_unix_s();
    char ahead[UNITS_TEXT_SIZE];

    if (ahead_s > CLOCK_SLACK_S)
        log_warn(
            "%s: its stamp is %s: the clock went back since, or was ahead when it was made",
            latest->id, units_age(-ahead_s, ahead));
    if (latest != newest && latest->at_unix_s - newest->at_unix_s > CLOCK_SLACK_S)
        log_warn("%s: taken after %s, whose stamp is later: the clock had gone back",
                 newest->id, latest->stamp);
}

void stored_warn_of_clocks(const struct catalogue *names)
{
    const struct backup *latest = NULL;

    for (size_t i = 0; i < names->count; i++) {
        const struct backup *backup = names->items[i];

        if (!latest || backup->at_unix_s > latest->at_unix_s)
            latest = backup;
        if (i + 1 < names->count && backup_same_database(backup, names->items[i + 1]))
            continue;
        warn_of_clock(backup, latest);
        latest = NULL;
    }
}

char *stored_database_id(const struct backup *backup)
{
    return mem_strndup(backup->id, strlen(backup->id) - strlen(backup->stamp) - 1);
}

char *stored_database(const struct backup *backup)
{
    char *name;

    if (strcmp(backup->database_folder, MANIFEST_GLOBALS_FOLDER) == 0)
        return NULL;
    name = name_unescape(backup->database_folder);
    return name ? name : mem_strdup(backup->database_folder);
}

static void add_manifest_facts(json_t *json, const struct manifest *m)
{
    jsonx_set_int(json, "bytes", (int64_t)manifest_stored_bytes(m));
    jsonx_set_int(json, "raw_bytes", (int64_t)m->raw_bytes);
    jsonx_set_string(json, "format", m->dump_format);
    jsonx_set_string(json, "compression", m->compression);
    jsonx_set_string(json, "server_version", m->server_version);
    jsonx_set_int(json, "elapsed_ms", m->elapsed_ms);
    jsonx_set_string(json, "compared_with", m->compared_with);
    jsonx_set(json, "alarms", manifest_alarms_json(m));
    jsonx_set(json, "disabled_subscriptions", jsonx_texts(&m->subscriptions));
}

static json_t *rehearsals_json(const struct backup *backup)
{
    static const char *const keys[] = {"server_version", "image", "verdict", "tested_at"};
    json_t *list = json_array();
    size_t i;
    const json_t *rehearsal;

    json_array_foreach(rehearsal_list(backup->proof), i, rehearsal)
    {
        json_t *item = json_object();

        for (size_t k = 0; k < ARRAY_LEN(keys); k++)
            jsonx_set_string(item, keys[k], jsonx_string(rehearsal, keys[k], NULL));
        json_array_append_new(list, item);
    }
    return list;
}

json_t *stored_json(const struct backup *backup)
{
    AUTO(mem_freep) char *database = stored_database(backup);
    json_t *json = json_object();
    char at[CLOCK_TEXT_SIZE];

    jsonx_set_string(json, "id", backup->id);
    jsonx_set_string(json, "path", backup->path);
    jsonx_set_string(json, "target", backup->target);
    jsonx_set_string(json, "database", database);
    jsonx_set_string(json, "stamp", backup->stamp);
    clock_rfc3339(backup->at_unix_s, at);
    jsonx_set_string(json, "taken_at", at);
    if (backup->manifest)
        add_manifest_facts(json, backup->manifest);
    if (backup->error) {
        AUTO(mem_freep) char *text = err_text(backup->error);
        jsonx_set_string(json, "error", text);
    }
    jsonx_set_string(json, "verdict",
                     backup->proof ? proof_verdict_name(backup_verdict(backup)) : NULL);
    clock_rfc3339(backup_tested_unix_s(backup), at);
    jsonx_set_string(json, "tested_at", backup_tested_unix_s(backup) ? at : NULL);
    jsonx_set(json, "rehearsals", rehearsals_json(backup));
    return json;
}
