/* A copy that could not be made says nothing about the backup, unless nothing but the backup
 * can be the reason: restore/blame.h judges the words, here stands what the words do not show.
 */
#include "orchestrator/proof/excuse.h"
#include "orchestrator/restore/blame.h"
#include <string.h>

/* PostgreSQL promises a restore into its own version and later ones. */
static bool is_older(const struct manifest *manifest, const struct server *server)
{
    int source = manifest->server_version_num / 10000;

    return source > 0 && server->version_num / 10000 < source;
}

/* What the server words in English is judged by its words; a server that cannot even be asked
 * for its language any more is itself the reason. */
static struct err *excuse_place(const struct server *server, struct blame_place *out)
{
    AUTO(rows_clear) struct rows rows = {0};
    const char *language;

    PASS(server_query(server, NULL, "SELECT pg_catalog.current_setting('lc_messages')", 1,
                      &rows));
    language = rows.count == 1 ? rows_cell(&rows, 0, 0) : "";
    *out = (struct blame_place){
        .superuser = server->superuser,
        .english = server->superuser || strncmp(language, "en", 2) == 0 ||
                   strcmp(language, "C") == 0 || strncmp(language, "C.", 2) == 0 ||
                   strcmp(language, "POSIX") == 0,
    };
    return NULL;
}

static struct err *excuse_unknown(const char *text)
{
    return err_hint(err_new(ERR_UNPROVEN,
                            "the restore failed, and the server says why in another language "
                            "than English: %s",
                            text),
                    "with --in container its copy speaks English, and the fault can be told");
}

/* NULL: what the tool said is the backup's own fault. */
static struct err *excuse_error(const struct blame_place *place, const char *text)
{
    switch (blame_of(text, place)) {
    case BLAME_BACKUP:
        return NULL;
    case BLAME_PLACE:
        return err_new(ERR_UNPROVEN, "the restore failed: %s", text);
    case BLAME_UNKNOWN:
        break;
    }
    return excuse_unknown(text);
}

MUST_USE struct err *excuse_errors(const struct manifest *manifest, const struct server *server,
                                   const struct strv *errors)
{
    struct blame_place place = {0};
    struct err *e;

    if (errors->len == 0)
        return NULL;
    if (is_older(manifest, server))
        return err_hint(err_new(ERR_UNPROVEN, "the restore failed: %s", errors->items[0]),
                        "PostgreSQL %d is older than what was backed up (%s)",
                        server->version_num / 10000, manifest->server_version);
    e = excuse_place(server, &place);
    if (e)
        return err_wrap(err_as(e, ERR_UNPROVEN), "the restore failed: %s; and now",
                        errors->items[0]);
    for (size_t i = 0; i < errors->len; i++)
        PASS(excuse_error(&place, errors->items[i]));
    return NULL;
}
