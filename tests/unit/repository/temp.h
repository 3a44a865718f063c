/* tests/unit/repository/temp.h: a repository in a folder of its own, gone after the test. */
#ifndef PGKEEP_TESTS_UNIT_REPOSITORY_TEMP_H
#define PGKEEP_TESTS_UNIT_REPOSITORY_TEMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "orchestrator/repository/repository.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct temp {
    char *folder; /* exists */
    char *path;   /* the repository's, in it */
    struct repository *repository;
};

/* Fails the test with the error's own words. */
static inline void must(struct err *e)
{
    if (e) {
        AUTO(mem_freep) char *text = err_text(e);
        print_error("%s\n", text);
        err_free(e);
        fail();
    }
}

/* Checks the kind and that `words` stand in the text or the hint; frees. */
static inline void must_fail(struct err *e, enum err_kind kind, const char *words)
{
    AUTO(err_freep) struct err *owned = e;
    AUTO(mem_freep) char *text = NULL;
    AUTO(mem_freep) char *both = NULL;

    assert_non_null(owned);
    text = err_text(owned);
    both = mem_printf("%s; %s", text, err_hint_of(owned) ? err_hint_of(owned) : "");
    if (owned->kind != kind || !strstr(both, words))
        print_error("kind %d, wanted %d; \"%s\", wanted \"%s\"\n", owned->kind, kind, both,
                    words);
    assert_int_equal(owned->kind, kind);
    assert_non_null(strstr(both, words));
}

static inline int temp_setup(void **state)
{
    struct temp *temp = mem_new(1, sizeof(*temp));
    const char *base = getenv("TMPDIR");

    temp->folder = mem_printf("%s/pgkeep-test-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(temp->folder))
        return -1;
    temp->path = fs_join(temp->folder, "backups");
    must(repository_open(temp->path, true, &temp->repository));
    *state = temp;
    return 0;
}

static inline int temp_teardown(void **state)
{
    struct temp *temp = *state;

    repository_free(temp->repository);
    must(fs_remove_tree(temp->folder));
    free(temp->folder);
    free(temp->path);
    free(temp);
    return 0;
}

static inline void temp_write(const char *folder, const char *name, const void *data,
                              size_t len)
{
    AUTO(mem_freep) char *path = fs_join(folder, name);

    must(fs_remove_tree(path));
    must(fs_write_file(path, data, len));
}

/* Writes the file and lists it in the manifest. */
static inline void temp_add_file(struct manifest *m, const char *folder, const char *name,
                                 const void *data, size_t len)
{
    AUTO(sha256_freep) struct sha256 *sha = sha256_new();
    char hex[SHA256_HEX_SIZE];

    temp_write(folder, name, data, len);
    sha256_add(sha, data, len);
    sha256_hex(sha, hex);
    manifest_add_file(m, name, len, hex);
}

static inline struct manifest *temp_manifest(const char *target, const char *database,
                                             const char *stamp)
{
    struct manifest *m = manifest_new();

    m->target = mem_strdup(target);
    m->database = mem_strdup(database);
    m->stamp = mem_strdup(stamp);
    return m;
}

/* A published backup at just that stamp, with one file and no dump; without a draft, so that
 * the stamp can be chosen. The folder names are taken as they are. */
static inline void temp_backup(const struct temp *temp, const char *target,
                               const char *database, const char *stamp)
{
    AUTO(mem_freep) char *folder =
        mem_printf("%s/%s/%s/%s", temp->path, target, database, stamp);
    AUTO(manifest_freep) struct manifest *m = temp_manifest(target, database, stamp);
    AUTO(mem_freep) char *text = NULL;

    must(fs_make_dirs(folder));
    temp_add_file(m, folder, "data", "12345", 5);
    text = manifest_to_text(m);
    temp_write(folder, MANIFEST_NAME, text, strlen(text));
}

#endif
