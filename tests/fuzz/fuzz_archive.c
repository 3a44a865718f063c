/* tests/fuzz/fuzz_archive.c: the dump reader on hostile bytes.
 *
 * The first byte chooses the format (its value modulo 5) and, above that, into what pieces the
 * rest is cut. Directory: the rest is files, each a name, a zero byte, a length in two bytes,
 * and its bytes. The
 * fifth: the rest is toc.dat.
 */
#include "orchestrator/postgres/dump.h"
#include "orchestrator/postgres/listing.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err *feed(struct dump_reader *reader, const uint8_t *data, size_t len,
                        size_t piece)
{
    for (size_t at = 0; at < len; at += piece)
        PASS(dump_reader_feed(reader, data + at, len - at < piece ? len - at : piece));
    return NULL;
}

static struct err *feed_files(struct dump_reader *reader, const uint8_t *data, size_t len,
                              size_t piece)
{
    while (len > 0) {
        const uint8_t *end = memchr(data, 0, len);
        const char *name = (const char *)data;

        if (!end || len - (size_t)(end - data) < 3)
            return NULL;
        size_t file_len = (size_t)end[1] << 8 | end[2];
        len -= (size_t)(end + 3 - data);
        data = end + 3;
        if (file_len > len)
            file_len = len;
        PASS(dump_reader_member_begin(reader, name));
        PASS(feed(reader, data, file_len, piece));
        PASS(dump_reader_member_end(reader));
        data += file_len;
        len -= file_len;
    }
    return NULL;
}

static struct err *read_as(struct dump_reader *reader, uint8_t choice, const uint8_t *data,
                           size_t size)
{
    static const size_t pieces[] = {1 << 20, 1, 7, 512};
    size_t piece = pieces[choice / 5 % 4];

    switch (choice % 5) {
    case DUMP_DIRECTORY:
        return feed_files(reader, data, size, piece);
    case DUMP_DIRECTORY + 1:
        PASS(dump_reader_member_begin(reader, "toc.dat"));
        PASS(feed(reader, data, size, piece));
        return dump_reader_member_end(reader);
    default:
        return feed(reader, data, size, piece);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(dump_reader_freep) struct dump_reader *reader = NULL;
    AUTO(buf_clear) struct buf listed = BUF_OWN_TEXT;

    if (size == 0)
        return 0;
    int format = data[0] % 5;
    reader = dump_reader_new(
        format > DUMP_DIRECTORY ? DUMP_DIRECTORY : (enum dump_format)format, NULL);
    struct err *e = read_as(reader, data[0], data + 1, size - 1);
    if (!e)
        e = dump_reader_finish(reader);
    err_free(e);
    if (dump_reader_toc(reader)) {
        listing_header(dump_reader_toc(reader), &listed);
        listing_entries(dump_reader_toc(reader), &listed);
    }
    return 0;
}
