/* orchestrator/dump/archive_field.h: one number or text of an archive, put together from
 * pieces.
 *
 * Layer: orchestrator/dump. Pure. Source: WriteInt, WriteStr in pg_backup_archiver.c: an
 * integer is a sign byte and int_size bytes, least first; a text is its length as an integer
 * (-1: NULL) and its bytes.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_FIELD_H
#define PGKEEP_ORCHESTRATOR_DUMP_ARCHIVE_FIELD_H

#include "base/buf.h"
#include "orchestrator/dump/entry_digest.h"
#include <stdbool.h>
#include <stdint.h>

enum archive_field_kind {
    ARCHIVE_BYTE,
    ARCHIVE_INT,
    ARCHIVE_PLACE,  /* a flag byte and an offset */
    ARCHIVE_TEXT,   /* kept, up to text_max bytes */
    ARCHIVE_SHORT,  /* kept where it is that short, else it passes by */
    ARCHIVE_SKIPPED /* a text of any length that passes by unkept */
};

#define ARCHIVE_FIELD_FIXED_BYTES 16

struct archive_field {
    /* The caller's: */
    enum archive_field_kind kind;
    size_t int_size, offset_size; /* at most 8 */
    size_t text_max;
    struct entry_digest *digest; /* gets a text that passes by unkept; or NULL */

    /* The result: */
    int64_t value;   /* BYTE, INT; a text's length, -1 for NULL; PLACE: the flag */
    uint64_t offset; /* PLACE */
    struct buf text; /* TEXT: valid until the next field */

    /* Inner: */
    uint8_t fixed[ARCHIVE_FIELD_FIXED_BYTES];
    size_t have;
    bool in_text;
    uint64_t text_left;
};

/* Begins a field of that kind. */
void archive_field_begin(struct archive_field *field, enum archive_field_kind kind,
                         size_t text_max);

/* Takes bytes off the front of *data; *done says that the field is whole. ERR_PROTOCOL: no such
 * field can stand there; ERR_TOO_LARGE: a text longer than text_max. */
MUST_USE struct err *archive_field_feed(struct archive_field *field, const uint8_t **data,
                                        size_t *len, bool *done);

/* Whether the text is in `text`: known from its length on. */
bool archive_field_is_kept(const struct archive_field *field);

void archive_field_clear(struct archive_field *field);

#endif
