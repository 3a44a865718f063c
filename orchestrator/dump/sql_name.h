/* orchestrator/dump/sql_name.h: reads the words and names of a whole SQL statement.
 *
 * Layer: orchestrator/dump. Pure. For statements that pg_dump and pg_dumpall wrote, whose
 * shapes are known; no parser of SQL. Each function skips white space first, moves *at only
 * where it found what it looks for, and stops at `end`.
 */
#ifndef PGKEEP_ORCHESTRATOR_DUMP_SQL_NAME_H
#define PGKEEP_ORCHESTRATOR_DUMP_SQL_NAME_H

#include "base/own.h"
#include <stdbool.h>

/* Takes the key word (given in lower case; any case in the text), not quoted. */
bool sql_word(const char **at, const char *end, const char *word);

/* Takes several, separated by single spaces in `words`: all or none. */
bool sql_words(const char **at, const char *end, const char *words);

/* Takes the character. */
bool sql_char(const char **at, const char *end, char c);

/* Takes one name: quoted (quotes undoubled) or not (folded to lower case). NULL if there is
 * none; the caller frees. */
char *sql_name(const char **at, const char *end) MUST_USE;

/* Takes "schema.name" or "name" (*schema is "" then). The caller frees both. */
bool sql_qualified_name(const char **at, const char *end, char **schema, char **name);

/* Takes one token of any kind: a word, a number, a quoted name, a string, one other character.
 * False at the end. */
bool sql_token(const char **at, const char *end);

#endif
