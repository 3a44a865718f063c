/* orchestrator/restore/row_stream.h: rows of a database, to be pulled.
 *
 * Layer: orchestrator/restore. A session pushes the bytes of a COPY, a tool pulls its input: in
 * between stand a thread and a pipe, which holds what a pipe holds and no more.
 */
#ifndef PGKEEP_ORCHESTRATOR_RESTORE_ROW_STREAM_H
#define PGKEEP_ORCHESTRATOR_RESTORE_ROW_STREAM_H

#include "orchestrator/session/session.h"

struct row_stream;

struct row_stream_spec {
    struct session_way *way;
    const char *database;
    int server_version_num;
    const struct strv *statements; /* COPY ... TO STDOUT in text format, one after the other */
};

/* What the spec names must outlive the stream. */
MUST_USE struct err *row_stream_open(const struct row_stream_spec *spec,
                                     struct row_stream **out);

/* The next bytes, in the database's own encoding; waits for them. *len 0: all statements ended
 * well. */
MUST_USE struct err *row_stream_read(struct row_stream *stream, uint8_t *data, size_t size,
                                     size_t *len);

/* Rows that were read so far. */
uint64_t row_stream_rows(const struct row_stream *stream);

/* Ends the statement and the session, also in the middle. */
void row_stream_free(struct row_stream *stream);
void row_stream_freep(struct row_stream **stream);

#endif
