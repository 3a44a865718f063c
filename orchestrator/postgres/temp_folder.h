/* orchestrator/postgres/temp_folder.h: a temporary folder in a container, for a tool that needs
 * files.
 *
 * Layer: orchestrator/postgres. pg_dump writes a directory dump nowhere but into a folder, and
 * pg_restore reads one, or a list, from files only. So a shell makes a folder under the
 * container's TMPDIR, runs the tool on it, and removes it whatever happens; a tar goes through
 * the exec. Folders are called NAME.RANDOM.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_TEMP_FOLDER_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_TEMP_FOLDER_H

#include "orchestrator/postgres/server.h"

/* Appends the shell that runs the tool whose words the caller appends next, with one more:
 * --file=FOLDER/dump. Afterwards it writes a tar of that folder's content to standard output.
 * The exit status is the tool's, where it is not 0. */
void temp_folder_dump_argv(const char *name, struct strv *out);

/* Appends the shell that unpacks a tar from standard input and then runs the tool whose words
 * the caller appends next, with FOLDER/dump after them, and --use-list=FOLDER/list before that
 * where the tar has a file "list". The exit status is the tool's. */
void temp_folder_stage_argv(const char *name, struct strv *out);

/* Removes the folders that kill -9 of such a shell has left. Only for who knows that nobody
 * else works under that name. */
MUST_USE struct err *temp_folder_sweep(const struct server *server, const char *name);

#endif
