/* orchestrator/dump/plain_title.h: the comment line above each object in a plain dump.
 *
 * Layer: orchestrator/dump. Pure. Source: _printTocEntry in PostgreSQL's
 * src/bin/pg_dump/pg_backup_archiver.c, the same from 9.x to 18:
 *   -- [Data for ]Name: NAME; Type: TYPE; Schema: SCHEMA; Owner: OWNER[; Tablespace: SPACE]
 * pg_dump writes line ends in names as spaces there, and "-" for an absent schema or owner.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_PLAIN_TITLE_H
#define PGKEEP_ORCHESTRATOR_DUMP_PLAIN_TITLE_H

#include "orchestrator/dump/toc.h"

/* Fills tag, desc, schema, owner and tablespace of *entry (all its own; absent is ""). False,
 * with nothing filled, where the comment is no title. Names that hold pieces such as "; Type: "
 * are told apart by taking the last place that fits, for types are written in capitals. */
bool plain_title_parse(const char *comment, size_t len, struct toc_entry *entry);

/* True where `shown`, from a title, is what pg_dump shows there of `name`. */
bool plain_title_shows(const char *shown, const char *name);

#endif
