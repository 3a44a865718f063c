#include "orchestrator/restore/dump_feed.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "orchestrator/dump/plain_guard.h"
#include "orchestrator/stream/decoder.h"
#include <stdlib.h>
#include <string.h>

#define TOC_MEMBER "toc.dat"
#define BLOCK_BYTES ((size_t)64 << 10)

struct dump_feed {
    const char *dump; /* the file's or folder's name, borrowed from the manifest */
    enum dump_format format;
    struct decoder *decoder; /* of a compressed plain dump, else NULL */
    struct dump_reader *reader;
    struct plain_guard *guard; /* or NULL */
};

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), ending_len = strlen(ending);

    return len >= ending_len && strcmp(text + len - ending_len, ending) == 0;
}

/* The archive formats compress inside, and their readers know how. */
static struct decoder *plain_decoder(const char *name)
{
    static const struct {
        const char *ending;
        enum decoder_kind kind;
    } table[] = {{".gz", DECODER_GZIP}, {".zst", DECODER_ZSTD}, {".lz4", DECODER_LZ4}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (ends_with(name, table[i].ending))
            return decoder_new(table[i].kind);
    return NULL;
}

struct err *dump_feed_new(const struct manifest *manifest, const struct dump_listener *listener,
                          struct dump_feed **out)
{
    struct dump_feed *feed;
    enum dump_format format;

    if (!dump_format_parse(manifest->dump_format, &format))
        return err_hint(err_new(ERR_UNSUPPORTED, "dump format %s is unknown to this pgkeep",
                                manifest->dump_format),
                        "use the pgkeep that made the backup, or a newer one");
    feed = mem_new(1, sizeof(*feed));
    feed->dump = manifest->dump;
    feed->format = format;
    feed->decoder = format == DUMP_PLAIN ? plain_decoder(manifest->dump) : NULL;
    feed->reader = dump_reader_new(format, listener);
    *out = feed;
    return NULL;
}

void dump_feed_guard(struct dump_feed *feed)
{
    if (feed->format == DUMP_PLAIN && !feed->guard)
        feed->guard = plain_guard_new();
}

/* The file's name inside the dump's folder, or NULL. */
static const char *member_of(const struct dump_feed *feed, const char *file)
{
    size_t len = strlen(feed->dump);

    return strncmp(file, feed->dump, len) == 0 && file[len] == '/' ? file + len + 1 : NULL;
}

bool dump_feed_wants(const struct dump_feed *feed, const char *file)
{
    if (feed->format == DUMP_DIRECTORY)
        return member_of(feed, file) != NULL;
    return strcmp(file, feed->dump) == 0;
}

bool dump_feed_is_first(const struct dump_feed *feed, const char *file)
{
    const char *member = member_of(feed, file);

    if (feed->format == DUMP_DIRECTORY)
        return member && strcmp(member, TOC_MEMBER) == 0;
    return strcmp(file, feed->dump) == 0;
}

struct err *dump_feed_begin(struct dump_feed *feed, const char *file)
{
    if (feed->format != DUMP_DIRECTORY)
        return NULL;
    return dump_reader_member_begin(feed->reader, member_of(feed, file));
}

static struct err *feed_decoded(void *ctx, const uint8_t *data, size_t len)
{
    struct dump_feed *feed = ctx;

    if (feed->guard)
        PASS(plain_guard_feed(feed->guard, data, len));
    return dump_reader_feed(feed->reader, data, len);
}

struct err *dump_feed_bytes(struct dump_feed *feed, const void *data, size_t len)
{
    if (feed->decoder)
        return decoder_feed(feed->decoder, data, len, feed_decoded, feed);
    return feed_decoded(feed, data, len);
}

struct err *dump_feed_end(struct dump_feed *feed)
{
    if (feed->decoder)
        PASS(decoder_finish(feed->decoder));
    if (feed->format == DUMP_DIRECTORY)
        return dump_reader_member_end(feed->reader);
    return NULL;
}

struct err *dump_feed_finish(struct dump_feed *feed)
{
    PASS(dump_reader_finish(feed->reader));
    return feed->guard ? plain_guard_finish(feed->guard) : NULL;
}

const struct toc *dump_feed_toc(const struct dump_feed *feed)
{
    return dump_reader_toc(feed->reader);
}

void dump_feed_free(struct dump_feed *feed)
{
    if (!feed)
        return;
    decoder_free(feed->decoder);
    dump_reader_free(feed->reader);
    plain_guard_free(feed->guard);
    free(feed);
}

void dump_feed_freep(struct dump_feed **feed)
{
    dump_feed_free(*feed);
    *feed = NULL;
}

/* A plain dump's table of contents grows until the last line. */
static void note_toc(void *ctx, const struct toc *toc)
{
    bool *known = ctx;

    *known = true;
}

static struct err *read_until_toc(const char *path, struct dump_feed *feed, const bool *known)
{
    AUTO(fs_closep) int fd = -1;
    AUTO(mem_freep) char *block = mem_new(1, BLOCK_BYTES);
    size_t len = 0;

    PASS(fs_open_read(path, &fd));
    for (;;) {
        PASS(interrupt_check());
        PASS(fs_read(fd, path, block, BLOCK_BYTES, &len));
        if (len == 0) {
            PASS(dump_feed_end(feed));
            return feed->format == DUMP_PLAIN ? dump_feed_finish(feed) : NULL;
        }
        PASS(dump_feed_bytes(feed, block, len));
        if (*known && feed->format != DUMP_PLAIN)
            return NULL;
    }
}

struct err *dump_feed_read_toc(const char *folder, const struct manifest *manifest,
                               struct dump_feed **out)
{
    bool known = false;
    const struct dump_listener listener = {.on_toc = note_toc, .ctx = &known};
    AUTO(dump_feed_freep) struct dump_feed *feed = NULL;

    PASS(dump_feed_new(manifest, &listener, &feed));
    for (size_t i = 0; i < manifest->file_count; i++) {
        const char *file = manifest->files[i].name;
        AUTO(mem_freep) char *path = fs_join(folder, file);

        if (!dump_feed_is_first(feed, file))
            continue;
        PASS(dump_feed_begin(feed, file));
        TRY(read_until_toc(path, feed, &known), "%s", path);
    }
    if (!dump_feed_toc(feed))
        return err_new(ERR_BAD_BACKUP, "%s/%s: no table of contents found", folder,
                       manifest->dump);
    *out = TAKE(feed);
    return NULL;
}
