/* What a user typed, found among the backups. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "orchestrator/repository/name.h"
#include "orchestrator/repository/repository.h"
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_SHOWN 5

/* Which of a database's backups. All of a stamp's beginning are meant; else the newest of those
 * that the other members let through. */
struct selector {
    const char *stamp; /* a stamp or its beginning, or NULL */
    bool proven;
    bool is_before; /* before_unix_s */
    int64_t before_unix_s;
};

/* One way to read what the user typed; a name that is NULL is "any". */
struct reading {
    const char *target;
    const char *database;
    struct selector selector;
};

struct search {
    struct catalogue all;
    struct backup **hits; /* borrowed from all */
    size_t hit_count;
};

static void search_clear(struct search *search)
{
    free(search->hits);
    catalogue_clear(&search->all);
}

static bool target_fits(const struct backup *backup, const char *target)
{
    size_t len = strlen(target);

    return strcmp(backup->target, target) == 0 ||
           (strncmp(backup->id, target, len) == 0 && backup->id[len] == '/');
}

/* The folder of just that name goes before the one of its escaped form, so that every id that
 * pgkeep prints means what it says. */
static bool database_fits(const struct search *search, const struct backup *backup,
                          const char *database)
{
    AUTO(mem_freep) char *escaped = NULL;

    if (strcmp(backup->database_folder, database) == 0)
        return true;
    escaped = name_escape(database);
    if (strcmp(backup->database_folder, escaped) != 0)
        return false;
    for (size_t i = 0; i < search->all.count; i++)
        if (strcmp(search->all.items[i]->target, backup->target) == 0 &&
            strcmp(search->all.items[i]->database_folder, database) == 0)
            return false;
    return true;
}

static bool is_globals(const struct backup *backup)
{
    return strcmp(backup->database_folder, MANIFEST_GLOBALS_FOLDER) == 0;
}

static bool fits(const struct search *search, const struct backup *backup,
                 const struct reading *reading)
{
    if (reading->target && !target_fits(backup, reading->target))
        return false;
    if (reading->database && !database_fits(search, backup, reading->database))
        return false;
    if (reading->selector.stamp)
        return strncmp(backup->stamp, reading->selector.stamp,
                       strlen(reading->selector.stamp)) == 0;
    return true;
}

static bool is_let_through(struct backup *backup, const struct selector *selector)
{
    if (selector->is_before && backup->at_unix_s >= selector->before_unix_s)
        return false;
    if (!selector->proven)
        return true;
    backup_load(backup);
    return backup_is_proven(backup);
}

/* What was taken last, of its database: its neighbours in the catalogue. */
static bool is_newest(const struct search *search, size_t i, const struct selector *selector)
{
    struct backup *backup = search->all.items[i];

    if (!is_let_through(backup, selector))
        return false;
    for (size_t j = 0; j < search->all.count; j++) {
        struct backup *other = search->all.items[j];

        if (j == i || !backup_same_database(other, backup))
            continue;
        backup_learn_order(backup);
        backup_learn_order(other);
        if (backup_is_later(other, backup) && is_let_through(other, selector))
            return false;
    }
    return true;
}

static void add_hit(struct search *search, struct backup *backup)
{
    for (size_t i = 0; i < search->hit_count; i++)
        if (search->hits[i] == backup)
            return;
    search->hits = mem_resize(search->hits, search->hit_count + 1, sizeof(struct backup *));
    search->hits[search->hit_count++] = backup;
}

static void try_reading(struct search *search, const struct reading *reading)
{
    for (size_t i = 0; i < search->all.count; i++) {
        struct backup *backup = search->all.items[i];

        /* Who is the newest is in the manifests: only those of the database meant are read. */
        if (fits(search, backup, reading) &&
            (reading->selector.stamp || is_newest(search, i, &reading->selector)))
            add_hit(search, backup);
    }
}

/* Globals-only backups are no database's, so they never make a short form ambiguous. */
static void prefer_databases(struct search *search)
{
    size_t kept = 0;

    for (size_t i = 0; i < search->hit_count; i++)
        if (!is_globals(search->hits[i]))
            search->hits[kept++] = search->hits[i];
    if (kept > 0)
        search->hit_count = kept;
}

/* What the last component says: a stamp (or its beginning), the newest, the newest proven one,
 * the last one before a time; else false. */
static bool selector_of(const char *last, struct selector *out)
{
    *out = (struct selector){0};
    if (strcmp(last, "latest") == 0)
        return true;
    out->proven = strcmp(last, "proven") == 0;
    out->is_before = *last == '@' && clock_parse_local(last + 1, &out->before_unix_s);
    if (out->proven || out->is_before)
        return true;
    out->stamp = last;
    return backup_ref_is_stamp_prefix(last);
}

/* TARGET/DATABASE and TARGET/DATABASE/STAMP; a database's name may hold slashes itself. */
static void try_full_forms(struct search *search, const char *text)
{
    const char *rest = strchr(text, '/');
    AUTO(mem_freep) char *target = NULL;
    AUTO(mem_freep) char *database = NULL;
    struct selector selector;
    const char *last;

    if (!rest)
        return;
    target = mem_strndup(text, (size_t)(rest - text));
    rest++;
    try_reading(search, &(struct reading){.target = target, .database = rest});
    last = strrchr(rest, '/');
    if (!last || !selector_of(last + 1, &selector))
        return;
    database = mem_strndup(rest, (size_t)(last - rest));
    try_reading(search, &(struct reading){target, database, selector});
}

/* TARGET, DATABASE, TARGET/STAMP, DATABASE/STAMP */
static void try_short_forms(struct search *search, const char *text)
{
    const char *last = strrchr(text, '/');
    AUTO(mem_freep) char *name = NULL;
    struct selector selector;

    try_reading(search, &(struct reading){.target = text});
    try_reading(search, &(struct reading){.database = text});
    if (last && selector_of(last + 1, &selector)) {
        name = mem_strndup(text, (size_t)(last - text));
        try_reading(search, &(struct reading){.target = name, .selector = selector});
        try_reading(search, &(struct reading){.database = name, .selector = selector});
    }
    prefer_databases(search);
}

static void try_stamp_alone(struct search *search, const char *text)
{
    if (backup_ref_is_stamp_prefix(text))
        try_reading(search, &(struct reading){.selector = {.stamp = text}});
    prefer_databases(search);
}

static struct err *ambiguous(const struct search *search, const char *text)
{
    AUTO(buf_clear) struct buf names = BUF_OWN_TEXT;

    for (size_t i = 0; i < search->hit_count && i < CANDIDATES_SHOWN; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", search->hits[i]->id);
    if (search->hit_count > CANDIDATES_SHOWN)
        buf_printf(&names, " and %zu more", search->hit_count - CANDIDATES_SHOWN);
    return err_hint(
        err_new(ERR_USAGE, "backup \"%s\" is ambiguous: it may be %s", text, buf_text(&names)),
        "name one of them in full");
}

/* Where what stands before the selector means a backup: that there is none of that kind, and no
 * other name, which would lead to one that is not wanted. */
static struct err *none_selected(struct search *search, const char *text)
{
    const char *last = strrchr(text, '/');
    AUTO(mem_freep) char *name = last ? mem_strndup(text, (size_t)(last - text)) : NULL;
    struct selector selector;

    if (!last || !selector_of(last + 1, &selector) || !(selector.proven || selector.is_before))
        return NULL;
    try_full_forms(search, name);
    if (search->hit_count == 0)
        try_short_forms(search, name);
    if (search->hit_count == 0)
        return NULL;
    if (selector.proven)
        return err_hint(err_new(ERR_NOT_FOUND, "no backup of %s was proven", name),
                        "pgkeep test %s proves the newest one", name);
    return err_hint(
        err_new(ERR_NOT_FOUND, "no backup of %s was taken before %s", name, last + 2),
        "\"pgkeep list\" shows what there is");
}

static struct err *not_found(const struct search *search, const char *text, const char *path)
{
    struct err *e = err_new(ERR_NOT_FOUND, "no backup \"%s\" in %s", text, path);
    AUTO(strv_clear) struct strv names = STRV_INIT;
    const char *nearest;

    if (search->all.count == 0)
        return err_hint(e, "there are no backups in %s", path);
    for (size_t i = 0; i < search->all.count; i++) {
        const struct backup *backup = search->all.items[i];

        strv_push(&names, backup->id);
        if (i > 0 && backup_same_database(backup, search->all.items[i - 1]))
            continue;
        strv_push(&names, backup->target);
        strv_push(&names, backup->database_folder);
        strv_pushf(&names, "%s/%s", backup->target, backup->database_folder);
    }
    nearest = nearest_of(text, (const char *const *)names.items, names.len);
    if (nearest)
        return err_hint(e, "did you mean \"%s\"?", nearest);
    return err_hint(e, "\"pgkeep list\" shows what there is");
}

/* True where the one names what lies in the other, or both are the same. */
static bool is_within(const char *inner, const char *outer)
{
    size_t len = strlen(outer);

    return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || inner[len] == '\0');
}

/* What the text names may lie behind a link. */
static struct err *behind_link(const struct search *search, const char *text, const char *path)
{
    for (size_t i = 0; i < search->all.links.len; i++) {
        const char *link = search->all.links.items[i] + strlen(path);

        link += strspn(link, "/");
        if (is_within(text, link) || is_within(link, text))
            return err_hint(err_new(ERR_BAD_BACKUP, "%s is a symbolic link, not a folder",
                                    search->all.links.items[i]),
                            "pgkeep follows no link in a repository");
    }
    return NULL;
}

/* NAME@TIME, said as NAME/@TIME; NULL: the text is no such thing. */
static char *with_selector(const char *text)
{
    const char *at = strrchr(text, '@');
    int64_t unix_s;

    if (!at || at == text || at[-1] == '/' || !clock_parse_local(at + 1, &unix_s))
        return NULL;
    return mem_printf("%.*s/%s", (int)(at - text), text, at);
}

/* The text may be a name with an "@" in it, so this is said only where nothing was found. */
static struct err *no_time(const char *text)
{
    const char *at = strrchr(text, '@');
    int64_t unix_s;

    if (!at || at[1] < '0' || at[1] > '9' || clock_parse_local(at + 1, &unix_s))
        return NULL;
    return err_hint(err_new(ERR_USAGE, "\"%s\" is no date and no time", at + 1),
                    "write @2026-11-20, @2026-11-20T14:30 or, in UTC, @2026-11-20T13:30:00Z");
}

static void search_for(struct search *search, const char *text)
{
    static void (*const ways[])(struct search *, const char *) = {
        try_full_forms, try_short_forms, try_stamp_alone};

    for (size_t i = 0; i < ARRAY_LEN(ways) && search->hit_count == 0; i++)
        ways[i](search, text);
}

/* A path pasted from the shell means the same. */
static char *without_path(const char *text, const char *path)
{
    size_t len = strlen(path);
    size_t end;

    if (strncmp(text, path, len) != 0 || text[len] != '/' || !text[len + 1])
        return mem_strdup(text);
    text += len + 1;
    end = strlen(text);
    return mem_strndup(text, text[end - 1] == '/' ? end - 1 : end);
}

/* Its name is what its manifest says; where that cannot be read, its folder's. */
static struct backup *lone_backup(const struct repository *repository)
{
    struct backup *backup = mem_new(1, sizeof(*backup));
    const char *folder = strrchr(repository_path(repository), '/');
    const struct manifest *m;

    backup->path = mem_strdup(repository_path(repository));
    backup_load(backup);
    m = backup->manifest;
    backup->target = mem_strdup(m ? m->target : "-");
    backup->stamp = mem_strdup(m ? m->stamp : folder ? folder + 1 : backup->path);
    backup->database_folder = m && m->database ? name_escape(m->database)
                                               : mem_strdup(m ? MANIFEST_GLOBALS_FOLDER : "-");
    clock_parse_stamp(backup->stamp, &backup->at_unix_s);
    backup->id = m ? manifest_id(m) : mem_printf("-/-/%s", backup->stamp);
    return backup;
}

struct err *catalogue_find(struct repository *repository, const char *typed,
                           struct backup **out)
{
    AUTO(mem_freep) char *text = without_path(typed, repository_path(repository));
    AUTO(mem_freep) char *selected = with_selector(text);
    AUTO(search_clear) struct search search = {0};

    if (repository_is_lone(repository)) {
        *out = lone_backup(repository);
        return NULL;
    }
    if (!*text)
        return err_hint(err_new(ERR_USAGE, "the backup's name is empty"),
                        "write TARGET/DATABASE/STAMP, or TARGET/DATABASE for the newest");
    PASS(catalogue_names(repository, NULL, NULL, &search.all));
    search_for(&search, text);
    if (search.hit_count == 0 && selected) {
        mem_replace(&text, selected);
        search_for(&search, text);
    }
    if (search.hit_count == 0)
        PASS(behind_link(&search, text, repository_path(repository)));
    if (search.hit_count == 0) {
        PASS(no_time(text));
        PASS(none_selected(&search, text));
        return not_found(&search, text, repository_path(repository));
    }
    if (search.hit_count > 1)
        return ambiguous(&search, text);
    for (size_t i = 0; i < search.all.count; i++)
        if (search.all.items[i] == search.hits[0]) {
            *out = search.all.items[i];
            search.all.items[i] = NULL; /* handed on; backup_free takes NULL */
        }
    backup_load(*out);
    return NULL;
}
