/* orchestrator/settings/topics.h: the texts that help and the man page share.
 *
 * Layer: orchestrator/settings, for the files of this folder and their tests.
 */
#ifndef PGKEEP_ORCHESTRATOR_SETTINGS_TOPICS_H
#define PGKEEP_ORCHESTRATOR_SETTINGS_TOPICS_H

#include "orchestrator/settings/setting.h"

/* A term and what it means. */
struct topic {
    const char *term;
    const char *text;
};

#define TOPICS_SUMMARY "back up PostgreSQL in Docker, and prove that each backup restores"

/* Each list ends with a NULL term. */
extern const struct topic topics_words[];    /* TARGET, BACKUP, ... */
extern const struct topic topics_settings[]; /* the places where a setting may stand */
extern const struct topic topics_statuses[]; /* exit statuses */
extern const struct topic topics_foreign[];  /* variables of others that are honoured */

/* How settings are read, in paragraphs. */
extern const char *const topics_about_settings;

/* The help of a setting with its choices and default, as a sentence; the caller frees. */
char *topics_setting_text(const struct setting *setting) MUST_USE;

/* "--format FORMAT" or, of one that is a label only, "label pgkeep.enable=yes|no"; the caller
 * frees. */
char *topics_setting_usage(const struct setting *setting) MUST_USE;

#endif
