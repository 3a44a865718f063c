#include "orchestrator/backup/backup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/units.h"
#include "docker-api/system.h"
#include "orchestrator/backup/attempts.h"
#include "orchestrator/backup/catalog_state.h"
#include "orchestrator/backup/dump_run.h"
#include "orchestrator/backup/row_drop.h"
#include "orchestrator/backup/space.h"
#include "orchestrator/postgres/properties.h"
#include "orchestrator/postgres/temp_folder.h"
#include "orchestrator/repository/mark.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/restore/kept_name.h"
#include "orchestrator/restore/scratch.h"
#include "orchestrator/restore/stopped.h"
#include "orchestrator/target/ready.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_SHOWN 10
#define FAULTS_SHOWN 5

/* -- session -- */

/* A kill -9 of the container's shell can leave a temporary folder. The name carries this
 * repository's id and we hold the target's lock, so nobody else works in it. */
static struct err *sweep_container(const struct backup_session *session)
{
    if (session->server->look.knows_leftovers && !session->server->look.leftovers)
        return NULL;
    return temp_folder_sweep(session->server, session->temp_name);
}

/* Those of a crashed run are dropped first. */
static struct err *list_databases(struct backup_session *session)
{
    bool dropped = false;

    PASS(database_list_found(session->server, false, &session->databases));
    PASS(scratch_sweep_listed(session->server, session->repository, &session->databases,
                              &dropped));
    if (!dropped)
        return NULL;
    database_list_clear(&session->databases);
    return database_list(session->server, false, &session->databases);
}

static struct err *open_session(struct backup_session *session, int64_t timeout_ms)
{
    struct target *target = session->target;
    size_t removed = 0;

    PASS(target_require_postgres(target));
    PASS(lock_target(session->repository, target->name, "backup", &session->lock));
    PASS(repository_sweep(session->repository, target->name, &removed));
    if (removed > 0)
        log_info("%s: removed %zu unfinished backup%s of an interrupted run", target->name,
                 removed, removed == 1 ? "" : "s");
    PASS(stopped_sweep(session->engine, session->repository));
    session->temp_name = mark_temp_name(session->repository);
    target->temp_name = session->temp_name;
    PASS(target_wait(session->engine, target, timeout_ms, &session->server));
    TRY(list_databases(session), "%s", target->name);
    TRY(dump_tool_probe(session->server, settings_text(target->settings, SETTING_COMPRESS),
                        &session->tool),
        "%s", target->name);
    PASS(dump_plan_make(target->settings, &session->tool, &session->plan));
    TRY(sweep_container(session), "%s: clear temporary folders", target->name);
    return NULL;
}

MUST_USE struct err *backup_session_open(struct backup_session *session, int64_t timeout_ms)
{
    struct err *e = open_session(session, timeout_ms);

    if (e)
        backup_session_close(session);
    return e;
}

void backup_session_close(struct backup_session *session)
{
    database_list_clear(&session->databases);
    dump_plan_clear(&session->plan);
    line_clear(&session->line);
    server_freep(&session->server);
    lock_freep(&session->lock);
    session->target->temp_name = NULL;
    mem_freep(&session->temp_name);
    mem_freep(&session->catalog_state);
}

/* -- which databases -- */

static struct err *no_database(const struct backup_session *session, const char *name)
{
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(mem_freep) char *all = NULL;
    const char *near;
    struct err *e =
        err_new(ERR_NOT_FOUND, "%s has no database \"%s\"", session->target->name, name);

    for (size_t i = 0; i < session->databases.count; i++)
        strv_push(&names, session->databases.items[i].name);
    near = nearest_of(name, (const char *const *)names.items, names.len);
    if (near)
        return err_hint(e, "did you mean %s?", near);
    all = strv_join_some(&names, ", ", NAMES_SHOWN);
    return err_hint(e, "it has: %s", all);
}

static const struct database *look_up(const struct backup_session *session, const char *name)
{
    const struct database *found = database_find(&session->databases, name);
    AUTO(mem_freep) char *raw = found ? NULL : name_unescape(name);

    return found || !raw ? found : database_find(&session->databases, raw);
}

MUST_USE struct err *backup_session_find(const struct backup_session *session,
                                         const char *wanted, const char **out)
{
    const struct database *database = look_up(session, wanted);

    if (!database)
        return no_database(session, wanted);
    if (!database->allows_connections)
        return err_hint(err_new(ERR_CONFLICT, "%s: database \"%s\" refuses connections",
                                session->target->name, database->name),
                        "ALTER DATABASE ... ALLOW_CONNECTIONS true lets them in");
    *out = database->name;
    return NULL;
}

void backup_session_all(const struct backup_session *session, struct strv *out)
{
    for (size_t i = 0; i < session->databases.count; i++) {
        const struct database *database = &session->databases.items[i];

        if (scratch_is(database)) /* another repository's restore is at work */
            continue;
        if (!database->allows_connections)
            log_warn("%s/%s: skipped: the database refuses connections", session->target->name,
                     database->name);
        else if (kept_name_is(database->name))
            log_info("%s/%s: left out: `restore --replace` has kept it; name it to back it up",
                     session->target->name, database->name);
        else
            strv_push(out, database->name);
    }
}

/* -- one backup -- */

#define SIZED_TABLES_MOST "1000"

/* In one question: what the dump may take at most (the tables without their indexes; of the
 * system's own only the large objects), the position in the WAL, the extensions, the state of
 * the catalogs. For the sizes the server looks at ten files for each table: where there are
 * many, the size of the database must do. pg_table_size waits for whoever locks the table out,
 * and pg_dump's --lock-wait-timeout does not reach this query: such a table counts with the
 * planner's number. */
static struct err *describe_contents(struct backup_session *session, const char *database,
                                     struct manifest *m, uint64_t *table_bytes)
{
    static const char sql[] =
        "SELECT 'bytes', CASE WHEN (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c"
        " WHERE c.relkind OPERATOR(pg_catalog.=) 'r'::pg_catalog.\"char\")"
        " OPERATOR(pg_catalog.>) " SIZED_TABLES_MOST "::pg_catalog.int8 THEN '' ELSE"
        " (SELECT coalesce(pg_catalog.sum(CASE WHEN EXISTS"
        " (SELECT FROM pg_catalog.pg_locks l WHERE l.relation OPERATOR(pg_catalog.=) c.oid"
        "   AND l.mode OPERATOR(pg_catalog.=) 'AccessExclusiveLock')"
        " THEN greatest(c.relpages, 0)::pg_catalog.int8 OPERATOR(pg_catalog.*)"
        "  pg_catalog.current_setting('block_size')::pg_catalog.int8"
        " ELSE pg_catalog.pg_table_size(c.oid::pg_catalog.regclass) END),"
        "  0::pg_catalog.numeric)::pg_catalog.text"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
        "  ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
        " WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'm']::pg_catalog.\"char\"[])"
        "  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::pg_catalog.\"char\""
        "  AND (n.nspname OPERATOR(pg_catalog.<>) ALL"
        "    (ARRAY['pg_catalog', 'information_schema']::pg_catalog.name[])"
        "   OR c.relname OPERATOR(pg_catalog.=) 'pg_largeobject'::pg_catalog.name)) END, '', ''"
        " UNION ALL SELECT 'lsn', (CASE WHEN pg_catalog.pg_is_in_recovery()"
        " THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END)"
        "  ::pg_catalog.text, '', ''"
        " UNION ALL SELECT 'state', " CATALOG_STATE_SQL ", '', ''"
        " UNION ALL SELECT 'size', (SELECT " DATABASE_BYTES_SQL
        "  FROM pg_catalog.pg_database d WHERE d.datname"
        "   OPERATOR(pg_catalog.=) pg_catalog.current_database())::pg_catalog.text, '', ''"
        " UNION ALL (SELECT 'extension', e.extname::pg_catalog.text, e.extversion,"
        "  n.nspname::pg_catalog.text"
        " FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n"
        "  ON n.oid OPERATOR(pg_catalog.=) e.extnamespace ORDER BY e.extname)";
    AUTO(rows_clear) struct rows rows = {0};
    bool sized = false;

    PASS(line_query(&session->line, session->server, database, sql, 4, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const char *kind = rows_cell(&rows, i, 0);
        const char *value = rows_cell(&rows, i, 1);

        if (strcmp(kind, "bytes") == 0) {
            *table_bytes = strtoull(value, NULL, 10);
            sized = *value;
        } else if (strcmp(kind, "lsn") == 0)
            mem_replace(&m->lsn, value);
        else if (strcmp(kind, "size") == 0)
            m->database_bytes = strtoull(value, NULL, 10);
        else if (strcmp(kind, "state") == 0)
            mem_replace(&session->catalog_state, value);
        else
            manifest_add_extension(m, value, rows_cell(&rows, i, 2), rows_cell(&rows, i, 3));
    }
    if (!sized)
        *table_bytes = m->database_bytes;
    return NULL;
}

static void describe_database(const struct database *d, struct manifest *m)
{
    mem_replace(&m->encoding, d->encoding);
    mem_replace(&m->locale_provider, d->locale_provider);
    mem_replace(&m->collate, d->collate);
    mem_replace(&m->ctype, d->ctype);
    mem_replace(&m->icu_locale, *d->icu_locale ? d->icu_locale : NULL);
    mem_replace(&m->icu_rules, *d->icu_rules ? d->icu_rules : NULL);
    mem_replace(&m->database_comment, *d->comment ? d->comment : NULL);
    mem_replace(&m->owner, d->owner);
}

static struct manifest *begin_manifest(const struct backup_session *session,
                                       const char *database)
{
    struct manifest *m = manifest_new();

    mem_replace(&m->target, session->target->name);
    mem_replace(&m->database, database);
    m->started_unix_s = clock_unix_s();
    mem_replace(&m->container_id, session->target->id);
    mem_replace(&m->image, session->target->image);
    mem_replace(&m->image_id, session->target->image_id);
    mem_replace(&m->pgkeep_version, PGKEEP_VERSION);
    mem_replace(&m->server_version, session->server->version);
    m->server_version_num = session->server->version_num;
    m->in_recovery = session->server->in_recovery;
    mem_replace(&m->tool_version, session->tool.version);
    strv_extend(&m->selection, &session->plan.selection);
    return m;
}

static struct err *engine_facts(const struct backup_session *session, struct manifest *m)
{
    AUTO(jsonx_freep) json_t *version = NULL;

    PASS(system_version(session->engine, &version));
    mem_replace(&m->engine_version, jsonx_string(version, "Version", ""));
    return NULL;
}

/* -- making it -- */

static struct err *make(struct backup_session *session, struct dump_job *job,
                        struct manifest *m, struct strv *faults)
{
    PASS(engine_facts(session, m));
    if (job->database)
        PASS(attempts_dump(session, job, m, faults));
    PASS(dump_globals(job, m));
    return interrupt_check();
}

/* It is published all the same: what it holds may be all that is left tomorrow. */
static struct err *judge(const struct strv *faults)
{
    AUTO(mem_freep) char *all = strv_join_some(faults, "; ", FAULTS_SHOWN);

    if (faults->len == 0)
        return NULL;
    return err_hint(err_new(ERR_BAD_BACKUP, "the dump is not what the database held: %s", all),
                    "the backup was kept; pgkeep verify says the same of it");
}

/* The last step that an interrupt can stop was before; from here it is published or an error.
 */
static struct err *publish(struct draft *draft, struct manifest *m, int64_t started_ms)
{
    m->elapsed_ms = clock_mono_ms() - started_ms;
    m->finished_unix_s = clock_unix_s();
    return draft_publish(draft, m);
}

/* Where there is no session psql serves; the fingerprint says why there is none. */
static struct err *open_line(struct backup_session *session, const char *database)
{
    struct err *e = line_need(&session->line, session->server, database);

    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    err_free(e);
    return NULL;
}

static struct err *describe_properties(struct backup_session *session, const char *database,
                                       struct manifest *m)
{
    AUTO(mem_freep) char *sql = properties_query("pg_catalog.current_database()");
    AUTO(rows_clear) struct rows rows = {0};

    TRY(line_query(&session->line, session->server, database, sql, 1, &rows),
        "read the properties of \"%s\"", database);
    for (size_t i = 0; i < rows.count; i++)
        strv_push(&m->database_properties, rows_cell(&rows, i, 0));
    return NULL;
}

static struct err *prepare(struct backup_session *session, const char *subject,
                           const struct database *d, struct manifest *m,
                           uint64_t *expected_bytes)
{
    char size[UNITS_TEXT_SIZE];
    AUTO(mem_freep) char *text = NULL;

    describe_database(d, m);
    PASS(open_line(session, d->name));
    PASS(describe_contents(session, d->name, m, expected_bytes));
    text = mem_printf("PostgreSQL %.*s, %s", (int)strcspn(session->server->version, " "),
                      session->server->version, units_size(m->database_bytes, size));
    progress_event(session->progress, subject, "ready", text);
    PASS(describe_properties(session, d->name, m));
    return space_check(session, subject, m, *expected_bytes);
}

/* It is the newest all the same (manifest.order), but its stamp does not look so. */
static void note_clock(const struct draft *draft, const char *subject, struct manifest *m)
{
    char behind[UNITS_TEXT_SIZE];

    if (draft_clock_behind_s(draft) == 0)
        return;
    units_age(draft_clock_behind_s(draft), behind);
    log_warn("%s: the clock is %s behind the stamp of an earlier backup: it went back, or was "
             "ahead then; this backup counts as the newest all the same",
             subject, behind);
    strv_pushf(&m->notes,
               "when this was made, the clock was %s behind an earlier backup's stamp", behind);
}

MUST_USE struct err *backup_database(struct backup_session *session, const char *database,
                                     struct manifest **out)
{
    const struct database *d = database ? database_find(&session->databases, database) : NULL;
    AUTO(mem_freep) char *subject = mem_printf("%s/%s", session->target->name,
                                               database ? database : MANIFEST_GLOBALS_FOLDER);
    AUTO(draft_freep) struct draft *draft = NULL;
    AUTO(manifest_freep) struct manifest *m = begin_manifest(session, database);
    AUTO(strv_clear) struct strv faults = STRV_INIT;
    int64_t started_ms = clock_mono_ms();
    struct dump_job job = {
        .server = session->server,
        .database = database,
        .plan = &session->plan,
        .subject = subject,
        .temp_name = session->temp_name,
        .progress = session->progress,
    };

    *out = NULL;
    if (d)
        PASS(prepare(session, subject, d, m, &job.expected_bytes));
    PASS(draft_new(session->repository, session->target->name, database, &draft));
    mem_replace(&m->stamp, draft_stamp(draft));
    m->order = draft_order(draft);
    note_clock(draft, subject, m);
    job.draft = draft;
    PASS(space_explain(session, make(session, &job, m, &faults)));
    if (d)
        row_drop_check(session->repository, m,
                       settings_percent(session->target->settings, SETTING_ROW_DROP_ALARM));
    PASS(space_explain(session, publish(draft, m, started_ms)));
    *out = TAKE(m);
    return judge(&faults);
}
