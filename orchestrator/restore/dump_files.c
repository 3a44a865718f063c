#include "orchestrator/restore/dump_files.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/stream/decoder.h"
#include "orchestrator/stream/tar.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)128 << 10)

struct dump_files {
    const struct backup *backup;
    enum dump_files_form form;
    char *list_text; /* still to send, or NULL */
    struct dump_reader *reader;
    bool folder;

    size_t *files; /* indexes into the manifest's files */
    size_t count;
    size_t at; /* the current file */
    int fd;
    char *path;
    struct sha256 *sha;
    uint64_t file_bytes;
    struct decoder *decoder; /* gzip of a plain dump in RAW form */

    struct buf pending; /* made, not yet read */
    uint8_t *block;
    bool tar_ended;
    bool ended;
    uint64_t done, total;
};

static const struct manifest_file *current(const struct dump_files *files)
{
    return &files->backup->manifest->files[files->files[files->at]];
}

/* The dump is one file, or every file below its folder: which of them, its format says. A file
 * of the other kind is none of the dump's. */
static void choose(struct dump_files *files)
{
    const struct manifest *m = files->backup->manifest;
    size_t len = strlen(m->dump);

    files->folder = m->dump_format && strcmp(m->dump_format, "directory") == 0;
    files->files = mem_new(m->file_count, sizeof(*files->files));
    for (size_t i = 0; i < m->file_count; i++) {
        const char *name = m->files[i].name;

        if (strncmp(name, m->dump, len) != 0 || name[len] != (files->folder ? '/' : '\0'))
            continue;
        files->files[files->count++] = i;
        files->total = units_add(files->total, m->files[i].bytes);
        if (strcmp(name + len, "/toc.dat") == 0) { /* first, so that contents are known early */
            files->files[files->count - 1] = files->files[0];
            files->files[0] = i;
        }
    }
}

static bool ends_in(const char *name, const char *ending)
{
    size_t len = strlen(name), end = strlen(ending);

    return len >= end && strcmp(name + len - end, ending) == 0;
}

MUST_USE struct err *dump_files_open(const struct backup *backup, enum dump_files_form form,
                                     const char *list_text, struct dump_reader *reader,
                                     struct dump_files **out)
{
    struct dump_files *files;

    *out = NULL;
    if (!backup->manifest->dump)
        return err_new(ERR_USAGE, "backup %s holds only globals, no dump", backup->id);
    files = mem_new(1, sizeof(*files));
    files->backup = backup;
    files->form = form;
    files->list_text = mem_strdup(list_text);
    files->reader = reader;
    files->fd = -1;
    files->pending = (struct buf)BUF_INIT((size_t)8 << 20);
    files->block = mem_new(BLOCK_BYTES, 1);
    choose(files);
    if (form == DUMP_FILES_RAW && ends_in(backup->manifest->dump, ".gz"))
        files->decoder = decoder_new(DECODER_GZIP);
    *out = files;
    if (files->count > 0)
        return NULL;
    dump_files_free(files);
    *out = NULL;
    return err_new(ERR_BAD_BACKUP, "backup %s: the manifest names no file of the dump %s",
                   backup->id, backup->manifest->dump);
}

void dump_files_free(struct dump_files *files)
{
    if (!files)
        return;
    fs_closep(&files->fd);
    sha256_free(files->sha);
    decoder_free(files->decoder);
    buf_clear(&files->pending);
    free(files->block);
    free(files->list_text);
    free(files->files);
    free(files->path);
    free(files);
}

uint64_t dump_files_done(const struct dump_files *files)
{
    return files->done;
}

uint64_t dump_files_total(const struct dump_files *files)
{
    return files->total;
}

/* -- one file -- */

static struct err *bad(const struct dump_files *files, const char *why)
{
    return err_hint(err_new(ERR_BAD_BACKUP, "%s: %s", files->path, why),
                    "pgkeep verify %s names everything that is wrong with it",
                    files->backup->id);
}

static struct err *add_tar_header(struct dump_files *files, const char *name, uint64_t bytes)
{
    uint8_t header[TAR_BLOCK_BYTES];

    PASS(tar_header(name, TAR_FILE, 0600, bytes, header));
    return buf_append(&files->pending, header, sizeof(header));
}

static struct err *add_padding(struct dump_files *files, uint64_t bytes)
{
    static const uint8_t zeros[2 * TAR_BLOCK_BYTES];

    return buf_append(&files->pending, zeros, tar_padding(bytes));
}

static struct err *begin_file(struct dump_files *files)
{
    const struct manifest_file *file = current(files);
    const char *member = file->name + strlen(files->backup->manifest->dump);

    free(files->path);
    files->path = fs_join(files->backup->path, file->name);
    PASS(backup_bad_file(fs_open_read(files->path, &files->fd)));
    files->sha = sha256_new();
    files->file_bytes = 0;
    if (files->folder)
        PASS(dump_reader_member_begin(files->reader, member + 1));
    if (files->form == DUMP_FILES_TAR) {
        AUTO(mem_freep) char *name = mem_printf("dump%s", member);
        PASS(add_tar_header(files, name, file->bytes));
    }
    return NULL;
}

static struct err *end_file(struct dump_files *files)
{
    const struct manifest_file *file = current(files);
    char hex[SHA256_HEX_SIZE];

    sha256_hex(files->sha, hex);
    sha256_free(TAKE(files->sha));
    fs_closep(&files->fd);
    if (files->file_bytes != file->bytes)
        return bad(files, "its size is not what the manifest says");
    if (strcmp(hex, file->sha256) != 0)
        return bad(files, "its SHA-256 is not what the manifest says");
    if (files->decoder)
        TRY(err_as(decoder_finish(files->decoder), ERR_BAD_BACKUP), "%s", files->path);
    if (files->folder)
        TRY(err_as(dump_reader_member_end(files->reader), ERR_BAD_BACKUP), "%s", files->path);
    if (files->form == DUMP_FILES_TAR)
        PASS(add_padding(files, file->bytes));
    files->at++;
    return NULL;
}

static struct err *decoded(void *ctx, const uint8_t *data, size_t len)
{
    struct dump_files *files = ctx;

    TRY(err_as(dump_reader_feed(files->reader, data, len), ERR_BAD_BACKUP), "%s", files->path);
    return buf_append(&files->pending, data, len);
}

/* A gzip block of text may unpack a thousandfold, so it is fed in small pieces. */
#define GZIP_PIECE_BYTES ((size_t)4 << 10)

static struct err *read_block(struct dump_files *files)
{
    size_t len = 0;

    PASS(fs_read(files->fd, files->path, files->block,
                 files->decoder ? GZIP_PIECE_BYTES : BLOCK_BYTES, &len));
    if (len == 0)
        return end_file(files);
    files->done += len;
    files->file_bytes += len;
    if (files->file_bytes > current(files)->bytes)
        return bad(files, "it is longer than the manifest says");
    sha256_add(files->sha, files->block, len);
    if (!files->decoder)
        return decoded(files, files->block, len);
    return decoder_feed(files->decoder, files->block, len, decoded, files);
}

/* -- the stream -- */

static struct err *add_list(struct dump_files *files)
{
    size_t len = strlen(files->list_text);

    PASS(add_tar_header(files, "list", len));
    PASS(buf_append(&files->pending, files->list_text, len));
    PASS(add_padding(files, len));
    mem_freep(&files->list_text);
    return NULL;
}

static struct err *end_all(struct dump_files *files)
{
    static const uint8_t zeros[2 * TAR_BLOCK_BYTES];

    if (files->form == DUMP_FILES_TAR && !files->tar_ended) {
        files->tar_ended = true;
        return buf_append(&files->pending, zeros, sizeof(zeros));
    }
    TRY(err_as(dump_reader_finish(files->reader), ERR_BAD_BACKUP), "%s", files->path);
    files->ended = true;
    return NULL;
}

static struct err *make_more(struct dump_files *files)
{
    if (files->form == DUMP_FILES_TAR && files->list_text)
        return add_list(files);
    if (files->at == files->count)
        return end_all(files);
    if (files->fd < 0)
        PASS(begin_file(files));
    return read_block(files);
}

MUST_USE struct err *dump_files_read(struct dump_files *files, uint8_t *data, size_t size,
                                     size_t *len)
{
    while (files->pending.len == 0 && !files->ended)
        PASS(make_more(files));
    *len = files->pending.len < size ? files->pending.len : size;
    if (*len > 0)
        memcpy(data, files->pending.data, *len);
    buf_consume(&files->pending, *len);
    return NULL;
}
