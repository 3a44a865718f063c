#include "orchestrator/restore/restore.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/postgres/properties.h"
#include "orchestrator/repository/mark.h"
#include "orchestrator/restore/arrival.h"
#include "orchestrator/restore/beside.h"
#include "orchestrator/restore/judge.h"
#include "orchestrator/restore/kept_name.h"
#include "orchestrator/restore/load.h"
#include "orchestrator/restore/majors.h"
#include "orchestrator/restore/roles.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/restore/scratch.h"
#include "orchestrator/restore/stopped.h"
#include "orchestrator/restore/stranger_code.h"
#include "orchestrator/target/ready.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX_BYTES ((size_t)64 << 20)
#define NAME_MAX_BYTES 63 /* of PostgreSQL's identifiers */

struct restore {
    const struct restore_spec *spec;
    struct server *server;
    struct run_token *token;
    char *mark;
    char *subject;
    struct buf list_text;
    struct room *room;
    bool exists; /* a database of that name is there */
};

void restore_result_clear(struct restore_result *result)
{
    restored_clear(&result->tables);
    free(result->beside);
    free(result->kept_as);
    strv_clear(&result->roles_made);
    strv_clear(&result->schemas_made);
    strv_clear(&result->disabled_subscriptions);
    strv_clear(&result->warnings);
}

static bool flag(const struct restore *r, enum setting_id id)
{
    return settings_bool(r->spec->settings, id);
}

/* -- before anything changes -- */

static bool is_partial(const struct restore *r)
{
    return settings_list(r->spec->settings, SETTING_TABLE)->len > 0 ||
           settings_list(r->spec->settings, SETTING_SCHEMA)->len > 0 || r->list_text.len > 0 ||
           flag(r, SETTING_SCHEMA_ONLY) || flag(r, SETTING_DATA_ONLY);
}

/* A part never takes the place of the whole (settings/rules.c), so --replace is no way then. */
static struct err *refuse_existing(const struct restore *r)
{
    if (is_partial(r))
        return err_hint(err_new(ERR_EXISTS, "%s already has a database \"%s\"",
                                r->spec->target->name, r->spec->database),
                        "to bring the rows of a table back into it: --beside --table NAME; to "
                        "look at a part: another name (--into %s/%s_part)",
                        r->spec->target->name, r->spec->database);
    return err_hint(err_new(ERR_EXISTS, "%s already has a database \"%s\"",
                            r->spec->target->name, r->spec->database),
                    "give another name (--into %s/%s_copy), or --replace to swap it for the "
                    "restored one",
                    r->spec->target->name, r->spec->database);
}

static bool loads_into_living(const struct restore *r)
{
    return flag(r, SETTING_DATA_ONLY) || flag(r, SETTING_BESIDE);
}

static struct err *check_name(struct restore *r)
{
    AUTO(database_list_clear) struct database_list list = {0};

    if (strlen(r->spec->database) > NAME_MAX_BYTES)
        return err_new(ERR_USAGE, "\"%s\" is longer than PostgreSQL's %d bytes for a name",
                       r->spec->database, NAME_MAX_BYTES);
    PASS(database_list(r->server, true, &list));
    r->exists = database_find(&list, r->spec->database) != NULL;
    if (loads_into_living(r) && !r->exists)
        return err_hint(err_new(ERR_NOT_FOUND, "%s has no database \"%s\" to load data into",
                                r->spec->target->name, r->spec->database),
                        "%s fills %s of a database that is there",
                        flag(r, SETTING_BESIDE) ? "--beside" : "--data-only",
                        flag(r, SETTING_BESIDE) ? "a new schema" : "the tables");
    if (loads_into_living(r))
        return NULL;
    if (r->exists && !flag(r, SETTING_REPLACE))
        return refuse_existing(r);
    /* nobody can rename the database that he is connected to */
    if (r->exists && strcmp(r->spec->database, r->server->database) == 0)
        mem_replace(&r->server->database, "template1");
    return NULL;
}

static struct err *check_owners(const struct restore *r)
{
    const struct stranger_code_spec spec = {
        .server = r->server,
        .backup = r->spec->backup,
        .existing = flag(r, SETTING_DATA_ONLY) ? r->spec->database : NULL,
        .hint = "if you trust these roles as you trust yourself: --trust-owners; pgkeep test "
                "needs no trust, it restores in a container",
    };

    if (flag(r, SETTING_TRUST_OWNERS))
        return NULL;
    return stranger_code_refuse(&spec);
}

static struct err *check_flags(const struct restore *r)
{
    if (flag(r, SETTING_DATA_ONLY) && flag(r, SETTING_REPLACE))
        return err_new(ERR_USAGE, "--data-only loads into the database as it is; --replace "
                                  "makes a new one: give one of them");
    if (flag(r, SETTING_DATA_ONLY) && flag(r, SETTING_SCHEMA_ONLY))
        return err_new(ERR_USAGE, "--schema-only and --data-only leave nothing to restore");
    if (flag(r, SETTING_DROP_OLD) && !flag(r, SETTING_REPLACE))
        return err_new(ERR_USAGE, "--drop-old goes with --replace");
    return NULL;
}

static struct err *read_list(struct restore *r)
{
    const char *path = settings_text(r->spec->settings, SETTING_LIST);

    r->list_text = (struct buf)BUF_INIT(LIST_MAX_BYTES);
    if (!path)
        return NULL;
    return err_as(fs_read_file(path, &r->list_text), ERR_USAGE);
}

/* That the backup itself is a part is for the user to weigh: it may be all there is. */
static void warn_partial(const struct restore *r)
{
    const struct strv *selection = &r->spec->backup->manifest->selection;
    AUTO(mem_freep) char *options = strv_join(selection, " ");

    if (selection->len > 0 && r->exists && flag(r, SETTING_REPLACE))
        log_warn("%s: the backup was made with %s, and so the restored database will hold only "
                 "that; the old one is kept beside it",
                 r->subject, options);
}

static const struct manifest_alarm *find_alarm(const struct manifest *m,
                                               const struct restored_table *table)
{
    for (size_t i = 0; i < m->alarm_count; i++)
        if (strcmp(m->alarms[i].schema, table->schema) == 0 &&
            strcmp(m->alarms[i].name, table->name) == 0)
            return &m->alarms[i];
    return NULL;
}

/* Whoever brings rows back wants those from before they were lost. */
static void warn_of_lost_rows(const struct restore *r, const struct restore_result *out)
{
    const struct backup *backup = r->spec->backup;
    bool any = false;

    for (size_t i = 0; i < out->tables.count; i++) {
        const struct restored_table *table = &out->tables.items[i];
        const struct manifest_alarm *alarm = find_alarm(backup->manifest, table);

        if (alarm)
            log_warn("%s.%s had lost rows when %s was taken: %" PRId64 " before it, %" PRId64
                     " in it",
                     table->schema, table->name, backup->id, alarm->rows_before, alarm->rows);
        else if (table->rows == 0)
            log_warn("%s holds no rows of %s.%s", backup->id, table->schema, table->name);
        any = any || alarm || table->rows == 0;
    }
    if (any)
        log_warn("an older backup may have them: pgkeep list %s/%s", backup->target,
                 backup->database_folder);
}

static struct err *check_room(struct restore *r)
{
    const struct settings *settings = r->spec->settings;
    const struct room_wish wish = {.manifest = r->spec->backup->manifest,
                                   .tables = settings_list(settings, SETTING_TABLE),
                                   .schemas = settings_list(settings, SETTING_SCHEMA),
                                   .schema_only = flag(r, SETTING_SCHEMA_ONLY),
                                   .data_only = flag(r, SETTING_DATA_ONLY),
                                   .twice = flag(r, SETTING_BESIDE),
                                   .listed = r->list_text.len > 0};

    PASS(room_open(r->server, &r->room));
    return room_check(r->room, &wish, r->subject, flag(r, SETTING_FORCE));
}

static struct err *choose_owner(const struct restore *r, const char **owner)
{
    const struct manifest *m = r->spec->backup->manifest;
    struct err *e = NULL;

    *owner = NULL;
    if (flag(r, SETTING_NO_OWNER) || !m->owner || !*m->owner)
        return NULL;
    if (roles_has(r->server, m->owner, &e)) {
        *owner = m->owner;
        return NULL;
    }
    if (e)
        return e;
    return err_hint(err_new(ERR_NOT_FOUND, "role \"%s\", which owns the database, is not in %s",
                            m->owner, r->spec->target->name),
                    "--globals creates the missing roles from the backup; --no-owner "
                    "--no-privileges needs none and gives everything to \"%s\"",
                    r->server->user);
}

/* -- the work -- */

static void sum_rows(struct restore_result *out)
{
    for (size_t i = 0; i < out->tables.count; i++)
        if (out->tables.items[i].rows > 0)
            out->rows += (uint64_t)out->tables.items[i].rows;
}

static struct err *fill(const struct restore *r, const char *database,
                        struct restore_result *out)
{
    AUTO(mem_freep) char *temp_name = mark_temp_name(r->spec->repository);
    const struct load_spec load = {
        .server = r->server,
        .backup = r->spec->backup,
        .database = database,
        .temp_name = temp_name,
        .subject = r->subject,
        .progress = r->spec->progress,
        .jobs = (int)settings_int(r->spec->settings, SETTING_JOBS),
        .no_owner = flag(r, SETTING_NO_OWNER),
        .no_tablespaces = flag(r, SETTING_NO_TABLESPACES),
        .no_privileges = flag(r, SETTING_NO_PRIVILEGES),
        .schema_only = flag(r, SETTING_SCHEMA_ONLY),
        .data_only = flag(r, SETTING_DATA_ONLY),
        .single_transaction = flag(r, SETTING_DATA_ONLY),
        .tables = settings_list(r->spec->settings, SETTING_TABLE),
        .schemas = settings_list(r->spec->settings, SETTING_SCHEMA),
        .list_text = r->list_text.len > 0 ? buf_text(&r->list_text) : NULL,
        .room = r->room,
    };
    AUTO(load_result_clear) struct load_result result = {0};
    const struct toc *toc;

    PASS(load_dump(&load, &result));
    out->whole = !is_partial(r);
    strv_extend(&out->schemas_made, &result.schemas_made);
    toc = dump_reader_toc(result.reader);
    out->large_objects = toc ? toc_large_objects(toc) : 0;
    out->tables = result.loaded;
    result.loaded = (struct restored_list){0};
    sum_rows(out);
    return NULL;
}

/* The tools say which role they miss only when they come to it. */
static struct err *missing_role(const struct restore *r, struct err *e)
{
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;
    const char *role = text ? strstr(text, "role \"") : NULL;

    if (!role || !strstr(role, "\" does not exist"))
        return e;
    return err_hint(e,
                    "--globals creates the roles of the backup that %s lacks; --no-owner "
                    "--no-privileges needs none of them",
                    r->spec->target->name);
}

/* pg_restore and psql come to it by SET default_tablespace, whose name stands in the message
 * whatever the server's language. */
static struct err *missing_tablespace(const struct restore *r, struct err *e)
{
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;
    const char *format = r->spec->backup->manifest->dump_format;

    if (!text || flag(r, SETTING_NO_TABLESPACES) ||
        !(strstr(text, "\"default_tablespace\"") || strstr(text, "tablespace \"")))
        return e;
    if (format && strcmp(format, "plain") == 0)
        return err_hint(e,
                        "a plain dump names its tablespaces: make them in %s first (CREATE "
                        "TABLESPACE; globals.sql has the commands)",
                        r->spec->target->name);
    return err_hint(e,
                    "--no-tablespaces puts everything into the default tablespace of %s; or "
                    "make the missing one there first (CREATE TABLESPACE)",
                    r->spec->target->name);
}

/* A parameter that this server lacks is no reason to have no database. */
static struct err *apply_settings(const struct restore *r, const struct scratch *scratch,
                                  struct restore_result *out)
{
    const struct strv *properties = &r->spec->backup->manifest->database_properties;
    AUTO(strv_clear) struct strv refused = STRV_INIT;
    AUTO(strv_clear) struct strv reasons = STRV_INIT;

    PASS(properties_apply_settings(r->server, scratch_name(scratch), properties, &refused,
                                   &reasons));
    for (size_t i = 0; i < refused.len; i++) {
        AUTO(mem_freep) char *text = properties_text(refused.items[i]);

        strv_pushf(&out->warnings, "not set: %s: %s", text, reasons.items[i]);
        log_warn("%s: not set: %s: %s", r->subject, text, reasons.items[i]);
    }
    return NULL;
}

/* The database's own rights and its limit. */
static void choose_rights(const struct restore *r, struct strv *out)
{
    const struct strv *properties = &r->spec->backup->manifest->database_properties;

    for (size_t i = 0; i < properties->len; i++)
        if (!flag(r, SETTING_NO_PRIVILEGES) || !properties_is_right(properties->items[i]))
            strv_push(out, properties->items[i]);
}

static struct err *adopt(const struct restore *r, struct scratch *scratch,
                         struct restore_result *out)
{
    AUTO(strv_clear) struct strv properties = STRV_INIT;
    AUTO(mem_freep) char *kept = r->exists ? kept_name_make(r->spec->database) : NULL;
    const struct scratch_place place = {
        .name = r->spec->database, .kept_as = kept, .properties = &properties};

    choose_rights(r, &properties);
    PASS(missing_role(r, scratch_check_rights(scratch, &properties)));
    PASS(scratch_adopt(scratch, &place));
    if (!kept)
        return NULL;
    if (flag(r, SETTING_DROP_OLD))
        return database_drop(r->server, kept);
    out->kept_as = TAKE(kept);
    return NULL;
}

static struct err *restore_into_scratch(struct restore *r, struct restore_result *out)
{
    AUTO(scratch_freep) struct scratch *scratch = NULL;
    const char *owner = NULL;

    PASS(choose_owner(r, &owner));
    PASS(scratch_new(r->server, r->mark, r->spec->backup->manifest, owner, &scratch));
    PASS(missing_tablespace(r, missing_role(r, fill(r, scratch_name(scratch), out))));
    PASS(scratch_loaded(scratch));
    PASS(database_disabled_subscriptions(r->server, scratch_name(scratch),
                                         &out->disabled_subscriptions));
    /* last, so that a setting such as default_transaction_read_only is not in the way */
    PASS(apply_settings(r, scratch, out));
    return adopt(r, scratch, out);
}

/* The scratch is dropped again, whatever happens. */
static struct err *restore_beside(struct restore *r, struct restore_result *out)
{
    AUTO(scratch_freep) struct scratch *scratch = NULL;
    AUTO(mem_freep) char *temp_name = mark_temp_name(r->spec->repository);
    struct beside_spec spec = {
        .server = r->server,
        .backup = r->spec->backup,
        .database = r->spec->database,
        .tables = settings_list(r->spec->settings, SETTING_TABLE),
        .temp_name = temp_name,
        .subject = r->subject,
        .progress = r->spec->progress,
        .room = r->room,
        .trust_owners = flag(r, SETTING_TRUST_OWNERS),
    };

    PASS(scratch_new(r->server, r->mark, r->spec->backup->manifest, NULL, &scratch));
    spec.scratch = scratch_name(scratch);
    PASS(beside_run(&spec, &out->beside, &out->tables));
    sum_rows(out);
    warn_of_lost_rows(r, out);
    return NULL;
}

/* The manifest's rows are those that were dumped. */
static struct err *check_promised(const struct restore *r, const struct restore_result *out)
{
    const struct manifest *m = r->spec->backup->manifest;

    for (size_t i = 0; i < out->tables.count; i++)
        for (size_t k = 0; k < m->table_count; k++)
            if (out->tables.items[i].rows == 0 && m->tables[k].rows > 0 &&
                strcmp(m->tables[k].name, out->tables.items[i].name) == 0 &&
                strcmp(m->tables[k].schema, out->tables.items[i].schema) == 0)
                return err_new(ERR_BAD_BACKUP,
                               "%s holds no rows of %s.%s, its manifest says %" PRId64,
                               r->spec->backup->id, m->tables[k].schema, m->tables[k].name,
                               m->tables[k].rows);
    return NULL;
}

/* Data alone goes into the tables that are there, in one transaction: all or nothing. */
static struct err *restore_data(struct restore *r, struct restore_result *out)
{
    AUTO(rows_clear) struct rows before = {0};

    PASS(arrival_read(r->server, r->spec->database, &before));
    PASS(fill(r, r->spec->database, out));
    PASS(check_promised(r, out));
    warn_of_lost_rows(r, out);
    return arrival_check(r->server, r->spec->database, &before, &out->tables);
}

static struct err *restore_rows(struct restore *r, struct restore_result *out)
{
    if (flag(r, SETTING_BESIDE))
        return restore_beside(r, out);
    if (flag(r, SETTING_DATA_ONLY))
        return restore_data(r, out);
    return restore_into_scratch(r, out);
}

static struct err *run_locked(struct restore *r, struct restore_result *out)
{
    const struct restore_spec *spec = r->spec;
    struct err *e;
    AUTO(stopped_endp) struct stopped *stopped = NULL;

    PASS(read_list(r));
    PASS(judge_backup(spec->backup, flag(r, SETTING_GLOBALS)));
    PASS(stopped_sweep(spec->engine, spec->repository));
    PASS(target_wait(spec->engine, spec->target, spec->wait_ms, &r->server));
    PASS(scratch_sweep(r->server, spec->repository));
    PASS(check_name(r));
    PASS(majors_check(r->server, spec->target->name, spec->backup, r->subject));
    PASS(check_owners(r));
    PASS(check_room(r));
    warn_partial(r);
    PASS(run_token_new(spec->repository, &r->token));
    r->mark = mark_text(spec->repository, r->token);
    PASS(stopped_begin(spec->engine, spec->repository, r->token, spec->target,
                       settings_list(spec->settings, SETTING_STOP), &stopped));
    if (flag(r, SETTING_GLOBALS))
        PASS(roles_create_missing(r->server, spec->backup, &out->roles_made));
    e = restore_rows(r, out);
    if (e)
        roles_drop(r->server, &out->roles_made);
    return e;
}

MUST_USE struct err *restore_run(const struct restore_spec *spec, struct restore_result *out)
{
    struct restore r = {.spec = spec};
    AUTO(lock_freep) struct lock *lock = NULL;
    struct err *e;

    *out = (struct restore_result){0};
    PASS(check_flags(&r));
    PASS(target_require_postgres(spec->target));
    PASS(lock_target(spec->repository, spec->target->name, "restore", &lock));
    r.subject = mem_printf("%s/%s", spec->target->name, spec->database);
    e = run_locked(&r, out);
    room_free(r.room);
    server_free(r.server);
    run_token_free(r.token);
    buf_clear(&r.list_text);
    free(r.mark);
    free(r.subject);
    return e;
}
