/* Reads the same files in the same way as load.c and roles.c will, so that whatever stops those
 * later stops here first. Archives in the other formats are no scripts: pg_restore sends their
 * statements to the server itself, and psql sees none of them. */
#include "orchestrator/restore/judge.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "orchestrator/dump/globals.h"
#include "orchestrator/dump/plain_guard.h"
#include "orchestrator/dump/property_statement.h"
#include "orchestrator/restore/dump_files.h"
#include <string.h>

#define GLOBALS_MAX_BYTES ((size_t)64 << 20) /* as roles.c */
#define BLOCK_BYTES ((size_t)64 << 10)

static struct err *judge_stream(struct dump_files *files, struct plain_guard *guard)
{
    AUTO(mem_freep) uint8_t *block = mem_new(BLOCK_BYTES, 1);
    size_t len = 0;

    do {
        PASS(interrupt_check());
        PASS(dump_files_read(files, block, BLOCK_BYTES, &len));
        PASS(plain_guard_feed(guard, block, len));
    } while (len > 0);
    return plain_guard_finish(guard);
}

static struct err *judge_plain(const struct backup *backup)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(DUMP_PLAIN, NULL);
    AUTO(plain_guard_freep) struct plain_guard *guard = plain_guard_new();
    struct dump_files *files = NULL;
    struct err *e;

    PASS(dump_files_open(backup, DUMP_FILES_RAW, NULL, reader, &files));
    e = judge_stream(files, guard);
    dump_files_free(files);
    return err_wrap(e, "backup %s: %s", backup->id, backup->manifest->dump);
}

static struct err *judge_globals(const struct backup *backup)
{
    AUTO(buf_clear) struct buf text = BUF_INIT(GLOBALS_MAX_BYTES);
    AUTO(mem_freep) char *path = NULL;

    if (!backup->manifest->globals)
        return NULL;
    path = fs_join(backup->path, backup->manifest->globals);
    PASS(fs_read_file(path, &text));
    TRY(err_as(globals_check(buf_text(&text), text.len), ERR_BAD_BACKUP), "backup %s",
        backup->id);
    return NULL;
}

MUST_USE struct err *judge_backup(const struct backup *backup, bool globals)
{
    const struct manifest *m = backup->manifest;

    TRY(property_statements_check(&m->database_properties), "backup %s", backup->id);
    if (globals)
        PASS(judge_globals(backup));
    if (m->dump && m->dump_format && strcmp(m->dump_format, "plain") == 0)
        return judge_plain(backup);
    return NULL;
}
