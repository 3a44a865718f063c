/* orchestrator/postgres/database.h: the databases of a server.
 *
 * Layer: orchestrator/postgres.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_DATABASE_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_DATABASE_H

#include "base/buf.h"
#include "orchestrator/postgres/server.h"

struct database {
    char *name;
    bool allows_connections;
    bool is_template;
    uint64_t bytes; /* pg_database_size; 0 if this user may not know */
    char *owner;
    char *encoding;
    char *collate;
    char *ctype;
    char *locale_provider; /* "libc", "icu", "builtin" */
    char *icu_locale;      /* or builtin locale; "" if none */
    char *icu_rules;       /* "" if none */
    char *comment;         /* "" if none */
};

struct database_list {
    struct database *items;
    size_t count;
};
void database_list_clear(struct database_list *list);

/* The query for all of them, in any database of the server, and its columns. Without sizes: the
 * server has to look at each file for them, of all databases. */
extern const char DATABASE_LIST_SQL[];
#define DATABASE_LIST_COLUMNS 12

/* An expression for the size of the database of the row d of pg_database, 0 if this user may
 * not know. */
#define DATABASE_BYTES_SQL                                                                     \
    "CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')"                            \
    " OR (SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'))"          \
    " THEN pg_catalog.pg_database_size(d.oid) ELSE 0::pg_catalog.int8 END"

/* All databases but templates, by name. Templates come with `templates`. */
MUST_USE struct err *database_list(const struct server *server, bool templates,
                                   struct database_list *out);

/* The same of the rows that came when the server was found, without sizes; where there are
 * none, they are asked for. Errors as database_list. */
MUST_USE struct err *database_list_found(const struct server *server, bool templates,
                                         struct database_list *out);
const struct database *database_find(const struct database_list *list, const char *name);

/* What a new database is to be like; NULL members: the server's default. */
struct database_spec {
    const char *name;
    const char *owner;
    const char *encoding;
    const char *locale_provider;
    const char *collate;
    const char *ctype;
    const char *icu_locale;
    const char *icu_rules;
    const char *comment;
    /* From its first moment nobody can connect but us and superusers: no rights for PUBLIC and,
     * where we are a superuser, CONNECTION LIMIT 0, which superusers pass. An `owner` that is
     * neither can still alter what is his: a superuser gives none here. */
    bool closed;
};

/* CREATE DATABASE from template0. ERR_EXISTS if there is one of that name; ERR_BAD_BACKUP: a
 * locale provider that PostgreSQL does not have. */
MUST_USE struct err *database_create(const struct server *server,
                                     const struct database_spec *spec);

/* The statements for that. Pure. */
MUST_USE struct err *database_create_sql(const struct server *server,
                                         const struct database_spec *spec, struct buf *sql);

/* Appends the names of its subscriptions that are disabled: all, after a restore. */
MUST_USE struct err *database_disabled_subscriptions(const struct server *server,
                                                     const char *name, struct strv *out);

/* Ends its connections and drops it; absent is fine. */
MUST_USE struct err *database_drop(const struct server *server, const char *name);

#endif
