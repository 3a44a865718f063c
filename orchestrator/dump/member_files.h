/* orchestrator/dump/member_files.h: files of one kind that a dump consists of, by number.
 *
 * Layer: orchestrator/dump, behind members.h. Life: add*, sort once, then find.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_MEMBER_FILES_H
#define PGKEEP_ORCHESTRATOR_DUMP_MEMBER_FILES_H

#include "orchestrator/dump/archive_data.h"

struct member_file {
    uint32_t number; /* dump id or oid */
    bool matched;    /* the table of contents knows it */
    struct archive_data data;
};

/* A large object: there may be millions. */
struct member_object {
    uint64_t raw_bytes, stored_bytes;
    uint32_t oid;
    bool matched;
};

struct member_files { /* all zero is empty */
    struct member_file *items;
    size_t count, size;
};

struct member_objects { /* all zero is empty */
    struct member_object *items;
    size_t count, size;
};

void member_files_add(struct member_files *files, uint32_t number,
                      const struct archive_data *data);
void member_objects_add(struct member_objects *objects, uint32_t oid,
                        const struct archive_data *data);

/* ERR_PROTOCOL: the same file came twice. */
MUST_USE struct err *member_files_sort(struct member_files *files);
MUST_USE struct err *member_objects_sort(struct member_objects *objects);

/* NULL if there is none. */
struct member_file *member_files_find(const struct member_files *files, uint32_t number);
struct member_object *member_objects_find(const struct member_objects *objects, uint32_t oid);

#endif
