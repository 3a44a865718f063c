/* A role that is no superuser gets fewer rows of some catalogs, and no error; so does pg_dump
 * with its rights, and the fingerprint's own pg_dump is as blind. Then a copy looks equal to
 * its source although something was lost. What such a role is still told is that there is
 * something:
 *   - subscriptions: pg_dump leaves them all out unless is_superuser is on (getSubscriptions in
 *     pg_dump.c, 10 to 18), for pg_subscription.subconninfo is for superusers only. Their names
 *     and databases are for everyone.
 *   - user mappings: pg_user_mappings shows the options to few (its definition stands in
 *     system_views.sql), and NULL to others; pg_dump writes the mapping without them. NULL also
 *     means that there are none, so who may see them is asked the same way.
 * What else is guarded from such a role (passwords of roles, large objects, rows) makes an
 * error, or stands in the manifest's notes. */
#include "orchestrator/fingerprint/hidden.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/pins.h"
#include <string.h>

#define IS_ORDINARY                                                                            \
    "pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.<>) 'on'::pg_catalog.text"

static const char SUBSCRIPTIONS_SQL[] =
    "SELECT s.subname FROM pg_catalog.pg_subscription s"
    " JOIN pg_catalog.pg_database d ON d.oid OPERATOR(pg_catalog.=) s.subdbid"
    " WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND " IS_ORDINARY;

#define OWNS_SERVER "pg_catalog.pg_has_role(s.srvowner, 'USAGE'::pg_catalog.text)"

static const char MAPPINGS_SQL[] =
    "SELECT pg_catalog.concat(m.usename, ' of server ', m.srvname)"
    " FROM pg_catalog.pg_user_mappings m"
    " JOIN pg_catalog.pg_foreign_server s ON s.oid OPERATOR(pg_catalog.=) m.srvid"
    " WHERE m.umoptions IS NULL AND " IS_ORDINARY
    " AND (CASE WHEN m.umuser OPERATOR(pg_catalog.=) 0::pg_catalog.oid THEN " OWNS_SERVER
    "  ELSE m.usename OPERATOR(pg_catalog.=) CURRENT_USER AND (" OWNS_SERVER
    "   OR pg_catalog.has_server_privilege(s.oid, 'USAGE'::pg_catalog.text)) END) IS NOT TRUE";

static bool begins_with(const struct strv *args, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < args->len; i++)
        for (size_t p = 0; p < count; p++)
            if (strncmp(args->items[i], prefixes[p], strlen(prefixes[p])) == 0)
                return true;
    return false;
}

bool hidden_is_everything(const struct strv *args)
{
    static const char *const narrow[] = {"--tab",  "-t", "--schema=", "-n",       "--ext", "-e",
                                         "--data", "-a", "--filter",  "--section"};

    return !begins_with(args, narrow, ARRAY_LEN(narrow)) && !strv_contains(args, "--schema");
}

static bool wants_subscriptions(const struct strv *args)
{
    static const char *const none[] = {"--no-su"};

    return !begins_with(args, none, ARRAY_LEN(none));
}

static struct err *read_names(struct session *session, const char *sql, const char *kind,
                              const char *reason, struct fingerprint *f)
{
    AUTO(rows_clear) struct rows rows = {0};
    AUTO(err_freep) struct err *failed = NULL;

    PASS(pins_query(session, sql, 1, &rows, &failed));
    if (failed) {
        AUTO(mem_freep) char *text = err_text(failed);

        strv_pushf(&f->hidden, "%ss: %s", kind, text);
        return NULL;
    }
    for (size_t i = 0; i < rows.count; i++)
        strv_pushf(&f->hidden, "%s %s: %s", kind, rows_cell(&rows, i, 0), reason);
    return NULL;
}

MUST_USE struct err *hidden_read(struct session *session, const struct strv *args,
                                 struct fingerprint *f)
{
    if (!hidden_is_everything(args))
        return NULL;
    if (wants_subscriptions(args))
        PASS(read_names(session, SUBSCRIPTIONS_SQL, "subscription",
                        "pg_dump leaves it out, because the role is no superuser", f));
    return read_names(session, MAPPINGS_SQL, "user mapping",
                      "pg_dump leaves out its options, which the role may not see", f);
}
