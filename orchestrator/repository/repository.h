/* orchestrator/repository/repository.h: the folder that holds backups.
 *
 * Layer: orchestrator/repository (nothing of Docker). Format version 1,
 * docs/repository-format.md:
 *   REPOSITORY/pgkeep.json                     {"format": 1, "id": "random hex"}
 *   REPOSITORY/TARGET/DATABASE/STAMP/          a whole backup, always
 *   REPOSITORY/TARGET/DATABASE/.STAMP.partial/ being made, or left by a crash
 *   REPOSITORY/TARGET/DATABASE/.STAMP.removed/ being removed, or left by a crash
 *   REPOSITORY/TARGET/.lock                    flock: one writer per target
 *   REPOSITORY/.runs/TOKEN                     flock: the run that owns TOKEN lives
 * TARGET and DATABASE are escaped (name.h). Globals-only backups stand under
 * MANIFEST_GLOBALS_FOLDER.
 */
#ifndef PGKEEP_ORCHESTRATOR_REPOSITORY_REPOSITORY_H
#define PGKEEP_ORCHESTRATOR_REPOSITORY_REPOSITORY_H

#include "base/err.h"
#include "base/strv.h"
#include "orchestrator/repository/manifest.h"
#include <stdbool.h>
#include <stdint.h>

struct repository;

/* With create, makes the folder and pgkeep.json where absent. Without, ERR_NOT_FOUND: no
 * folder, or an empty one. A folder that is not empty (lost+found apart) and has no pgkeep.json
 * is refused in both cases: ERR_USAGE with a hint. ERR_UNSUPPORTED: a newer format. */
MUST_USE struct err *repository_open(const char *path, bool create, struct repository **out);
/* One backup's folder by itself, wherever it lies, as if it stood in a repository that is
 * mounted read-only and holds nothing else. ERR_NOT_FOUND: no folder; ERR_USAGE: it has no
 * manifest. */
MUST_USE struct err *repository_open_lone(const char *folder, struct repository **out);
void repository_free(struct repository *repository);
void repository_freep(struct repository **repository);
const char *repository_path(const struct repository *repository);
const char *repository_id(const struct repository *repository);

/* True where it was opened without create and lies on a file system that is mounted read-only,
 * as after a disaster. Then locks are taken only where their files are there, a run has a token
 * but no file, and its marks are of nobody's runs but its own: nothing is swept, and what it
 * leaves when it is killed is left. */
bool repository_is_read_only(const struct repository *repository);

/* True where repository_open_lone opened it: repository_path is the backup's own folder. */
bool repository_is_lone(const struct repository *repository);

/* What a command that only reads needs no more than as a safety (a lock, a run's file) could
 * not be made: where `e` says that the disk is full, and the repository was opened without
 * create, it counts as read-only from here on, which is logged, and NULL is returned; else `e`.
 */
struct err *repository_do_without(struct repository *repository, struct err *e) MUST_USE;

/* A random word for this opening of a repository that is read-only; else NULL. */
const char *repository_reader(const struct repository *repository);

/* -- one writer per target -- */

struct lock;

/* ERR_BUSY: "busy: TARGET is locked by pid 123 on HOST (backup, since ...)". `what` says what
 * the holder does. The lock goes with the process. */
MUST_USE struct err *lock_target(struct repository *repository, const char *target,
                                 const char *what, struct lock **out);
void lock_free(struct lock *lock);
void lock_freep(struct lock **lock);

/* -- owners: is the run that left this still alive? --
 * A run that makes things outside the repository (throwaway containers, databases) marks them
 * with its token; the token's file REPOSITORY/.runs/TOKEN is locked while the run lives. */
struct run_token;
MUST_USE struct err *run_token_new(struct repository *repository, struct run_token **out);
const char *run_token_text(const struct run_token *token); /* lower-case hex */
void run_token_free(struct run_token *token);
void run_token_freep(struct run_token **token);
/* False once the owner is gone (or the token is not of this repository's); never blocks. True
 * where it cannot be told: what may be alive is not swept. */
bool run_token_alive(struct repository *repository, const char *token);

/* -- making a backup -- */

struct draft;

/* Makes TARGET/DATABASE/.STAMP.partial/ for this moment (the next free second if the stamp is
 * taken). A NULL database is a globals-only backup. The caller holds the target's lock. */
MUST_USE struct err *draft_new(struct repository *repository, const char *target,
                               const char *database, struct draft **out);
const char *draft_stamp(const struct draft *draft);
const char *draft_path(const struct draft *draft);
/* For the manifest's "order": greater than that of every backup of the database. */
int64_t draft_order(const struct draft *draft);
/* By how much the clock is behind the latest stamp of the database: it went back meanwhile, or
 * was ahead before; 0: it is not. */
int64_t draft_clock_behind_s(const struct draft *draft);
/* "NAME-STAMP.EXT" (NAME escaped), relative; the caller frees. */
char *draft_dump_name(const struct draft *draft, const char *extension) MUST_USE;

/* Writes manifest.json, fsyncs every file and folder, renames to the final name, fsyncs the
 * parents. A folder that does not hold exactly the manifest's files with their sizes is
 * refused. After an error nothing is visible under the final name. */
MUST_USE struct err *draft_publish(struct draft *draft, const struct manifest *manifest);

/* Removes what is there unless it was published; an error doing so is logged. */
void draft_free(struct draft *draft);
void draft_freep(struct draft **draft);

/* Clears dot names under the target that a crash left; the caller holds the target's lock, so
 * no live run owns them. *removed counts (may be NULL). */
MUST_USE struct err *repository_sweep(struct repository *repository, const char *target,
                                      size_t *removed);

/* -- the catalogue: the manifests themselves -- */

struct backup {
    char *id;   /* TARGET/DATABASE/STAMP, escaped */
    char *path; /* its folder */
    char *target;
    char *database_folder; /* escaped */
    char *stamp;
    int64_t at_unix_s;
    int64_t order;             /* see backup_is_later; 0: not known yet */
    struct manifest *manifest; /* NULL if it could not be read */
    struct err *error;         /* why, then */
    json_t *proof;             /* proof.json (rehearsal.h), or NULL */
};

/* Reads manifest and proof where catalogue_names has left them out. */
void backup_load(struct backup *backup);

/* ERR_BAD_BACKUP instead of what says that one of its files is not there, is no ordinary file,
 * or is larger than it may be; any other error, and NULL, stay. */
struct err *backup_bad_file(struct err *e) MUST_USE;

/* True where its folder is not there any more: pruned away after it was listed. */
bool backup_is_gone(const struct backup *backup);
void backup_free(struct backup *backup);
void backup_freep(struct backup **backup);

struct catalogue {
    struct backup **items; /* by target, database, stamp */
    size_t count;
    /* TARGET or TARGET/DATABASE that are links: never followed, so what lies behind is not
     * among the items. Whoever tells what there is tells these too. */
    struct strv links;
};
void catalogue_clear(struct catalogue *catalogue);

/* Backups that match target and database (each may be NULL: all). A name is taken as the
 * escaped form where a folder is called so, and as the real name otherwise; a caller that has a
 * real name in hand passes name_escape of it. Folders that are not ours are passed over. A
 * backup whose manifest cannot be read is listed with its error. */
MUST_USE struct err *catalogue_load(struct repository *repository, const char *target,
                                    const char *database, struct catalogue *out);

/* The same without manifests and proofs (no manifest, no error), for whoever takes the backups
 * one by one: manifests of many tables are large. */
MUST_USE struct err *catalogue_names(struct repository *repository, const char *target,
                                     const char *database, struct catalogue *out);

/* -- which one is the newest --
 * Of one database, what was taken last is the newest, whatever the clocks said: backups are in
 * the order of the manifest's "order", and then of their stamps. Whatever takes the newest, or
 * keeps the newest, goes by this and not by the stamp. */
#define BACKUP_ORDER_MAX (((int64_t)1 << 53) - 1) /* JSON numbers are exact up to here */

/* Both know their order: they were loaded, or backup_learn_order was called. */
bool backup_is_later(const struct backup *a, const struct backup *b);

/* The order of a backup by its manifest alone; it has a stamp. */
int64_t manifest_order(const struct manifest *manifest);

/* Reads the manifest for its order alone, where that is not known yet. */
void backup_learn_order(struct backup *backup);

/* Brings each database's backups into that order, oldest first. */
void catalogue_sort(struct catalogue *catalogue);

bool backup_same_database(const struct backup *a, const struct backup *b);

/* The newest proven backup of that target and database; borrowed, or NULL. Its age is
 * what would be lost if all else failed, so whatever removes backups never removes this one,
 * however old it is. The backups must be loaded. */
const struct backup *catalogue_newest_proven(const struct catalogue *catalogue,
                                             const char *target, const char *database_folder);

/* The newest backup of that target and database (real name; NULL: globals alone) that was taken
 * before the one of that order, and whose manifest can be read; *out is loaded, or NULL if
 * there is none. */
MUST_USE struct err *catalogue_previous(struct repository *repository, const char *target,
                                        const char *database, int64_t order,
                                        struct backup **out);

/* All backups of that target and database (as above), by name alone. */
MUST_USE struct err *catalogue_of(struct repository *repository, const char *target,
                                  const char *database, struct catalogue *out);

/* The one backup a user means by TARGET/DATABASE[/STAMP|/latest|/proven|/@TIME], which may be
 * written NAME@TIME, or an unambiguous shorter form
 * (TARGET alone where it has one database; a stamp's prefix; a database's name alone where it
 * is unique). @TIME (clock_parse_local) is the last one whose stamp is before it, "proven" the
 * newest that a test found equal. ERR_NOT_FOUND with the nearest names as hint; ERR_USAGE:
 * ambiguous, naming the candidates; ERR_BAD_BACKUP: it would lie behind a link. The
 * repository's path in front is fine. *out is loaded; its error may be set. */
MUST_USE struct err *catalogue_find(struct repository *repository, const char *text,
                                    struct backup **out);

/* Renames to a dot name, then removes. The caller holds the target's lock. */
MUST_USE struct err *backup_remove(struct repository *repository, const struct backup *backup);

/* -- the newest proof, as docs/repository-format.md says -- */

#define PROOF_NAME "proof.json"

enum proof_verdict {
    PROOF_NONE,      /* never tested */
    PROOF_EQUAL,     /* the restored copy is what the backup says */
    PROOF_DIFFERENT, /* it is not */
    PROOF_UNPROVEN,  /* it could not be told */
};

/* Writes a test's proof into proof.json of the backup's folder, beside or in the place of what
 * is there (rehearsal.h); atomically and sealed (sealed.h). ERR_DENIED where
 * that is mounted read-only, too. */
MUST_USE struct err *backup_write_proof(const struct backup *backup, const json_t *proof);

/* A verdict that this version does not know counts as PROOF_UNPROVEN. */
enum proof_verdict backup_verdict(const struct backup *backup);

/* True where the manifest can be read and the newest test's verdict is PROOF_EQUAL. A test that
 * could not be made does not replace a proof, so it takes nothing away; one that found a
 * difference does. */
bool backup_is_proven(const struct backup *backup);

/* How long the restore took that proved it: the measured recovery time. -1: not known. */
int64_t backup_restore_ms(const struct backup *backup);

/* "-", "equal", "different", "unproven": the words of proof.json and of the screen. */
const char *proof_verdict_name(enum proof_verdict verdict);

/* When the newest test ended; 0: never, or unknown. */
int64_t backup_tested_unix_s(const struct backup *backup);

#endif
