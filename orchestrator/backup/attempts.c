/* pg_dump fails for three reasons that are not its own, and each has an answer of its own:
 *
 *   - it stood behind somebody who waited for our locks, and the take ended it (a stall,
 *     fingerprint/take_open.c): the same take again, with a new snapshot;
 *   - somebody changed the database after the snapshot: what pg_dump asks for is gone. It says
 *     so in the server's language, so the catalogs are asked whether they changed: all anew;
 *   - the fingerprint is in its way (evidence.h): once more without one.
 *
 * Whatever else it says is the backup's error. What must hold: each answer is bounded; a stall
 * is judged first, for the take ends pg_dump's connection as an administrator would; a
 * connection that somebody else ended is no reason to try again; and where a question fails
 * that was to explain an error, the error counts and not the question. */
#include "orchestrator/backup/attempts.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "orchestrator/backup/catalog_state.h"
#include "orchestrator/backup/dump_failure.h"
#include "orchestrator/backup/evidence.h"
#include <string.h>

/* How often pg_dump may fail at a database whose catalogs change, and how long it and somebody
 * who changes tables may get in each other's way. An attempt takes about a second; on a machine
 * that is busy with other things nine of ten may come to nothing. */
#define FAILURES_MOST 2
#define STALLS_MS (5 * 60 * 1000)
#define STALL_PAUSE_MS 700

struct attempts {
    struct backup_session *session;
    struct dump_job *job;
    struct manifest *manifest;
    struct strv *faults;
    struct take *take; /* NULL: to be begun, unless `alone` */
    bool alone;        /* no fingerprint: it was in pg_dump's way */
    struct strv avoid; /* oids of tables that somebody always changes: pg_dump's to lock */
    int stalls, failures;
    int64_t first_stall_ms;
};

static void attempts_clear(struct attempts *attempts)
{
    take_free(attempts->take);
    strv_clear(&attempts->avoid);
}

/* -- a stall -- */

static bool attempts_stalled(struct attempts *attempts)
{
    AUTO(mem_freep) char *stuck_at = NULL;

    if (!attempts->take || take_dumped(attempts->take, &stuck_at))
        return false;
    if (attempts->stalls++ == 0)
        attempts->first_stall_ms = clock_mono_ms();
    if (*stuck_at)
        strv_push(&attempts->avoid, stuck_at);
    return true;
}

/* Who changes tables at a steady pace would meet us each time: we break the rhythm. */
static void break_rhythm(const struct attempts *attempts)
{
    if (attempts->stalls > 1)
        clock_sleep_ms(clock_mono_ms() * 7919 % STALL_PAUSE_MS);
}

/* With a lost connection it begins from the start. */
static struct err *attempts_take_again(struct attempts *attempts)
{
    struct err *e;

    break_rhythm(attempts);
    PASS(interrupt_check());
    if (clock_mono_ms() - attempts->first_stall_ms > STALLS_MS)
        return err_hint(
            err_new(ERR_CONFLICT,
                    "tables were changed faster than they could be locked, %d times in a row",
                    attempts->stalls),
            "try it again when fewer of them are created, altered or truncated");
    e = take_again(attempts->take);
    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    err_free(e);
    take_freep(&attempts->take);
    return NULL;
}

/* -- a failure -- */

/* *changed: since the last time that this, or the session, asked. */
static struct err *look_for_changes(struct attempts *attempts, bool *changed)
{
    struct backup_session *session = attempts->session;
    AUTO(mem_freep) char *now = NULL;
    struct err *e = catalog_state_read(session->server, attempts->job->database, &now);

    *changed = false;
    if (err_is(e, ERR_INTERRUPTED))
        return e;
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);

        log_debug("%s: %s", attempts->job->subject, text);
        err_free(e);
        return NULL;
    }
    *changed = strcmp(now, session->catalog_state) != 0;
    mem_replace(&session->catalog_state, now);
    return NULL;
}

/* *again: what pg_dump did not find was changed by somebody. */
static struct err *after_other_failure(struct attempts *attempts, const struct err *failed,
                                       bool *again)
{
    if (attempts->failures >= FAILURES_MOST)
        return NULL;
    PASS(look_for_changes(attempts, again));
    if (!*again)
        return NULL;
    attempts->failures++;
    log_info("%s: pg_dump failed while somebody changed the database (%s): once more, with a "
             "new snapshot",
             attempts->job->subject, failed->message);
    return NULL;
}

/* *again: the fingerprint, which has ended, was in the way. */
static struct err *after_evidence(struct attempts *attempts, enum dump_failure failure,
                                  const struct err *failed, bool *again)
{
    PASS(evidence_is_in_the_way(attempts->session, attempts->job->database, failure, again));
    if (!*again)
        return NULL;
    evidence_give_up(attempts->job->subject, attempts->manifest, failed);
    attempts->alone = true;
    return NULL;
}

/* *again: another run may succeed. Else *failed is the backup's error. */
static struct err *after_failure(struct attempts *attempts, struct err **failed, bool *again)
{
    AUTO(mem_freep) char *text = err_text(*failed);
    enum dump_failure failure = dump_failure_of(text);
    bool had_evidence = attempts->take != NULL;

    take_freep(&attempts->take); /* its connections may be those that were missing */
    if (failure == DUMP_FAILURE_OTHER)
        return after_other_failure(attempts, *failed, again);
    if (failure == DUMP_FAILURE_CUT)
        *failed = err_hint(*failed, "somebody ended pg_dump's connection, or the server went "
                                    "away: its log says why");
    return had_evidence ? after_evidence(attempts, failure, *failed, again) : NULL;
}

/* -- one run after the other -- */

static struct err *dump_once(struct attempts *attempts, bool *again)
{
    AUTO(fingerprint_freep) struct fingerprint *dump = NULL;
    AUTO(err_freep) struct err *failed = NULL;
    struct dump_job *job = attempts->job;
    int64_t started_ms = clock_mono_ms();

    manifest_forget_dump(attempts->manifest);
    job->take = attempts->take;
    failed = dump_run(job, attempts->manifest, &dump);
    job->take = NULL;
    *again = attempts_stalled(attempts);
    if (*again)
        return attempts_take_again(attempts);
    if (err_is(failed, ERR_TOOL))
        PASS(after_failure(attempts, &failed, again));
    if (failed)
        return *again ? NULL : TAKE(failed);
    if (!attempts->take)
        return NULL;
    return evidence_end(attempts->session, attempts->take, job->subject, dump,
                        clock_mono_ms() - started_ms, attempts->manifest, attempts->faults);
}

MUST_USE struct err *attempts_dump(struct backup_session *session, struct dump_job *job,
                                   struct manifest *manifest, struct strv *faults)
{
    AUTO(attempts_clear) struct attempts attempts = {
        .session = session, .job = job, .manifest = manifest, .faults = faults};
    bool again = true;

    while (again) {
        if (!attempts.take && !attempts.alone)
            PASS(evidence_begin(session, job->database, job->subject, &attempts.avoid, manifest,
                                &attempts.take));
        PASS(dump_once(&attempts, &again));
    }
    return NULL;
}
