/* What counts is the format that the dump is in. pg_backup_archiver.h: archives are 1.14 from
 * 12 on, 1.15 from 16, 1.16 from 17, and each pg_restore reads those up to its own. A plain
 * dump of 17 and newer begins with SET transaction_timeout, at which an older server fails. */
#include "orchestrator/restore/majors.h"
#include "base/log.h"
#include "orchestrator/restore/dump_feed.h"

#define IN_MAJOR 10000 /* 170002 is 17.2 */

static bool is_plain(const struct toc *toc)
{
    return toc->version_major == 0;
}

static int needed_major(const struct toc *toc, int dump_major)
{
    if (is_plain(toc))
        return dump_major >= 17 ? 17 : 0;
    if (toc->version_major > 1 || toc->version_minor >= 16)
        return 17;
    return toc->version_minor == 15 ? 16 : 0;
}

MUST_USE struct err *majors_check(const struct server *server, const char *target,
                                  const struct backup *backup, const char *subject)
{
    int from = backup->manifest->server_version_num / IN_MAJOR;
    int to = server->version_num / IN_MAJOR;
    AUTO(dump_feed_freep) struct dump_feed *contents = NULL;

    if (!backup->manifest->dump || from <= to)
        return NULL;
    PASS(dump_feed_read_toc(backup->path, backup->manifest, &contents));
    if (to >= needed_major(dump_feed_toc(contents), from)) {
        log_warn(
            "%s: the backup is of PostgreSQL %d, the target is %d: what that does not know "
            "fails the restore",
            subject, from, to);
        return NULL;
    }
    return err_hint(err_new(ERR_USAGE,
                            "the backup is of PostgreSQL %d, %s is %d: %s %d cannot read it",
                            from, target, to,
                            is_plain(dump_feed_toc(contents)) ? "psql" : "pg_restore", to),
                    "restore into a PostgreSQL %d or newer; or by hand, as docs/operations.md "
                    "says under \"Into an older PostgreSQL\"",
                    from);
}
