#include "orchestrator/proof/verify.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "orchestrator/dump/globals.h"
#include "orchestrator/dump/property_statement.h"
#include "orchestrator/fingerprint/compare.h"
#include "orchestrator/fingerprint/of_dump.h"
#include "orchestrator/proof/verify_rows.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/sealed.h"
#include "orchestrator/restore/dump_feed.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK_BYTES ((size_t)128 << 10)
#define GLOBALS_MAX_BYTES ((size_t)64 << 20) /* as restore/roles.c */

struct verify {
    const struct backup *backup;
    const struct verify_listener *listener;
    struct verify_result *out;
    struct manifest *manifest;
    struct dump_feed *feed;
    bool feed_ended; /* by an error or a file that could not be read */
    bool globals_read;
    struct buf globals;    /* all of globals.sql */
    struct err *unchecked; /* the first thing that could not be judged */
    char *block;
    uint64_t total;
};

static void verify_clear(struct verify *v)
{
    manifest_free(v->manifest);
    dump_feed_free(v->feed);
    buf_clear(&v->globals);
    err_free(v->unchecked);
    free(v->block);
}

static void verify_find(struct verify *v, const char *file, char *text)
{
    struct verify_result *out = v->out;

    out->findings = mem_resize(out->findings, out->finding_count + 1, sizeof(*out->findings));
    out->findings[out->finding_count++] =
        (struct verify_finding){.file = mem_strdup(file), .text = text};
}

/* Takes over `e`: damage becomes a finding, what merely kept us from looking is remembered, and
 * only an interrupt comes back. */
static struct err *judge(struct verify *v, const char *file, struct err *e)
{
    if (!e || e->kind == ERR_INTERRUPTED)
        return e;
    if (e->kind == ERR_PROTOCOL || e->kind == ERR_CUT || e->kind == ERR_BAD_BACKUP) {
        verify_find(v, file, err_text(e));
        err_free(e);
        return NULL;
    }
    if (e->kind == ERR_DENIED)
        e = err_as(e, ERR_IO);
    v->unchecked = err_first(v->unchecked, e);
    return NULL;
}

/* -- the sealed documents -- */

/* *out is NULL where the document could not be parsed. */
static struct err *check_sealed(struct verify *v, const char *name, const char *key,
                                json_t **out)
{
    AUTO(mem_freep) char *path = fs_join(v->backup->path, name);
    AUTO(buf_clear) struct buf text = BUF_INIT(MANIFEST_MAX_BYTES);
    struct err *e = fs_read_file(path, &text);

    if (err_is(e, ERR_NOT_FOUND)) {
        err_free(e);
        verify_find(v, name, mem_strdup("is missing"));
        return NULL;
    }
    if (err_is(e, ERR_TOO_LARGE))
        e = err_as(e, ERR_BAD_BACKUP);
    if (!e)
        e = sealed_parse(buf_text(&text), text.len, key, out);
    return judge(v, name, e);
}

static struct err *check_manifest(struct verify *v)
{
    AUTO(jsonx_freep) json_t *root = NULL;
    const struct manifest *m;

    PASS(check_sealed(v, MANIFEST_NAME, SEALED_MANIFEST_KEY, &root));
    if (!root)
        return NULL;
    PASS(judge(v, MANIFEST_NAME, manifest_from_json(root, &v->manifest)));
    m = v->manifest;
    if (!m)
        return NULL;
    v->total = manifest_stored_bytes(m);
    if (m->globals && !manifest_find_file(m, m->globals))
        verify_find(v, MANIFEST_NAME, mem_printf("does not list %s", m->globals));
    if (m->dump)
        PASS(judge(v, m->dump, dump_feed_new(m, NULL, &v->feed)));
    if (v->feed)
        dump_feed_guard(v->feed);
    return judge(v, MANIFEST_NAME, property_statements_check(&m->database_properties));
}

static struct err *check_proof(struct verify *v)
{
    AUTO(mem_freep) char *path = fs_join(v->backup->path, PROOF_NAME);
    AUTO(jsonx_freep) json_t *root = NULL;

    return fs_exists(path) ? check_sealed(v, PROOF_NAME, SEALED_PROOF_KEY, &root) : NULL;
}

/* -- what nobody listed -- */

static bool has_files_under(const struct manifest *m, const char *folder)
{
    size_t len = strlen(folder);

    for (size_t i = 0; i < m->file_count; i++)
        if (strncmp(m->files[i].name, folder, len) == 0 && m->files[i].name[len] == '/')
            return true;
    return false;
}

static bool is_own(const char *name)
{
    return strcmp(name, MANIFEST_NAME) == 0 || strcmp(name, PROOF_NAME) == 0 ||
           strcmp(name, LAYOUT_PROOF_DRAFT) == 0;
}

static int compare_names(const void *wanted, const void *item)
{
    return strcmp(wanted, *(char *const *)item);
}

static bool is_listed(const struct strv *listed, const char *name)
{
    return listed->len > 0 &&
           bsearch(name, listed->items, listed->len, sizeof(*listed->items), compare_names);
}

/* `under` is "" or a folder of the backup with its slash; `listed` is sorted. */
static struct err *check_added(struct verify *v, const char *under, const struct strv *listed)
{
    AUTO(mem_freep) char *folder = fs_join(v->backup->path, under);
    AUTO(strv_clear) struct strv names = STRV_INIT;

    PASS(interrupt_check());
    PASS(judge(v, under, fs_list_dir(folder, &names)));
    for (size_t i = 0; i < names.len; i++) {
        AUTO(mem_freep) char *name = mem_printf("%s%s", under, names.items[i]);
        AUTO(mem_freep) char *path = fs_join(v->backup->path, name);

        if (is_own(name) || is_listed(listed, name))
            continue;
        if (fs_is_dir(path) && has_files_under(v->manifest, name)) {
            AUTO(mem_freep) char *inner = mem_printf("%s/", name);
            PASS(check_added(v, inner, listed));
            continue;
        }
        verify_find(v, name, mem_strdup("is not in the manifest"));
    }
    return NULL;
}

/* -- one file, read once -- */

static struct err *stop_feed(struct verify *v, const char *file, struct err *e)
{
    if (e)
        v->feed_ended = true;
    return judge(v, file, e);
}

static bool is_globals(const struct verify *v, const struct manifest_file *file)
{
    return v->manifest->globals && strcmp(v->manifest->globals, file->name) == 0;
}

/* Gives the bytes to all who want them. */
static struct err *pass_on(struct verify *v, const struct manifest_file *file, bool is_dump,
                           size_t len)
{
    if (is_dump && !v->feed_ended)
        PASS(stop_feed(v, file->name, dump_feed_bytes(v->feed, v->block, len)));
    if (is_globals(v, file))
        PASS(err_as(buf_append(&v->globals, v->block, len), ERR_BAD_BACKUP));
    v->out->bytes += len;
    if (v->listener && v->listener->on_progress)
        v->listener->on_progress(v->listener->ctx, file->name, v->out->bytes, v->total);
    return interrupt_check();
}

static void compare_file(struct verify *v, const struct manifest_file *file, uint64_t bytes,
                         struct sha256 *sha)
{
    char hex[SHA256_HEX_SIZE];

    sha256_hex(sha, hex);
    if (bytes != file->bytes)
        verify_find(v, file->name,
                    mem_printf("holds %" PRIu64 " bytes, the manifest says %" PRIu64, bytes,
                               file->bytes));
    else if (strcmp(hex, file->sha256) != 0)
        verify_find(v, file->name,
                    mem_printf("its content changed: SHA-256 %.12s..., the manifest says "
                               "%.12s...",
                               hex, file->sha256));
}

static struct err *read_file(struct verify *v, const struct manifest_file *file,
                             const char *path, bool is_dump)
{
    AUTO(fs_closep) int fd = -1;
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    uint64_t bytes = 0;
    size_t len = 0;

    PASS(fs_open_read(path, &fd));
    for (;;) {
        PASS(fs_read(fd, path, v->block, BLOCK_BYTES, &len));
        if (len == 0)
            break;
        bytes += len;
        sha256_add(sha, v->block, len);
        PASS(pass_on(v, file, is_dump, len));
    }
    compare_file(v, file, bytes, sha);
    v->globals_read = v->globals_read || is_globals(v, file);
    return NULL;
}

/* NULL where the file can be read; ERR_BAD_BACKUP where it is not there as a file. */
static struct err *look_at(const char *path)
{
    struct stat st;
    struct err *e = fs_look(path, &st);

    if (err_is(e, ERR_NOT_FOUND)) {
        err_free(e);
        return err_new(ERR_BAD_BACKUP, "is missing");
    }
    PASS(e);
    if (!S_ISREG(st.st_mode))
        return err_new(ERR_BAD_BACKUP, "is not an ordinary file");
    return NULL;
}

static struct err *check_file(struct verify *v, const struct manifest_file *file)
{
    AUTO(mem_freep) char *path = fs_join(v->backup->path, file->name);
    bool is_dump = v->feed && dump_feed_wants(v->feed, file->name);
    struct err *e = look_at(path);

    if (!e && is_dump && !v->feed_ended)
        PASS(stop_feed(v, file->name, dump_feed_begin(v->feed, file->name)));
    if (!e)
        e = read_file(v, file, path, is_dump);
    if (e) { /* what was not read whole says nothing about the dump's end */
        v->feed_ended = v->feed_ended || is_dump;
        return judge(v, file->name, e);
    }
    if (is_dump && !v->feed_ended)
        PASS(stop_feed(v, file->name, dump_feed_end(v->feed)));
    return NULL;
}

static struct err *check_files(struct verify *v)
{
    const struct manifest *m = v->manifest;
    bool has_dump = !m->dump;

    for (size_t i = 0; i < m->file_count; i++)
        if (v->feed && dump_feed_is_first(v->feed, m->files[i].name)) {
            has_dump = true;
            PASS(check_file(v, &m->files[i]));
        }
    for (size_t i = 0; i < m->file_count; i++)
        if (!v->feed || !dump_feed_is_first(v->feed, m->files[i].name))
            PASS(check_file(v, &m->files[i]));
    if (v->feed && !has_dump) {
        verify_find(v, MANIFEST_NAME, mem_printf("does not list the dump %s", m->dump));
        v->feed_ended = true;
    }
    return NULL;
}

/* -- what the files mean -- */

/* The dump against what the source held at the snapshot that it was made from. */
static struct err *check_fingerprint(struct verify *v)
{
    const struct manifest *m = v->manifest;
    AUTO(fingerprint_freep) struct fingerprint *source = NULL;
    AUTO(fingerprint_freep) struct fingerprint *dump = NULL;
    struct comparison comparison = {0};

    if (!m->fingerprint)
        return NULL;
    PASS(judge(v, MANIFEST_NAME, fingerprint_from_json(m->fingerprint, &source)));
    if (!source)
        return NULL;
    dump = fingerprint_of_dump(dump_feed_toc(v->feed), fingerprint_has_owners(&m->selection));
    fingerprint_compare_dump(source, dump, m->selection.len > 0, &comparison);
    for (size_t i = 0; i < comparison.differences.len; i++)
        verify_find(v, m->dump, mem_strdup(comparison.differences.items[i]));
    comparison_clear(&comparison);
    return NULL;
}

static struct err *check_dump(struct verify *v)
{
    AUTO(strv_clear) struct strv differences = STRV_INIT;

    if (!v->feed || v->feed_ended)
        return NULL;
    PASS(stop_feed(v, v->manifest->dump, dump_feed_finish(v->feed)));
    if (v->feed_ended || !dump_feed_toc(v->feed))
        return NULL;
    verify_rows_compare(dump_feed_toc(v->feed), v->manifest, &differences);
    for (size_t i = 0; i < differences.len; i++)
        verify_find(v, v->manifest->dump, mem_strdup(differences.items[i]));
    verify_rows_count(dump_feed_toc(v->feed), &v->out->tables, &v->out->rows);
    v->out->large_objects = toc_large_objects(dump_feed_toc(v->feed));
    return check_fingerprint(v);
}

/* pg_dumpall ends with this comment, an empty comment line and an empty line. */
static bool has_trailer(const struct buf *text)
{
    static const char trailer[] = "\n-- PostgreSQL database cluster dump complete";
    size_t end = text->len;

    while (end > 0 && strchr("-\r\n", text->data[end - 1]))
        end--;
    return end >= sizeof(trailer) - 1 &&
           memcmp(text->data + end - (sizeof(trailer) - 1), trailer, sizeof(trailer) - 1) == 0;
}

static struct err *check_globals(struct verify *v)
{
    const char *file = v->manifest->globals;

    if (!v->globals_read)
        return NULL;
    if (!has_trailer(&v->globals))
        verify_find(v, file, mem_strdup("does not end as pg_dumpall ends its work"));
    else
        return judge(v, file, globals_check(buf_text(&v->globals), v->globals.len));
    return NULL;
}

static struct err *check_all(struct verify *v)
{
    AUTO(strv_clear) struct strv listed = STRV_INIT;

    PASS(check_manifest(v));
    PASS(check_proof(v));
    if (!v->manifest)
        return NULL;
    for (size_t i = 0; i < v->manifest->file_count; i++)
        strv_push(&listed, v->manifest->files[i].name);
    strv_sort(&listed);
    PASS(check_files(v));
    PASS(check_dump(v));
    PASS(check_globals(v));
    return check_added(v, "", &listed);
}

static struct err *verdict(struct verify *v)
{
    const struct verify_result *out = v->out;

    if (out->finding_count == 0)
        return TAKE(v->unchecked);
    if (backup_is_gone(v->backup))
        return err_new(ERR_NOT_FOUND, "backup %s was removed while it was verified",
                       v->backup->id);
    return err_new(ERR_BAD_BACKUP, "backup %s is bad: %s: %s%s", v->backup->id,
                   out->findings[0].file, out->findings[0].text,
                   out->finding_count > 1 ? ", and more" : "");
}

struct err *verify_backup(const struct backup *backup, const struct verify_listener *listener,
                          struct verify_result *out)
{
    AUTO(verify_clear) struct verify v = {
        .backup = backup,
        .listener = listener,
        .out = out,
        .globals = BUF_INIT(GLOBALS_MAX_BYTES),
        .block = mem_new(1, BLOCK_BYTES),
    };
    int64_t started_ms = clock_mono_ms();
    struct err *e;

    *out = (struct verify_result){0};
    e = check_all(&v);
    out->elapsed_ms = clock_mono_ms() - started_ms;
    return e ? e : verdict(&v);
}

void verify_result_clear(struct verify_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++) {
        free(result->findings[i].file);
        free(result->findings[i].text);
    }
    free(result->findings);
    *result = (struct verify_result){0};
}
