#include "orchestrator/restore/restore.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/postgres/database.h"
#include "orchestrator/postgres/properties.h"
#include "orchestrator/repository/mark.h"
#include "orchestrator/restore/judge.h"
#include "orchestrator/restore/kept_name.h"
#include "orchestrator/restore/load.h"
#include "orchestrator/restore/roles.h"
#include "orchestrator/restore/room.h"
#include "orchestrator/restore/scratch.h"
#include "orchestrator/restore/stopped.h"
#include "orchestrator/restore/stranger_code.h"
#include "orchestrator/target/ready.h"
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

static struct err *refuse_existing(const struct restore *r)
{
    return err_hint(err_new(ERR_EXISTS, "%s already has a database \"%s\"",
                            r->spec->target->name, r->spec->database),
                    "give another name (--into %s/%s_copy), or --replace to swap it for the "
                    "restored one",
                    r->spec->target->name, r->spec->database);
}

static struct err *check_name(struct restore *r)
{
    AUTO(database_list_clear) struct database_list list = {0};

    if (strlen(r->spec->database) > NAME_MAX_BYTES)
        return err_new(ERR_USAGE, "\"%s\" is longer than PostgreSQL's %d bytes for a name",
                       r->spec->database, NAME_MAX_BYTES);
    PASS(database_list(r->server, true, &list));
    r->exists = database_find(&list, r->spec->database) != NULL;
    if (flag(r, SETTING_DATA_ONLY) && !r->exists)
        return err_hint(err_new(ERR_NOT_FOUND, "%s has no database \"%s\" to load data into",
                                r->spec->target->name, r->spec->database),
                        "--data-only fills the tables of a database that is there");
    if (r->exists && !flag(r, SETTING_REPLACE) && !flag(r, SETTING_DATA_ONLY))
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

static bool is_partial(const struct restore *r)
{
    return settings_list(r->spec->settings, SETTING_TABLE)->len > 0 ||
           settings_list(r->spec->settings, SETTING_SCHEMA)->len > 0 || r->list_text.len > 0 ||
           flag(r, SETTING_SCHEMA_ONLY) || flag(r, SETTING_DATA_ONLY);
}

/* Partial restores make a database that lacks things: never in the place of a whole one by
 * surprise, so that is said. */
static void warn_partial(const struct restore *r)
{
    if (is_partial(r) && r->exists && !flag(r, SETTING_DATA_ONLY))
        log_warn("%s: the restored database will hold only what was selected; the old one is "
                 "kept beside it",
                 r->subject);
}

static struct err *check_room(struct restore *r)
{
    const struct settings *settings = r->spec->settings;
    const struct room_wish wish = {.manifest = r->spec->backup->manifest,
                                   .tables = settings_list(settings, SETTING_TABLE),
                                   .schemas = settings_list(settings, SETTING_SCHEMA),
                                   .schema_only = flag(r, SETTING_SCHEMA_ONLY),
                                   .data_only = flag(r, SETTING_DATA_ONLY),
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
                    "--globals creates the missing roles from the backup; --no-owner gives "
                    "everything to \"%s\"",
                    r->server->user);
}

/* -- the work -- */

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
    for (size_t i = 0; toc && i < toc->count; i++) {
        if (strcmp(toc->entries[i].desc, "TABLE DATA") != 0)
            continue;
        out->tables++;
        out->rows += toc->entries[i].rows;
    }
    return NULL;
}

/* The tools say which role they miss only when they come to it. */
static struct err *missing_role(const struct restore *r, struct err *e)
{
    AUTO(mem_freep) char *text = e ? err_text(e) : NULL;
    const char *role = text ? strstr(text, "role \"") : NULL;

    if (!role || !strstr(role, "\" does not exist"))
        return e;
    return err_hint(e, "--globals creates the roles of the backup that %s lacks",
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

static struct err *adopt(const struct restore *r, struct scratch *scratch,
                         struct restore_result *out)
{
    const struct strv *properties = &r->spec->backup->manifest->database_properties;
    AUTO(mem_freep) char *kept = r->exists ? kept_name_make(r->spec->database) : NULL;
    const struct scratch_place place = {
        .name = r->spec->database, .kept_as = kept, .properties = properties};

    PASS(missing_role(r, scratch_check_rights(scratch, properties)));
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

static struct err *run_locked(struct restore *r, struct restore_result *out)
{
    const struct restore_spec *spec = r->spec;
    AUTO(stopped_endp) struct stopped *stopped = NULL;

    PASS(read_list(r));
    PASS(judge_backup(spec->backup, flag(r, SETTING_GLOBALS)));
    PASS(stopped_sweep(spec->engine, spec->repository));
    PASS(target_wait(spec->engine, spec->target, spec->wait_ms, &r->server));
    PASS(scratch_sweep(r->server, spec->repository));
    PASS(check_name(r));
    PASS(check_owners(r));
    PASS(check_room(r));
    warn_partial(r);
    PASS(run_token_new(spec->repository, &r->token));
    r->mark = mark_text(spec->repository, r->token);
    PASS(stopped_begin(spec->engine, spec->repository, r->token, spec->target,
                       settings_list(spec->settings, SETTING_STOP), &stopped));
    if (flag(r, SETTING_GLOBALS))
        PASS(roles_create_missing(r->server, spec->backup, &out->roles_made));
    /* data alone goes into the tables that are there, in one transaction: all or nothing */
    if (flag(r, SETTING_DATA_ONLY))
        return fill(r, spec->database, out);
    return restore_into_scratch(r, out);
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
