/* orchestrator/target/target.h: a PostgreSQL container that pgkeep looks after.
 *
 * Layer: orchestrator/target. Found by compose service of pgkeep's own project, container name,
 * id or id prefix, or compose or Swarm service elsewhere (SERVICE, PROJECT/SERVICE or
 * STACK/SERVICE). `pgkeep targets` prints what is decided here, and why.
 */
#ifndef PGKEEP_ORCHESTRATOR_TARGET_TARGET_H
#define PGKEEP_ORCHESTRATOR_TARGET_TARGET_H

#include "docker-api/engine.h"
#include "orchestrator/postgres/server.h"
#include "orchestrator/settings/settings.h"

struct target {
    char *name; /* see orchestrator/target/name.h */
    char *id;
    char *image;    /* "postgres:17" */
    char *image_id; /* "sha256:..." */
    char *state;    /* "running", "exited", ... */
    char *health;   /* "healthy", "starting", "unhealthy", or "" without a HEALTHCHECK */
    char *project;  /* compose project and service, "" if none */
    char *service;
    bool postgres;             /* looks like PostgreSQL; why stands in recognised */
    char *recognised;          /* NULL if it does not */
    json_t *inspect;           /* the engine's document */
    struct settings *settings; /* with the labels of this container */
    const char *temp_name;     /* a backup is to come: server.h; borrowed, or NULL */
};

void target_free(struct target *target);
void target_freep(struct target **target);

/* Inspects a container. Labels that pgkeep does not know are ERR_USAGE. */
MUST_USE struct err *target_load(struct engine *engine, const struct settings *settings,
                                 const char *container, struct target **out);

/* The same, but labels that make no sense are given back in *label_error (or NULL) and the
 * target has the settings that it would have without labels. */
MUST_USE struct err *target_load_leniently(struct engine *engine,
                                           const struct settings *settings,
                                           const char *container, struct target **out,
                                           struct err **label_error);

/* Reads it again: state and health. */
MUST_USE struct err *target_refresh(struct engine *engine, struct target *target);

/* A variable of the container's environment, borrowed; or NULL. */
const char *target_env(const struct target *target, const char *name);

/* "running", "healthy", "unhealthy", "exited": what a user wants to see. */
const char *target_state_text(const struct target *target);

/* ERR_CONFLICT unless it runs and looks like PostgreSQL, with a hint. */
MUST_USE struct err *target_require_postgres(const struct target *target);

/* What the user typed, TARGET or TARGET/DATABASE or PROJECT/SERVICE[/DATABASE], resolved.
 * *database is NULL or the rest of the text as typed; the caller frees both. ERR_NOT_FOUND
 * names the text and the nearest container; ERR_USAGE: several match. */
MUST_USE struct err *target_find(struct engine *engine, const struct settings *settings,
                                 const char *text, struct target **out, char **database);

/* -- which containers are targets -- */

struct candidate {
    struct target *target;
    bool included;
    struct err *error; /* its labels make no sense: not included then; or NULL */
    char *reason;      /* "label pgkeep.enable=true", "same compose project", ... */
};

struct candidate_list {
    struct candidate *items;
    size_t count;
};
void candidate_list_clear(struct candidate_list *list);

/* All containers that look like PostgreSQL or carry pgkeep.enable, by name, with the verdict.
 * Throwaways of pgkeep itself are left out. */
MUST_USE struct err *target_discover(struct engine *engine, const struct settings *settings,
                                     struct candidate_list *out);

/* This process's own container, or NULL if it does not run in one: *out is its inspect
 * document, the caller's. */
MUST_USE struct err *target_self(struct engine *engine, json_t **out);

/* The compose project that this process runs in; "" if none. The caller frees. */
MUST_USE struct err *target_own_project(struct engine *engine, char **out);

/* -- credentials -- */

/* Connects with the user and password that settings, labels and the container's environment
 * name (POSTGRES_*, POSTGRESQL_*, their _FILE forms read inside the container). */
MUST_USE struct err *target_connect(struct engine *engine, const struct target *target,
                                    struct server **out);

/* The role that target_connect will use; the caller frees. */
MUST_USE struct err *target_user(struct engine *engine, const struct target *target,
                                 char **out_user);

#endif
