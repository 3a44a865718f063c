/* orchestrator/postgres/properties.h: what a database has that is in no dump of it.
 *
 * Layer: orchestrator/postgres. The settings of ALTER DATABASE and ALTER ROLE IN DATABASE, the
 * rights, the connection limit: pg_dump writes them with --create only, and then under the old
 * name. Here they are statements in which the database is :"database", a variable of psql, so
 * that they apply to a copy of any name. Source: dumpDatabase and dumpDatabaseConfig of
 * pg_dump.c.
 */
#ifndef PGKEEP_ORCHESTRATOR_POSTGRES_PROPERTIES_H
#define PGKEEP_ORCHESTRATOR_POSTGRES_PROPERTIES_H

#include "orchestrator/postgres/server.h"

/* The query that gives them, one a row, for the database whose name is the SQL expression
 * `datname_sql`. The caller frees. */
char *properties_query(const char *datname_sql) MUST_USE;

/* Appends the statements that give a fresh database what this one has; often none. */
MUST_USE struct err *properties_read(const struct server *server, const char *database,
                                     struct strv *out);

/* Appends the rights of a new database as statements, with the owner that `like` names; none
 * where `like` says nothing of rights. A database that has just these says nothing either. */
void properties_usual_rights(const struct strv *like, struct strv *out);

/* Brings the statements of older backups to today's form: an empty search_path was written
 * without a value, and rights that are the default's were written out. */
void properties_settle(struct strv *properties);

/* True for a setting (ALTER DATABASE or ROLE ... SET) and a security label: what a server may
 * not know. Else it is a right or the limit. */
bool properties_is_setting(const char *property);

/* True for GRANT and REVOKE. */
bool properties_is_right(const char *property);

/* The statement for people: without the stand-in. The caller frees. */
char *properties_text(const char *property) MUST_USE;

/* Runs the settings, each by itself, for a database of any name. One that the server refuses (a
 * parameter that its version lacks) fails nothing: *refused gets the statement as in
 * `properties`, *reasons, beside it, what the server said. */
MUST_USE struct err *properties_apply_settings(const struct server *server,
                                               const char *database,
                                               const struct strv *properties,
                                               struct strv *refused, struct strv *reasons);

struct properties_rights {
    const char *database; /* a closed one: database.h */
    const char *owner;    /* who shall own it; NULL: `user` */
    const char *user;     /* we */
    const struct strv *properties;
};

/* The statements that give a closed database the rights that `properties` say, else a new
 * database's; and those that then open it: its owner and its limit. For one transaction, both
 * in this order. Pure. The caller frees. */
char *properties_rights_sql(const struct properties_rights *rights) MUST_USE;
char *properties_opening_sql(const struct properties_rights *rights) MUST_USE;

/* What the database would have once it was opened, and before it given its rights if
 * `with_rights`: read in a transaction that is rolled back, so that nobody ever sees it open.
 * ERR_TOOL where a role is missing. `out` may be NULL. */
MUST_USE struct err *properties_preview(const struct server *server,
                                        const struct properties_rights *rights,
                                        bool with_rights, struct strv *out);

#endif
