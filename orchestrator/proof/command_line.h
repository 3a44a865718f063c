/* orchestrator/proof/command_line.h: the source's command line, made fit for a throwaway.
 *
 * Layer: orchestrator/proof. Pure. What the server was started with stays
 * (shared_preload_libraries above all); what points at the source's own files, archives or
 * peers is left out, with a note.
 */
#ifndef PGKEEP_ORCHESTRATOR_PROOF_COMMAND_LINE_H
#define PGKEEP_ORCHESTRATOR_PROOF_COMMAND_LINE_H

#include "base/strv.h"

/* True where this file exists in the image (not in a volume of the source). */
typedef bool command_line_has_file(void *ctx, const char *path);

/* Fills *out with the arguments to use and *notes with one text for each argument left out.
 * Settings that make a throwaway fast and harmless are appended (fsync=off, archive_mode=off,
 * ssl=off, ...). An empty source gives "postgres" and those. A command line that is not
 * postgres's own (a shell wrapper) is kept as it is. */
void command_line_for_throwaway(const struct strv *source, command_line_has_file *has_file,
                                void *ctx, struct strv *out, struct strv *notes);

#endif
