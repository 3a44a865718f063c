/* orchestrator/stream/tar.h: tar archives as they pass, and made on the fly.
 *
 * Layer: orchestrator/stream. Pure. Source: POSIX ustar, GNU long names ('L', 'K') and base-256
 * sizes, pax headers ('x', 'g': path and size honoured). PostgreSQL's pg_dump -Ft, GNU tar,
 * busybox tar and the Docker Engine write these.
 */
#ifndef PGKEEP_ORCHESTRATOR_STREAM_TAR_H
#define PGKEEP_ORCHESTRATOR_STREAM_TAR_H

#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAR_BLOCK_BYTES 512

enum tar_type { TAR_FILE, TAR_FOLDER, TAR_OTHER };

struct tar_member {
    /* As stored, "./" at the front removed; valid during the call. An archive is a stranger's
     * word: a name that is empty, absolute or holds ".." comes as it is, and whoever makes
     * files of it must refuse it. */
    const char *name;
    enum tar_type type;
    uint64_t size_bytes;
};

/* on_data is called for files only. An error from a callback ends the parse and is returned. */
struct tar_handler {
    struct err *(*on_begin)(void *ctx, const struct tar_member *member);
    struct err *(*on_data)(void *ctx, const uint8_t *data, size_t len);
    struct err *(*on_end)(void *ctx);
    void *ctx;
};

struct tar_parser;

struct tar_parser *tar_parser_new(const struct tar_handler *handler) MUST_USE;

/* ERR_PROTOCOL: a header's checksum is wrong, a size makes no sense, data after the end blocks
 * that is not zero, ... with the byte position. */
MUST_USE struct err *tar_parser_feed(struct tar_parser *parser, const void *data, size_t len);

/* ERR_CUT unless two zero blocks ended the archive. */
MUST_USE struct err *tar_parser_finish(struct tar_parser *parser);
void tar_parser_free(struct tar_parser *parser);
void tar_parser_freep(struct tar_parser **parser);

/* Writing: fills one header block (ustar; sizes above 8 GiB in base-256) for a name of at most
 * 100 bytes; `mode` such as 0600. After a file's bytes come tar_padding(size) zero bytes; the
 * archive ends with two zero blocks. ERR_TOO_LARGE: the name does not fit. */
MUST_USE struct err *tar_header(const char *name, enum tar_type type, unsigned int mode,
                                uint64_t size_bytes, uint8_t out[TAR_BLOCK_BYTES]);
size_t tar_padding(uint64_t size_bytes);

#endif
