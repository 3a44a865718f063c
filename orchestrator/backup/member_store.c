#include "orchestrator/backup/member_store.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/stream/sink.h"
#include "orchestrator/stream/tar.h"
#include <stdlib.h>
#include <string.h>

struct stored {
    char *name;
    struct digest_result digest;
};

struct member_store {
    char *folder;
    struct dump_reader *reader;
    struct tar_parser *parser;
    struct sink *sink; /* of the current file */
    struct digest_result digest;
    char *name;
    struct stored *files;
    size_t count;
};

static bool stays_inside(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static struct err *on_begin(void *ctx, const struct tar_member *member)
{
    struct member_store *store = ctx;
    AUTO(mem_freep) char *path = NULL;
    struct sink *file = NULL;

    if (member->type == TAR_FOLDER) /* "." alone: pg_dump's folder is flat */
        return NULL;
    if (member->type != TAR_FILE || !stays_inside(member->name))
        return err_new(ERR_PROTOCOL, "unexpected member \"%s\" in the dump's folder",
                       member->name);
    path = fs_join(store->folder, member->name);
    mem_replace(&store->name, member->name);
    PASS(dump_reader_member_begin(store->reader, member->name));
    PASS(file_sink_new(path, &file));
    store->sink = digest_sink_new(&store->digest, file);
    return NULL;
}

static struct err *on_data(void *ctx, const uint8_t *data, size_t len)
{
    struct member_store *store = ctx;

    TRY(dump_reader_feed(store->reader, data, len), "the dump is damaged in %s", store->name);
    return sink_write(store->sink, data, len);
}

static struct err *on_end(void *ctx)
{
    struct member_store *store = ctx;

    if (!store->sink)
        return NULL;
    TRY(dump_reader_member_end(store->reader), "the dump is damaged in %s", store->name);
    PASS(sink_finish(store->sink));
    sink_dropp(&store->sink);
    store->files = mem_resize(store->files, store->count + 1, sizeof(*store->files));
    store->files[store->count++] =
        (struct stored){.name = TAKE(store->name), .digest = store->digest};
    return NULL;
}

MUST_USE struct err *member_store_new(const char *folder, struct dump_reader *reader,
                                      struct member_store **out)
{
    struct member_store *store;

    PASS(fs_make_dir(folder));
    store = mem_new(1, sizeof(*store));
    store->folder = mem_strdup(folder);
    store->reader = reader;
    store->parser = tar_parser_new(&(struct tar_handler){
        .on_begin = on_begin, .on_data = on_data, .on_end = on_end, .ctx = store});
    *out = store;
    return NULL;
}

MUST_USE struct err *member_store_feed(struct member_store *store, const uint8_t *data,
                                       size_t len)
{
    return tar_parser_feed(store->parser, data, len);
}

static int by_name(const void *a, const void *b)
{
    const struct stored *x = a;
    const struct stored *y = b;

    return strcmp(x->name, y->name);
}

MUST_USE struct err *member_store_finish(struct member_store *store, const char *name,
                                         struct manifest *manifest)
{
    TRY(tar_parser_finish(store->parser), "the tar of the dump's folder");
    if (store->count > 1)
        qsort(store->files, store->count, sizeof(*store->files), by_name);
    for (size_t i = 0; i < store->count; i++) {
        const struct stored *file = &store->files[i];
        AUTO(mem_freep) char *full = fs_join(name, file->name);

        manifest_add_file(manifest, full, file->digest.bytes, file->digest.sha256);
    }
    return NULL;
}

void member_store_free(struct member_store *store)
{
    if (!store)
        return;
    sink_drop(store->sink);
    tar_parser_free(store->parser);
    for (size_t i = 0; i < store->count; i++)
        free(store->files[i].name);
    free(store->files);
    free(store->name);
    free(store->folder);
    free(store);
}
