/* orchestrator/backup/dump_command.h: the pg_dump command line that the settings ask for.
 *
 * Layer: orchestrator/backup. Pure but for dump_tool_probe.
 */
#ifndef PGKEEP_ORCHESTRATOR_BACKUP_DUMP_COMMAND_H
#define PGKEEP_ORCHESTRATOR_BACKUP_DUMP_COMMAND_H

#include "base/strv.h"
#include "orchestrator/dump/dump.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/settings/settings.h"

/* What the target's own pg_dump is and can. */
struct dump_tool {
    char version[64]; /* "pg_dump (PostgreSQL) 17.2 (Debian ...)" */
    int major;
    bool zstd;
    bool lz4;
};

/* Asks the image, where what is needed for --compress is not known yet. ERR_UNSUPPORTED: it has
 * no pg_dump, or one older than the server. */
MUST_USE struct err *dump_tool_probe(const struct server *server, const char *compress,
                                     struct dump_tool *out);

struct dump_plan {
    enum dump_format format;
    char compression[16];  /* "zstd", "gzip:1", "none": for the manifest */
    int gzip_level;        /* of pgkeep's own gzip stage (plain), 0: none */
    const char *extension; /* "dump", "sql.gz", "sql", "tar", "dir" */
    bool whole;            /* no option narrows what is dumped */
    struct strv argv;      /* pg_dump and its arguments, without a file or a database */
    struct strv selection; /* the options that narrow it, for the manifest */
};

/* ERR_USAGE: options that do not go together or that this pg_dump does not know. */
MUST_USE struct err *dump_plan_make(const struct settings *settings,
                                    const struct dump_tool *tool, struct dump_plan *out);
void dump_plan_clear(struct dump_plan *plan);

#endif
