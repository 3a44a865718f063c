/* tests/fuzz/fuzz_archive.c: the dump reader on hostile bytes, in all four formats.
 *
 * Input: a byte that chooses the format, the pieces (fuzz.h), two bytes for where a complete
 * dump is damaged, then the dump. A directory is its files one after the other: name, a zero
 * byte, the length in two bytes, the bytes. MADE_TAR is such a row of files too, of which a tar
 * archive is made, because a checksum is no obstacle to whoever forges one: the first byte of a
 * name is the type, with its high bit set where the size is written in base 256.
 */
#include "orchestrator/dump/dump.h"
#include "orchestrator/dump/listing.h"
#include "orchestrator/stream/tar.h"
#include "tests/fuzz/fuzz.h"

enum mode { CUSTOM, PLAIN, TAR, DIRECTORY, TOC_ALONE, MADE_TAR, MODE_COUNT };

#define HEADER_BYTES (1 + FUZZ_PIECES_BYTES + 2)

/* What a reader may allocate at most: so much in any case, a multiple of the dump for what it
 * remembers of it, and what a compression's format asks for (see stream/decoder.h for zstd; two
 * of lz4's largest blocks). */
#define HEAP_MAX_BYTES ((size_t)1 << 20)
#define HEAP_MAX_TIMES 64
#define ZSTD_MAX_BYTES ((size_t)130 << 20)
#define LZ4_MAX_BYTES ((size_t)9 << 20)

#define MADE_TAR_MAX_BYTES ((size_t)256 << 10)
#define HEADER_LINES_MAX 15 /* of a listing */

struct dump {
    enum mode mode;
    const uint8_t *data;
    size_t len;
};

/* What is done to a directory's files. */
enum change { AS_IS, WITHOUT_FILE, FILE_CUT };

struct damage { /* all zero: none */
    enum change change;
    size_t file; /* its number */
    size_t len;  /* FILE_CUT: what is left of it */
};

struct file {
    const char *name;
    const uint8_t *data;
    size_t len;
};

/* What a reader said of a dump. */
struct reading {
    bool complete;
    enum err_kind kind; /* of the error, unless complete */
    bool has_toc;
    size_t entries;
    uint64_t contents; /* digest of the table of contents, rows included */
    uint64_t heard;    /* digest of what the listener was told */
    uint64_t raw_bytes;
};

static void on_toc(void *ctx, const struct toc *toc)
{
    fuzz_digest_number(ctx, toc->count);
}

static void on_entry(void *ctx, const struct toc_entry *entry, size_t number, size_t total)
{
    fuzz_digest_number(ctx, (uint64_t)entry->dump_id);
    fuzz_digest_text(ctx, entry->tag);
    fuzz_digest_number(ctx, number);
    fuzz_digest_number(ctx, total);
}

static struct err *feed_reader(void *ctx, const uint8_t *data, size_t len)
{
    return dump_reader_feed(ctx, data, len);
}

/* Takes the next file off a directory; a length that is too large means all that is left. */
static bool next_file(struct dump *dump, struct file *out)
{
    const uint8_t *end = memchr(dump->data, 0, dump->len);

    if (!end || dump->len - (size_t)(end - dump->data) < 3)
        return false;
    out->name = (const char *)dump->data;
    out->data = end + 3;
    out->len = (size_t)end[1] << 8 | end[2];
    dump->len -= (size_t)(out->data - dump->data);
    if (out->len > dump->len)
        out->len = dump->len;
    dump->data = out->data + out->len;
    dump->len -= out->len;
    return true;
}

static struct err *feed_file(struct dump_reader *reader, const struct file *file,
                             struct fuzz_pieces *pieces)
{
    PASS(dump_reader_member_begin(reader, file->name));
    PASS(fuzz_feed(pieces, file->data, file->len, feed_reader, reader));
    return dump_reader_member_end(reader);
}

static struct err *feed_files(struct dump_reader *reader, struct dump dump,
                              struct fuzz_pieces *pieces, const struct damage *damage)
{
    struct file file;

    for (size_t i = 0; dump.len > 0 && next_file(&dump, &file); i++) {
        if (damage->change == WITHOUT_FILE && damage->file == i)
            continue;
        if (damage->change == FILE_CUT && damage->file == i)
            file.len = damage->len;
        PASS(feed_file(reader, &file, pieces));
    }
    return NULL;
}

static struct err *feed_dump(struct dump_reader *reader, const struct dump *dump,
                             struct fuzz_pieces *pieces, const struct damage *damage)
{
    const struct file toc = {"toc.dat", dump->data, dump->len};

    if (dump->mode == DIRECTORY)
        return feed_files(reader, *dump, pieces, damage);
    if (dump->mode == TOC_ALONE)
        return feed_file(reader, &toc, pieces);
    return fuzz_feed(pieces, dump->data, dump->len, feed_reader, reader);
}

static enum dump_format format_of(enum mode mode)
{
    static const enum dump_format formats[MODE_COUNT] = {
        [CUSTOM] = DUMP_CUSTOM,       [PLAIN] = DUMP_PLAIN,         [TAR] = DUMP_TAR,
        [DIRECTORY] = DUMP_DIRECTORY, [TOC_ALONE] = DUMP_DIRECTORY, [MADE_TAR] = DUMP_TAR,
    };

    return formats[mode];
}

static void digest_entry(uint64_t *digest, const struct toc_entry *entry)
{
    fuzz_digest_number(digest, (uint64_t)entry->dump_id);
    fuzz_digest_text(digest, entry->tag);
    fuzz_digest_text(digest, entry->desc);
    fuzz_digest_text(digest, entry->schema);
    fuzz_digest_text(digest, entry->owner);
    fuzz_digest_text(digest, entry->definition);
    fuzz_digest_text(digest, entry->copy_statement);
    fuzz_digest_text(digest, entry->file);
    fuzz_digest_number(digest, entry->rows_known);
    fuzz_digest_number(digest, entry->rows);
    fuzz_digest_number(digest, entry->raw_bytes);
    fuzz_digest_number(digest, entry->stored_bytes);
}

/* What a complete dump says of itself must fit together. */
static void check_entry(const struct toc_entry *entry)
{
    FUZZ_CHECK(entry->has_data == entry->data_seen);
    if (!entry->has_data)
        FUZZ_CHECK(entry->rows == 0 && entry->raw_bytes == 0 && entry->stored_bytes == 0);
    if (entry->rows_known)
        FUZZ_CHECK(entry->copy_statement && entry->rows <= entry->raw_bytes);
}

/* Compressed data may be stored in fewer bytes than it has, never in more than there were. */
static void check_toc(const struct toc *toc, size_t dump_len)
{
    uint64_t stored_bytes = 0;

    for (size_t i = 0; i < toc->count; i++) {
        check_entry(&toc->entries[i]);
        stored_bytes += toc->entries[i].stored_bytes;
    }
    FUZZ_CHECK(stored_bytes <= dump_len);
}

static size_t lines_of(const struct buf *text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    return lines;
}

/* As pg_restore -l: nothing that stands in a dump can begin a line of its own. */
static void check_listing(const struct toc *toc)
{
    AUTO(buf_clear) struct buf header = BUF_OWN_TEXT;

    listing_header(toc, &header);
    FUZZ_CHECK(lines_of(&header) <= HEADER_LINES_MAX);
    for (size_t i = 0; i < toc->count; i++) {
        AUTO(buf_clear) struct buf listed = BUF_OWN_TEXT;
        const struct toc one = {.entries = &toc->entries[i], .count = 1};

        listing_entries(&one, &listed);
        FUZZ_CHECK(lines_of(&listed) <= 1);
    }
}

static bool holds(const struct dump *dump, const char *bytes, size_t len)
{
    return dump->len > 0 && memmem(dump->data, dump->len, bytes, len) != NULL;
}

/* A table of contents that is compressed, which pg_dump never does but pg_restore reads, may
 * take more: it is remembered. */
static bool may_grow(const struct dump *dump)
{
    return dump->mode == DIRECTORY && (holds(dump, "toc.dat.", 8) || holds(dump, ".toc.", 5));
}

static void check_heap(const struct dump *dump, size_t before)
{
    size_t now = fuzz_heap();
    size_t most = HEAP_MAX_BYTES + HEAP_MAX_TIMES * dump->len;

    if (now <= before || now - before <= most || may_grow(dump))
        return;
    if (holds(dump, "\x28\xb5\x2f\xfd", 4))
        most += ZSTD_MAX_BYTES;
    if (holds(dump, "\x04\x22\x4d\x18", 4))
        most += LZ4_MAX_BYTES;
    FUZZ_CHECK(now - before <= most);
}

static void take_toc(struct reading *reading, const struct toc *toc, size_t dump_len)
{
    reading->has_toc = true;
    reading->entries = toc->count;
    for (size_t i = 0; i < toc->count; i++)
        digest_entry(&reading->contents, &toc->entries[i]);
    if (reading->complete) {
        check_toc(toc, dump_len);
        check_listing(toc);
    }
}

static struct reading read_dump(const struct dump *dump, struct fuzz_pieces pieces,
                                const struct damage *damage)
{
    struct reading reading = {.contents = FUZZ_DIGEST_START, .heard = FUZZ_DIGEST_START};
    struct dump_listener listener = {on_toc, on_entry, &reading.heard};
    size_t heap = fuzz_heap();
    AUTO(dump_reader_freep)
    struct dump_reader *reader = dump_reader_new(format_of(dump->mode), &listener);
    AUTO(err_freep) struct err *e = feed_dump(reader, dump, &pieces, damage);

    check_heap(dump, heap);
    if (!e)
        e = dump_reader_finish(reader);
    reading.complete = e == NULL;
    if (e)
        reading.kind = e->kind;
    if (dump_reader_toc(reader))
        take_toc(&reading, dump_reader_toc(reader), dump->len);
    reading.raw_bytes = dump_reader_raw_bytes(reader);
    return reading;
}

static bool is_complete(const struct dump *dump, const struct damage *damage)
{
    return read_dump(dump, (struct fuzz_pieces){0}, damage).complete;
}

/* What of damaged data a decoder still hands out depends on the pieces, and a toc.dat may come
 * compressed: so a directory that is not complete may be refused for another reason. */
static void compare(const struct reading *whole, const struct reading *pieces, enum mode mode)
{
    FUZZ_CHECK(whole->complete == pieces->complete);
    if (!whole->complete && mode == DIRECTORY)
        return;
    FUZZ_CHECK(whole->kind == pieces->kind);
    FUZZ_CHECK(whole->has_toc == pieces->has_toc && whole->entries == pieces->entries);
    FUZZ_CHECK(whole->heard == pieces->heard);
    if (!whole->complete)
        return;
    FUZZ_CHECK(whole->contents == pieces->contents);
    FUZZ_CHECK(whole->raw_bytes == pieces->raw_bytes);
}

/* Only zero blocks may stand behind a tar archive's end, and they may be missing. SQL has no
 * end of its own, so one dump behind another begins with a complete one. */
static bool may_end_at(const struct dump *dump, size_t len)
{
    static const char trailer[] = "-- PostgreSQL database dump complete";
    const struct dump head = {.data = dump->data, .len = len};
    const struct dump tail = {.data = dump->data + len, .len = dump->len - len};

    if (dump->mode == PLAIN)
        return holds(&head, trailer, sizeof(trailer) - 1) &&
               holds(&tail, trailer, sizeof(trailer) - 1);
    if (dump->mode != TAR)
        return false;
    for (size_t i = 0; i < tail.len; i++)
        if (tail.data[i])
            return false;
    return true;
}

static void check_cut(const struct dump *dump, size_t len)
{
    const struct dump cut = {dump->mode, dump->data, len};

    if (!may_end_at(dump, len))
        FUZZ_CHECK(!is_complete(&cut, &(struct damage){0}));
}

static void check_longer(const struct dump *dump)
{
    AUTO(mem_freep) uint8_t *data = mem_new(dump->len + 1, 1);
    const struct dump longer = {dump->mode, data, dump->len + 1};

    memcpy(data, dump->data, dump->len);
    data[dump->len] = 1;
    FUZZ_CHECK(!is_complete(&longer, &(struct damage){0}));
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), ending_len = strlen(ending);

    return len >= ending_len && strcmp(name + len - ending_len, ending) == 0;
}

/* Rows and large objects without compression do not always show that they were cut, and gzip
 * files are a row of streams: members.h. An empty large object is an empty file. */
static bool shows_its_end(const struct file *file, size_t len)
{
    if (ends_with(file->name, ".lz4") || ends_with(file->name, ".zst"))
        return len > 0 || strncmp(file->name, "blob_", 5) != 0;
    return ends_with(file->name, "toc.dat") || ends_with(file->name, ".toc");
}

/* A directory without one of its files is not complete, nor with one that ends early. */
static void check_files(const struct dump *dump, size_t at)
{
    struct dump rest = *dump;
    struct file file;
    size_t count = 0;

    while (rest.len > 0 && next_file(&rest, &file))
        count++;
    if (count == 0)
        return;
    const size_t number = at % count;
    rest = *dump;
    for (size_t i = 0; i <= number; i++)
        (void)next_file(&rest, &file);
    FUZZ_CHECK(!is_complete(dump, &(struct damage){WITHOUT_FILE, number, 0}));
    if (file.len == 0)
        return;
    const size_t len = at / count % file.len;
    if (shows_its_end(&file, len))
        FUZZ_CHECK(!is_complete(dump, &(struct damage){FILE_CUT, number, len}));
}

/* The header that tar_header makes, but for the type and the way the size is written. */
static void put_header(struct buf *tar, const struct file *file)
{
    uint8_t type = (uint8_t)file->name[0];
    uint8_t block[TAR_BLOCK_BYTES];
    unsigned int sum = 0;

    err_free(tar_header("x", TAR_FILE, 0600, file->len, block));
    memset(block, 0, 100);
    memcpy(block, file->name + 1, strnlen(file->name + 1, 100));
    if (type & 0x80) {
        memset(block + 124, 0, 12);
        block[124] = 0x80;
        block[134] = (uint8_t)(file->len >> 8);
        block[135] = (uint8_t)file->len;
    }
    block[156] = type & 0x7f;
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < sizeof(block); i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
    err_free(buf_append(tar, block, sizeof(block)));
}

/* Past its cap the archive is left as it is: cut. */
static void make_tar(struct dump files, struct buf *tar)
{
    static const uint8_t zeros[2 * TAR_BLOCK_BYTES];
    struct file file;

    while (files.len > 0 && next_file(&files, &file) && file.name[0]) {
        put_header(tar, &file);
        err_free(buf_append(tar, file.data, file.len));
        err_free(buf_append(tar, zeros, tar_padding(file.len)));
    }
    err_free(buf_append(tar, zeros, sizeof(zeros)));
}

static void check_dump(const struct dump *dump, struct fuzz_pieces cut, size_t at)
{
    const struct damage none = {0};
    struct reading whole = read_dump(dump, (struct fuzz_pieces){0}, &none);
    struct reading pieces = read_dump(dump, cut, &none);

    compare(&whole, &pieces, dump->mode);
    if (!whole.complete)
        return;
    FUZZ_CHECK(dump->len > 0);
    if (dump->mode == DIRECTORY) {
        check_files(dump, at);
        return;
    }
    check_cut(dump, at % dump->len);
    check_cut(dump, dump->len - 1);
    check_longer(dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(buf_clear) struct buf tar = BUF_INIT(MADE_TAR_MAX_BYTES);
    struct dump dump;
    size_t at;

    if (size < HEADER_BYTES)
        return 0;
    dump = (struct dump){data[0] % MODE_COUNT, data + HEADER_BYTES, size - HEADER_BYTES};
    at = (size_t)data[HEADER_BYTES - 2] << 8 | data[HEADER_BYTES - 1];
    if (dump.mode == MADE_TAR) {
        make_tar(dump, &tar);
        dump = (struct dump){TAR, (const uint8_t *)buf_text(&tar), tar.len};
    }
    check_dump(&dump, fuzz_pieces_of(data + 1), at);
    return 0;
}
