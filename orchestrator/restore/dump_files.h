/* orchestrator/restore/dump_files.h: the files of a dump as one stream of bytes.
 *
 * Layer: orchestrator/restore. Reads the dump's file, or its folder's files as a tar; every
 * byte goes through SHA-256 and the dump reader, and at the end is what the manifest promised
 * or an error.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_DUMP_FILES_H
#define PGKEEP_ORCHESTRATOR_RESTORE_DUMP_FILES_H

#include "orchestrator/dump/dump.h"
#include "orchestrator/repository/repository.h"

struct dump_files;

enum dump_files_form {
    DUMP_FILES_RAW, /* the dump itself; plain dumps without their gzip */
    DUMP_FILES_TAR, /* a tar: "dump" or "dump/MEMBER", and "list" if list_text is given */
};

/* `reader` is borrowed. */
MUST_USE struct err *dump_files_open(const struct backup *backup, enum dump_files_form form,
                                     const char *list_text, struct dump_reader *reader,
                                     struct dump_files **out);

/* Next bytes; *len 0 at the end, which means that all checks passed. ERR_BAD_BACKUP names the
 * file that is not what the manifest says. */
MUST_USE struct err *dump_files_read(struct dump_files *files, uint8_t *data, size_t size,
                                     size_t *len);

/* Bytes read from disk so far, and of all the dump's files. */
uint64_t dump_files_done(const struct dump_files *files);
uint64_t dump_files_total(const struct dump_files *files);
void dump_files_free(struct dump_files *files);

#endif
