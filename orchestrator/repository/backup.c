#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/access.h"
#include "orchestrator/repository/layout.h"
#include "orchestrator/repository/rehearsal.h"
#include "orchestrator/repository/repository.h"
#include "orchestrator/repository/sealed.h"
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

void backup_free(struct backup *backup)
{
    if (!backup)
        return;
    free(backup->id);
    free(backup->path);
    free(backup->target);
    free(backup->database_folder);
    free(backup->stamp);
    manifest_free(backup->manifest);
    err_free(backup->error);
    json_decref(backup->proof);
    free(backup);
}

void backup_freep(struct backup **backup)
{
    backup_free(*backup);
    *backup = NULL;
}

/* A damaged proof.json is verify's to name; here it counts as a proof that cannot be told. */
static json_t *load_proof(const char *folder)
{
    AUTO(mem_freep) char *path = fs_join(folder, PROOF_NAME);
    AUTO(buf_clear) struct buf text = BUF_INIT(MANIFEST_MAX_BYTES);
    AUTO(err_freep) struct err *e = NULL;
    json_t *proof = NULL;

    if (!fs_exists(path))
        return NULL;
    e = fs_read_file(path, &text);
    if (!e)
        e = jsonx_parse(buf_text(&text), text.len, &proof);
    return proof ? rehearsal_settle(proof) : json_object();
}

void backup_load(struct backup *backup)
{
    AUTO(mem_freep) char *manifest = fs_join(backup->path, MANIFEST_NAME);

    if (backup->manifest || backup->error)
        return;
    backup->error = access_explain(manifest_load(manifest, &backup->manifest), manifest);
    backup_learn_order(backup);
    backup->proof = load_proof(backup->path);
}

struct err *backup_bad_file(struct err *e)
{
    if (err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_PROTOCOL) || err_is(e, ERR_TOO_LARGE))
        e = err_as(e, ERR_BAD_BACKUP);
    return e;
}

bool backup_is_gone(const struct backup *backup)
{
    return !fs_exists(backup->path);
}

struct err *backup_remove(struct repository *repository, const struct backup *backup)
{
    AUTO(mem_freep) char *copy = mem_strdup(backup->path);
    const char *folder = dirname(copy);
    AUTO(mem_freep) char *removed = layout_removed_path(folder, backup->stamp);
    struct err *e = fs_remove_tree(removed);

    if (!e)
        e = fs_rename_new(backup->path, removed);
    if (!e)
        e = fs_sync_dir(folder);
    if (!e)
        e = fs_remove_tree(removed);
    TRY(access_explain(e, folder), "remove backup %s", backup->id);
    fs_remove_if_empty(folder); /* stays where it holds other backups */
    return NULL;
}

/* What is there is read anew: a test takes long, and another may have ended meanwhile. */
struct err *backup_write_proof(const struct backup *backup, const json_t *proof)
{
    AUTO(mem_freep) char *path = fs_join(backup->path, PROOF_NAME);
    AUTO(jsonx_freep) json_t *stored = load_proof(backup->path);
    AUTO(jsonx_freep) json_t *merged = rehearsal_merge(stored, proof);
    AUTO(mem_freep) char *text = sealed_text(merged, SEALED_PROOF_KEY);

    return access_explain(fs_replace_file(path, text, strlen(text)), path);
}

const char *proof_verdict_name(enum proof_verdict verdict)
{
    static const char *const names[] = {
        [PROOF_NONE] = "-",
        [PROOF_EQUAL] = "equal",
        [PROOF_DIFFERENT] = "different",
        [PROOF_UNPROVEN] = "unproven",
    };

    return names[verdict];
}

enum proof_verdict backup_verdict(const struct backup *backup)
{
    const char *word = jsonx_string(backup->proof, "verdict", "");

    if (!backup->proof)
        return PROOF_NONE;
    for (enum proof_verdict v = PROOF_EQUAL; v <= PROOF_DIFFERENT; v++)
        if (strcmp(word, proof_verdict_name(v)) == 0)
            return v;
    return PROOF_UNPROVEN;
}

bool backup_is_proven(const struct backup *backup)
{
    return backup->manifest && backup_verdict(backup) == PROOF_EQUAL;
}

int64_t backup_restore_ms(const struct backup *backup)
{
    return backup_is_proven(backup) ? jsonx_int(backup->proof, "restore_ms", -1) : -1;
}

int64_t backup_tested_unix_s(const struct backup *backup)
{
    int64_t at = 0;

    return clock_parse_rfc3339(jsonx_string(backup->proof, "tested_at", ""), &at) ? at : 0;
}
