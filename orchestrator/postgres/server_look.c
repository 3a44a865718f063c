/* The shell is a child of psql, which waits for it. Nothing of it may end by a signal or with a
 * status that the postmaster, which may inherit it, takes for a crash (tool.c): writing to a
 * psql that is gone is an error and no signal, and the last word is exit 0.
 *
 * psql wants a command on one line, and replaces :'name' in it, quoted for a shell. Only what
 * is known to be plain text is printed, because psql sends it to the server and back: no name
 * of a file, and of pg_dump what it prints itself.
 *
 * What is missing in the answer is no fault: it is asked for by itself then, and that says why.
 */
#include "orchestrator/postgres/server_look.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

#define LOOPBACK "loopback"
#define RELAY "relay "
#define RELAYS_END "relays known"
#define LEFTOVERS "leftovers"
#define LEFTOVERS_END "leftovers known"
#define VERSION "version "
#define ZSTD "dumps zstd"

/* To start a program of PostgreSQL takes longer than anything else here, so they start side by
 * side. Each says its words in one line. */
static const char LOOK[] =
    "\\set pgkeep_look `exec 2>/dev/null; trap \"\" PIPE; "
    "{ pg_isready -q -t 5 -h 127.0.0.1 && echo '" LOOPBACK "'; exit 0; } & "
    "for relay in perl python3 socat bash nc; do "
    "command -v $relay >/dev/null && echo \"" RELAY "$relay\"; done; "
    "echo '" RELAYS_END "'; ";

/* A pg_dump that was built without a method says so before it connects anywhere. */
static const char LOOK_FOR_DUMP[] =
    "{ case $(pg_dump --format=custom --compress=zstd --schema-only --no-password"
    " --host=/pgkeep-no-such-folder 2>&1) in *ompression*) ;; *) echo '" ZSTD "' ;; esac;"
    " exit 0; } & "
    "for left in \"${TMPDIR:-/tmp}\"/:'pgkeep_temp'.*; do "
    "if [ -e \"$left\" ] || [ -h \"$left\" ]; then echo '" LEFTOVERS "'; fi; done; "
    "echo '" LEFTOVERS_END "'; "
    "version=$(pg_dump --version) && echo \"" VERSION "$version\"; ";

static bool is_plain(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

char *server_look_psql(const char *temp_name)
{
    if (!temp_name || !is_plain(temp_name))
        return mem_printf("%swait; exit 0`\n", LOOK);
    return mem_printf("\\set pgkeep_temp %s\n%s%swait; exit 0`\n", temp_name, LOOK,
                      LOOK_FOR_DUMP);
}

static void read_line(const char *line, struct server_look *out)
{
    if (strcmp(line, LOOPBACK) == 0)
        out->has_loopback = true;
    else if (strncmp(line, RELAY, strlen(RELAY)) == 0)
        strv_push(&out->relays, line + strlen(RELAY));
    else if (strcmp(line, RELAYS_END) == 0)
        out->knows_relays = true;
    else if (strcmp(line, LEFTOVERS) == 0)
        out->leftovers = true;
    else if (strcmp(line, LEFTOVERS_END) == 0)
        out->knows_leftovers = true;
    else if (strcmp(line, ZSTD) == 0)
        out->dump_zstd = true;
    /* a pg_dump that says something else has its say where it is asked alone */
    else if (strncmp(line, VERSION "pg_dump (", strlen(VERSION "pg_dump (")) == 0)
        mem_replace(&out->dump_version, line + strlen(VERSION));
}

void server_look_read(const char *text, struct server_look *out)
{
    AUTO(strv_clear) struct strv lines = STRV_INIT;

    *out = (struct server_look){.relays = STRV_INIT};
    strv_split(&lines, text, '\n');
    for (size_t i = 0; i < lines.len; i++)
        read_line(lines.items[i], out);
}

void server_look_clear(struct server_look *look)
{
    strv_clear(&look->relays);
    mem_freep(&look->dump_version);
}
