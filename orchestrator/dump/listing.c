#include "orchestrator/dump/listing.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A copy on one line, as sanitize_line of dumputils.c; pg_restore shows only names so. */
static char *one_line(const char *text)
{
    char *line = mem_strdup(text);

    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    return line;
}

/* _tocEntryRequired of pg_backup_archiver.c for a restore without options: what configures the
 * session or makes the database itself is left out, and so is what has neither SQL nor data. */
static bool is_listed(const struct toc_entry *entry)
{
    static const char *const unlisted[] = {
        "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES",
    };
    static const char *const with_parent[] = {"ACL", "COMMENT", "SECURITY LABEL"};

    for (size_t i = 0; i < ARRAY_LEN(unlisted); i++)
        if (strcmp(entry->desc, unlisted[i]) == 0)
            return false;
    for (size_t i = 0; i < ARRAY_LEN(with_parent); i++)
        if (strcmp(entry->desc, with_parent[i]) == 0 &&
            strncmp(entry->tag, "DATABASE ", 9) == 0)
            return false;
    if (entry->has_data || !entry->no_definition)
        return true;
    /* Data without a block of its own. */
    return strcmp(entry->desc, "SEQUENCE SET") == 0 || strcmp(entry->desc, "BLOB") == 0 ||
           strcmp(entry->desc, "BLOB METADATA") == 0 ||
           strcmp(entry->desc, "STATISTICS DATA") == 0;
}

static void append_entry(const struct toc_entry *entry, struct buf *out)
{
    AUTO(mem_freep) char *schema = one_line(*entry->schema ? entry->schema : "-");
    AUTO(mem_freep) char *desc = one_line(entry->desc);
    AUTO(mem_freep) char *tag = one_line(entry->tag);
    AUTO(mem_freep) char *owner = one_line(entry->owner);

    buf_printf(out, "%d; %u %u %s %s %s %s\n", entry->dump_id, entry->table_oid, entry->oid,
               desc, schema, tag, owner);
}

void listing_entries(const struct toc *toc, struct buf *out)
{
    for (size_t i = 0; i < toc->count; i++)
        if (is_listed(&toc->entries[i]))
            append_entry(&toc->entries[i], out);
}

/* The archive holds local time without a zone; it is shown as it stands there. */
static void format_created(int64_t created_unix_s, char *out, size_t size)
{
    time_t created = (time_t)created_unix_s;
    struct tm parts;

    if (created_unix_s == 0 || !gmtime_r(&created, &parts) ||
        strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        snprintf(out, size, "[unknown]");
}

void listing_header(const struct toc *toc, struct buf *out)
{
    AUTO(mem_freep) char *database = one_line(toc->database);
    AUTO(mem_freep) char *server_version = one_line(toc->server_version);
    AUTO(mem_freep) char *dump_version = one_line(toc->dump_version);
    char created[64];

    format_created(toc->created_unix_s, created, sizeof(created));
    buf_printf(out, ";\n; Archive created at %s\n", created);
    buf_printf(out, ";     dbname: %s\n;     TOC Entries: %zu\n;     Compression: %s\n",
               database, toc->count, toc_compression_name(toc->compression));
    buf_printf(out, ";     Dump Version: %d.%d-%d\n", toc->version_major, toc->version_minor,
               toc->version_rev);
    buf_printf(out, ";     Format: %s\n;     Integer: %d bytes\n;     Offset: %d bytes\n",
               toc->format, toc->int_size, toc->offset_size);
    if (*server_version)
        buf_printf(out, ";     Dumped from database version: %s\n", server_version);
    if (*dump_version)
        buf_printf(out, ";     Dumped by pg_dump version: %s\n", dump_version);
    buf_printf(out, ";\n;\n; Selected TOC Entries:\n;\n");
}
