/* The last backup of the database is the best judge of the next: it knows how well the rows
 * compress. It counts as much as the database has grown since, and a tenth more. Where there is
 * none of the same kind, the tables' own size is what a dump takes at most; that is often ten
 * times too much, so --force goes on. A guess that was too low costs a failed backup and
 * nothing else: a full disk publishes nothing. */
#include "orchestrator/backup/space.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include <string.h>

/* Manifest, globals and what a file system adds to small files. */
#define SMALL_FILES_BYTES ((uint64_t)64 << 10)

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* A tenth more than the last time. */
static uint64_t next_of(uint64_t bytes)
{
    return units_add(units_add(bytes, bytes / 10), SMALL_FILES_BYTES);
}

uint64_t space_by_last(const struct manifest *before, const struct manifest *now,
                       const char *dump_format, const char *compression)
{
    uint64_t bytes = manifest_stored_bytes(before);

    if (!same_text(before->dump_format, dump_format) ||
        !same_text(before->compression, compression) || !manifest_same_selection(before, now))
        return 0;
    if (before->database_bytes > 0 && now->database_bytes > before->database_bytes) {
        /* In 128 bits: the product of two sizes may not fit in 64. */
        unsigned __int128 grown =
            (unsigned __int128)bytes * now->database_bytes / before->database_bytes;

        bytes = grown > INT64_MAX ? INT64_MAX : (uint64_t)grown;
    }
    return next_of(bytes);
}

/* 0: no earlier backup tells. One that cannot be read is no reason not to make the next. */
static uint64_t judge_by_last(const struct backup_session *session, const struct manifest *now)
{
    AUTO(backup_freep) struct backup *last = NULL;
    AUTO(err_freep) struct err *e = catalogue_previous(session->repository, now->target,
                                                       now->database, BACKUP_ORDER_MAX, &last);

    if (e || !last)
        return 0;
    return space_by_last(last->manifest, now, dump_format_name(session->plan.format),
                         session->plan.compression);
}

MUST_USE struct err *space_check(const struct backup_session *session, const char *subject,
                                 const struct manifest *now, uint64_t table_bytes)
{
    uint64_t needed = judge_by_last(session, now);
    bool by_last = needed > 0;
    uint64_t free_bytes = 0;
    char need_text[UNITS_TEXT_SIZE], free_text[UNITS_TEXT_SIZE];
    const char *why = by_last ? "by the last one this backup takes" : "the tables hold";

    PASS(fs_free_bytes(repository_path(session->repository), &free_bytes));
    if (!by_last)
        needed = table_bytes;
    if (free_bytes >= needed || (!by_last && !session->plan.whole))
        return NULL;
    units_size(needed, need_text);
    units_size(free_bytes, free_text);
    if (settings_bool(session->target->settings, SETTING_FORCE)) {
        log_warn("%s: %s %s, the repository has %s free", subject, why, need_text, free_text);
        return NULL;
    }
    return err_hint(err_new(ERR_NO_SPACE, "%s %s, the repository %s has %s free", why,
                            need_text, repository_path(session->repository), free_text),
                    "%s--force tries it; a full disk publishes nothing",
                    by_last ? "" : "compressed it may fit: ");
}

struct err *space_explain(const struct backup_session *session, struct err *e)
{
    if (!err_is(e, ERR_NO_SPACE))
        return e;
    return err_hint(e,
                    "nothing was published, and the backups before are whole; free some "
                    "space in %s (`pgkeep stats` says what takes it), or name another place "
                    "with --repository",
                    repository_path(session->repository));
}

MUST_USE struct err *space_of_next_round(struct repository *repository, uint64_t *needed)
{
    AUTO(catalogue_clear) struct catalogue all = {0};

    *needed = 0;
    PASS(catalogue_names(repository, NULL, NULL, &all));
    catalogue_sort(&all);
    for (size_t i = 0; i < all.count; i++) {
        if (i + 1 < all.count && backup_same_database(all.items[i], all.items[i + 1]))
            continue;
        backup_load(all.items[i]);
        if (all.items[i]->manifest)
            *needed =
                units_add(*needed, next_of(manifest_stored_bytes(all.items[i]->manifest)));
    }
    return NULL;
}
