/* orchestrator/cli/stored.h: what the commands that only read the repository share.
 *
 * Layer: orchestrator/cli.
 */
#ifndef PGKEEP_ORCHESTRATOR_CLI_STORED_H
#define PGKEEP_ORCHESTRATOR_CLI_STORED_H

#include "orchestrator/repository/repository.h"
#include "orchestrator/settings/settings.h"

/* The repository of the invocation's settings. *out is NULL without an error where the folder
 * is there but still empty: no backup was made yet. */
MUST_USE struct err *stored_open(const struct invocation *invocation, struct repository **out);

/* Names (no manifests) of the backups that "TARGET[/DATABASE]" (NULL: all) means, each
 * database's newest last. ERR_NOT_FOUND with the nearest name where it means none but others
 * are there. Warns of links in a folder's place. `repository` may be NULL. */
MUST_USE struct err *stored_names(struct repository *repository, const char *text,
                                  struct catalogue *out);

/* Warns where a stamp is in the future, or what was taken last has not the latest stamp: the
 * clock went back. The names are those of stored_names. */
void stored_warn_of_clocks(const struct catalogue *names);

/* The one backup that `text` means, its manifest read; ERR_BAD_BACKUP where that is damaged. */
MUST_USE struct err *stored_find(struct repository *repository, const char *text,
                                 struct backup **out);

/* ERR_BAD_BACKUP, named, where its manifest is damaged. */
MUST_USE struct err *stored_good(struct backup *backup);

/* What an argument of a command that reads one backup means, and where it is: in the settings'
 * repository, or, where it is the path of a folder outside of that ("/...", "./...", "../..."),
 * the backup in that folder alone. Where nothing can be written there, and `loss` is not NULL,
 * says what is not done for that reason. *backup is loaded; its error may be set. */
MUST_USE struct err *stored_named(const struct settings *settings, const char *text,
                                  const char *loss, struct repository **repository,
                                  struct backup **backup);

/* {"id", "target", "database", "stamp", ...}: one backup as list and show tell it. */
json_t *stored_json(const struct backup *backup) MUST_USE;

/* "TARGET/DATABASE", as in the id; the caller frees. */
char *stored_database_id(const struct backup *backup) MUST_USE;

/* The database's name as it is in the server, or NULL for globals; the caller frees. */
char *stored_database(const struct backup *backup) MUST_USE;

#endif
