#include "orchestrator/backup/evidence.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/fingerprint/compare.h"
#include "orchestrator/fingerprint/of_dump.h"
#include "orchestrator/fingerprint/schema.h"
#include <stdlib.h>
#include <string.h>

/* How long a fingerprint may go on after the dump: as long as the dump took, but a small
 * database's gets a minute. It holds the snapshot, and with it back vacuum. */
#define LEAST_MS 60000

#define GAPS_SHOWN 20

static enum fingerprint_depth depth_of(const struct backup_session *session)
{
    const char *text = settings_text(session->target->settings, SETTING_FINGERPRINT);
    enum fingerprint_depth depth = FINGERPRINT_CONTENT;

    return fingerprint_depth_parse(text, &depth) ? depth : FINGERPRINT_CONTENT;
}

static struct err *not_taken(const struct backup_session *session, const char *subject,
                             struct manifest *manifest, struct err *e)
{
    AUTO(mem_freep) char *text = NULL;

    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    text = err_text(e);
    if (depth_of(session) == FINGERPRINT_NONE) {
        log_debug("%s: pg_dump takes its own snapshot: %s", subject, text);
        err_free(e);
        return NULL;
    }
    log_err(LOG_WARN, subject, e);
    err_free(e);
    log_warn("%s: the backup goes on without a fingerprint: its tests cannot prove it",
             subject);
    strv_pushf(&manifest->notes, "no fingerprint was taken: %s", text);
    return NULL;
}

MUST_USE struct err *evidence_begin(struct backup_session *session, const char *database,
                                    const char *subject, const struct strv *avoid,
                                    struct manifest *manifest, struct take **out)
{
    const struct settings *settings = session->target->settings;
    const struct strv *selection = &session->plan.selection;
    AUTO(strv_clear) struct strv args = STRV_INIT;
    struct take_spec spec = {
        .server = session->server,
        .database = database,
        .depth = depth_of(session),
        .content_most_bytes = settings_size_bytes(settings, SETTING_FINGERPRINT_LIMIT),
        .jobs = (int)settings_int(settings, SETTING_FINGERPRINT_JOBS),
        .schema_args = &args,
        .whole = session->plan.whole,
        .no_owner = !fingerprint_has_owners(selection),
        .beside_dump = true,
        .lock_timeout_ms = settings_duration_ms(settings, SETTING_LOCK_TIMEOUT),
        .avoid = avoid,
    };
    struct err *e;

    *out = NULL;
    schema_options(selection, &args);
    e = line_need(&session->line, session->server, database);
    spec.way = session->line.way;
    if (!e)
        e = take_begin_by(&spec, &session->line.session, out);
    return not_taken(session, subject, manifest, e);
}

/* -- in the way -- */

/* How many more connections our role may open to the database; superusers have no limits but
 * the server's. Who serves no client (autovacuum, replication) does not count there. */
static const char ROOM_SQL[] =
    "SELECT least("
    " pg_catalog.current_setting('max_connections')::pg_catalog.int8 OPERATOR(pg_catalog.-)"
    "  (CASE WHEN r.rolsuper THEN 0::pg_catalog.int8 ELSE pg_catalog.current_setting("
    "   'superuser_reserved_connections')::pg_catalog.int8 OPERATOR(pg_catalog.+) coalesce("
    "   pg_catalog.current_setting('reserved_connections', true)::pg_catalog.int8,"
    "   0::pg_catalog.int8) END) OPERATOR(pg_catalog.-) s.everybody,"
    " CASE WHEN r.rolconnlimit OPERATOR(pg_catalog.>=) 0 AND NOT r.rolsuper"
    "  THEN r.rolconnlimit::pg_catalog.int8 OPERATOR(pg_catalog.-) s.of_role END,"
    " CASE WHEN d.datconnlimit OPERATOR(pg_catalog.>=) 0 AND NOT r.rolsuper"
    "  THEN d.datconnlimit::pg_catalog.int8 OPERATOR(pg_catalog.-) s.of_database END)"
    " FROM pg_catalog.pg_roles r, pg_catalog.pg_database d,"
    " (SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER"
    "   (WHERE a.usename OPERATOR(pg_catalog.=) current_user), pg_catalog.count(*) FILTER"
    "   (WHERE a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
    "  FROM pg_catalog.pg_stat_activity a WHERE a.usesysid IS NOT NULL"
    "  AND coalesce(a.backend_type, 'client backend'::pg_catalog.text)"
    "   OPERATOR(pg_catalog.=) 'client backend'::pg_catalog.text"
    "  AND a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid())"
    "  AS s(everybody, of_role, of_database)"
    " WHERE r.rolname OPERATOR(pg_catalog.=) current_user"
    "  AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";

/* What a dump with a fingerprint opens at the same time: pg_dump and its jobs, the holder, the
 * schema's pg_dump, those who count. */
static int64_t connections_wanted(const struct backup_session *session)
{
    const struct settings *settings = session->target->settings;

    return 3 + settings_int(settings, SETTING_JOBS) +
           settings_int(settings, SETTING_FINGERPRINT_JOBS);
}

/* Where it cannot be asked, the fingerprint is not what is in the way. */
static struct err *has_no_room(const struct backup_session *session, const char *database,
                               bool *yes)
{
    AUTO(rows_clear) struct rows rows = {0};
    struct err *e = server_query(session->server, database, ROOM_SQL, 1, &rows);

    *yes = false;
    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (!e && rows.count == 1)
        *yes = strtoll(rows_cell(&rows, 0, 0), NULL, 10) < connections_wanted(session);
    err_free(e);
    return NULL;
}

MUST_USE struct err *evidence_is_in_the_way(const struct backup_session *session,
                                            const char *database, enum dump_failure failure,
                                            bool *yes)
{
    *yes = failure == DUMP_FAILURE_SNAPSHOT || failure == DUMP_FAILURE_NO_ROOM;
    return failure == DUMP_FAILURE_NOT_LET_IN ? has_no_room(session, database, yes) : NULL;
}

void evidence_give_up(const char *subject, struct manifest *manifest, const struct err *failed)
{
    AUTO(mem_freep) char *text = err_text(failed);

    log_warn("%s: pg_dump could not run beside a fingerprint (%s): once more without one",
             subject, text);
    strv_pushf(&manifest->notes, "no fingerprint was taken: %s", text);
    mem_freep(&manifest->snapshot);
}

/* -- afterwards -- */

static void compare_with_dump(const char *subject, struct fingerprint *f,
                              const struct fingerprint *dump, struct manifest *manifest,
                              struct strv *faults)
{
    AUTO(strv_clear) struct strv changed = STRV_INIT;
    struct comparison comparison = {0};

    fingerprint_take_definitions(f, dump, &changed);
    for (size_t i = 0; i < changed.len; i++) {
        log_info("%s: %s was changed while the dump ran", subject, changed.items[i]);
        strv_pushf(&manifest->notes,
                   "%s was changed while the dump ran; what counts is the "
                   "definition in the dump",
                   changed.items[i]);
    }
    fingerprint_compare_dump(f, dump, manifest->selection.len > 0, &comparison);
    strv_extend(faults, &comparison.differences);
    strv_extend(&manifest->notes, &comparison.differences);
    strv_extend(&manifest->notes, &comparison.not_compared);
    comparison_clear(&comparison);
}

static void list_gaps(const struct fingerprint *f, struct strv *out)
{
    for (size_t i = 0; i < f->table_count; i++)
        if (f->tables[i].why_not)
            strv_pushf(out, "table %s.%s: %s", f->tables[i].schema, f->tables[i].name,
                       f->tables[i].why_not);
    for (size_t i = 0; i < f->sequence_count; i++)
        if (f->sequences[i].why_not)
            strv_pushf(out, "sequence %s.%s: %s", f->sequences[i].schema, f->sequences[i].name,
                       f->sequences[i].why_not);
    strv_extend(out, &f->hidden);
    if (f->large_objects.why_not)
        strv_pushf(out, "large objects: %s", f->large_objects.why_not);
    if (f->schema_why_not)
        strv_pushf(out, "the schema: %s", f->schema_why_not);
}

/* A database may have 20,000 tables that time did not suffice for. */
static void tell(const char *subject, const struct fingerprint *f)
{
    AUTO(strv_clear) struct strv gaps = STRV_INIT;
    char text[UNITS_TEXT_SIZE];
    size_t count = fingerprint_gaps(f);
    size_t most = log_get_level() >= LOG_DEBUG ? SIZE_MAX : GAPS_SHOWN;

    if (f->depth_reason)
        log_info("%s: fingerprint: %s", subject, f->depth_reason);
    if (count == 0)
        return;
    log_warn("%s: %s could not be fingerprinted: a test will be unproven", subject,
             units_of(count, "thing", text));
    list_gaps(f, &gaps);
    for (size_t i = 0; i < gaps.len && i < most; i++)
        log_warn("%s: %s", subject, gaps.items[i]);
    if (gaps.len > most)
        log_warn("%s: and %zu more, in the manifest", subject, gaps.len - most);
}

MUST_USE struct err *evidence_end(const struct backup_session *session, struct take *take,
                                  const char *subject, const struct fingerprint *dump,
                                  int64_t dump_ms, struct manifest *manifest,
                                  struct strv *faults)
{
    AUTO(fingerprint_freep) struct fingerprint *f = NULL;

    if (depth_of(session) != FINGERPRINT_NONE)
        progress_event(session->progress, subject, "dump",
                       "complete; finishing the fingerprint");
    PASS(not_taken(session, subject, manifest,
                   take_end(take, dump_ms > LEAST_MS ? dump_ms : LEAST_MS, &f)));
    if (!f)
        return NULL;
    if (!session->plan.whole)
        fingerprint_narrow(f, dump);
    compare_with_dump(subject, f, dump, manifest, faults);
    tell(subject, f);
    manifest->fingerprint = fingerprint_to_json(f);
    return NULL;
}
