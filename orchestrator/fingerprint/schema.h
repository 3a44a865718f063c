/* orchestrator/fingerprint/schema.h: the schema's entries, as the container's pg_dump sees
 * them.
 *
 * Layer: orchestrator/fingerprint. `pg_dump --schema-only` in custom format, of which only the
 * table of contents is looked at (postgres/toc.h: toc_entry_digest).
 */
#ifndef PGKEEP_ORCHESTRATOR_FINGERPRINT_SCHEMA_H
#define PGKEEP_ORCHESTRATOR_FINGERPRINT_SCHEMA_H

#include "orchestrator/dump/toc.h"
#include "orchestrator/fingerprint/fingerprint.h"
#include "orchestrator/postgres/server.h"

struct schema_spec {
    struct engine *engine; /* this call's own while it runs */
    const struct server *server;
    const char *database;
    /* Gives "--snapshot=..." when pg_dump is about to start; NULL: the present. */
    struct err *(*snapshot)(void *ctx, char **argument);
    void *ctx;
    const struct strv *args; /* selection, or NULL */
    const char *mark;        /* pg_dump's application_name */
    const char *encoding;    /* the database's */
    bool no_owner;
    int64_t lock_wait_ms; /* for each of its locks; 0: a minute */
};

/* Of the options that narrowed or shaped a dump those that matter for its schema. */
void schema_options(const struct strv *selection, struct strv *out);

/* Adds the entries. Errors of tool_run; ERR_CUT, ERR_PROTOCOL: not a whole dump. */
MUST_USE struct err *schema_read(const struct schema_spec *spec, struct fingerprint *out);

/* Adds the entries of any archive's table of contents; pure. Data is left out, and what speaks
 * of the database itself, which a copy need not share: its name, settings and rights. */
void schema_add_toc(const struct toc *toc, bool no_owner, struct fingerprint *out);

#endif
