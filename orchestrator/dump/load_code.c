/* One pass over an entry's SQL, token by token, as its definition passes: what stays in memory
 * is names, and of most entries nothing. A name followed by an opening parenthesis is a call;
 * so is OPERATOR(schema.name); in the definition of a type or an operator each qualified name
 * may be a function. That is no parser of SQL: it finds more calls than there are (a type with
 * a modifier looks like one), never fewer, and a name counts only if it is a function's.
 *
 * Trust goes by owner: of superusers of the server that the dump is loaded into, and of the
 * loading role itself. An extension's functions stand in no dump: they come from the image, as
 * the server does. Some of those, and some of PostgreSQL's own, act beyond their arguments (run
 * SQL from a text, read files, end sessions): harmless in the hands of who may call them, not
 * when the loader does it for a stranger's table. */
#include "orchestrator/dump/load_code.h"
#include "base/mem.h"
#include "orchestrator/dump/toc.h"
#include <stdlib.h>
#include <string.h>

/* -- which names act beyond their arguments -- */

/* An asterisk at the end stands for anything. */
static bool name_matches(const char *name, const char *pattern)
{
    size_t len = strlen(pattern);

    if (len > 0 && pattern[len - 1] == '*')
        return strncmp(name, pattern, len - 1) == 0;
    return strcmp(name, pattern) == 0;
}

static bool name_is_one_of(const char *name, const char *const *patterns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (name_matches(name, patterns[i]))
            return true;
    return false;
}

/* Most of what begins with pg_ looks at or changes the server; these only compute. */
static bool is_plain_pg(const char *name)
{
    static const char *const plain[] = {
        "pg_client_encoding", "pg_column_*",
        "pg_conf_load_time",  "pg_encoding_*",
        "pg_char_to_*",       "pg_get_*",
        "pg_has_role",        "pg_input_*",
        "pg_is_in_recovery",  "pg_is_other_temp_*",
        "pg_my_temp_schema",  "pg_backend_pid",
        "pg_collation_*",     "pg_conversion_*",
        "pg_function_*",      "pg_lsn*",
        "pg_operator_*",      "pg_opclass_*",
        "pg_opfamily_*",      "pg_table_*",
        "pg_type_*",          "pg_ts_*",
        "pg_typeof",          "pg_size_*",
        "pg_sleep*",          "pg_postmaster_*",
        "pg_trigger_depth",   "pg_relation_*",
        "pg_total_*",         "pg_database_*",
        "pg_indexes_*",       "pg_basetype",
        "pg_safe_snapshot_*", "pg_describe_object",
        "pg_identify_*",      "pg_statistics_*",
        "pg_notify",          "pg_database_size",
        "pg_jit_available",   "pg_timezone_*",
        "pg_advisory_*",      "pg_try_advisory_*",
        "pg_current_xact*",   "pg_visible_in_*",
        "pg_xact_status",     "pg_snapshot_*",
        "pg_node_tree*",      "pg_ddl_command*",
        "pg_snapshot",        "pg_blocking_pids",
        "pg_isolation_*",
    };

    return name_is_one_of(name, plain, ARRAY_LEN(plain));
}

static bool acts_in_catalog(const char *name)
{
    static const char *const acts[] = {
        "lo_*",
        "loread",
        "lowrite",
        "set_config",
        "ts_stat",
        "ts_rewrite",
        "currtid*",
        "binary_upgrade_*",
        "brin_*",
        "gin_clean_*",
        "query_to_*",
        "cursor_to_*",
        "table_to_xml*",
        "schema_to_*",
        "database_to_*",
        "be_lo_*",
        "amvalidate",
        "dblink*",
        "row_security_active",
    };

    if (name_is_one_of(name, acts, ARRAY_LEN(acts)))
        return true;
    return strncmp(name, "pg_", 3) == 0 && !is_plain_pg(name);
}

/* Functions of extensions: dblink, adminpack, tablefunc, xml2, lo, PostGIS' that run DDL. */
static bool acts_in_extension(const char *name)
{
    static const char *const acts[] = {
        "dblink*",
        "pg_*",
        "crosstab*",
        "connectby*",
        "xpath_table",
        "lo_*",
        "http*",
        "addgeometrycolumn",
        "dropgeometry*",
        "updategeometrysrid",
        "populate_geometry_columns",
    };

    return name_is_one_of(name, acts, ARRAY_LEN(acts));
}

/* -- what a text calls -- */

void load_calls_free(struct load_calls *calls)
{
    if (!calls)
        return;
    for (size_t i = 0; i < calls->count; i++) {
        free(calls->items[i].schema);
        free(calls->items[i].name);
    }
    free(calls->items);
    free(calls);
}

static bool desc_is(const char *desc, const char *const *descs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(desc, descs[i]) == 0)
            return true;
    return false;
}

static bool is_run_by_loading(const char *desc)
{
    static const char *const descs[] = {"TABLE", "DOMAIN", "CHECK CONSTRAINT",
                                        "TYPE",  "CAST",   "EVENT TRIGGER"};

    return desc_is(desc, descs, ARRAY_LEN(descs));
}

/* Where a foreign key is made; of constraints the exclusions have expressions. */
static bool is_run_by_foreign_keys(const char *desc)
{
    static const char *const descs[] = {"INDEX", "STATISTICS", "CONSTRAINT"};

    return desc_is(desc, descs, ARRAY_LEN(descs));
}

bool load_code_wants(const char *desc)
{
    return is_run_by_loading(desc) || is_run_by_foreign_keys(desc) ||
           strcmp(desc, "OPERATOR") == 0;
}

struct reading {
    const char *at;
    const char *end;
    struct load_calls **calls;
    int depth;     /* of parentheses */
    bool is_table; /* its first parenthesis follows the table's own name */
    bool is_domain;
    bool names_count; /* each qualified name may be a function's */
    bool in_default;  /* a default is not evaluated */
    bool past_head;
};

static struct load_calls *calls_of(struct reading *r)
{
    if (!*r->calls)
        *r->calls = mem_new(1, sizeof(**r->calls));
    return *r->calls;
}

/* Takes over the names. One that is there already adds nothing. */
static void add_call(struct reading *r, char *schema, char *name, bool is_operator)
{
    struct load_calls *calls = calls_of(r);
    struct load_call *call;

    for (size_t i = 0; i < calls->count; i++)
        if (strcmp(calls->items[i].schema, schema) == 0 &&
            strcmp(calls->items[i].name, name) == 0 &&
            calls->items[i].is_operator == is_operator) {
            free(schema);
            free(name);
            return;
        }
    calls->items = mem_resize(calls->items, calls->count + 1, sizeof(*calls->items));
    call = &calls->items[calls->count++];
    *call = (struct load_call){.schema = schema, .name = name, .is_operator = is_operator};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* PostgreSQL takes every byte above ASCII as a letter. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_word_rest(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '$';
}

/* Past a quoted text; to the end where it does not end. */
static void skip_quoted(struct reading *r, char quote, bool backslashes)
{
    for (r->at++; r->at < r->end; r->at++) {
        if (*r->at == '\\' && backslashes && r->at + 1 < r->end)
            r->at++;
        else if (*r->at == quote && !(r->at + 1 < r->end && r->at[1] == quote)) {
            r->at++;
            return;
        } else if (*r->at == quote)
            r->at++;
    }
}

/* Blanks and comments. */
static void skip_blank(struct reading *r)
{
    while (r->at < r->end) {
        if (is_space(*r->at))
            r->at++;
        else if (r->end - r->at >= 2 && memcmp(r->at, "--", 2) == 0)
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        else
            return;
    }
}

/* A name, quoted or not, or NULL; *bare says that it was not quoted. */
static char *take_name(struct reading *r, bool *bare)
{
    const char *from = r->at;
    char *name, *to;

    *bare = true;
    if (r->at < r->end && *r->at == '"') {
        *bare = false;
        skip_quoted(r, '"', false);
        name = to = mem_new((size_t)(r->at - from) + 1, 1);
        for (const char *p = from + 1; p + 1 < r->at; p += *p == '"' ? 2 : 1)
            *to++ = *p;
        return name;
    }
    if (r->at == r->end || !is_letter(*r->at))
        return NULL;
    while (r->at < r->end && is_word_rest(*r->at))
        r->at++;
    name = mem_strndup(from, (size_t)(r->at - from));
    for (to = name; *to; to++)
        if (*to >= 'A' && *to <= 'Z')
            *to = (char)(*to + 32);
    return name;
}

static bool take_char(struct reading *r, char c)
{
    const char *before = r->at;

    skip_blank(r);
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return true;
    }
    r->at = before;
    return false;
}

/* After the word OPERATOR: "(schema.name)". */
static void take_operator(struct reading *r)
{
    const char *before = r->at;
    bool bare;
    AUTO(mem_freep) char *schema = NULL;

    if (take_char(r, '(')) {
        skip_blank(r);
        schema = take_name(r, &bare);
        if (schema && take_char(r, '.')) {
            const char *from = r->at;
            size_t len;

            while (r->at < r->end && *r->at != ')')
                r->at++;
            len = (size_t)(r->at - from);
            if (strcmp(schema, "pg_catalog") != 0)
                add_call(r, TAKE(schema), mem_strndup(from, len), true);
            r->at += r->at < r->end;
            return;
        }
    }
    r->at = before;
}

/* The word DEFAULT begins an expression that loading does not evaluate: of a column up to the
 * comma, of a domain up to its constraints. */
static void note_word(struct reading *r, const char *word)
{
    if (strcmp(word, "default") == 0)
        r->in_default = (r->is_table && r->depth == 1) || (r->is_domain && r->depth == 0);
    else if (r->depth <= 1 && (strcmp(word, "constraint") == 0 || strcmp(word, "check") == 0 ||
                               strcmp(word, "generated") == 0))
        r->in_default = false;
}

/* `name`, whose qualifier is `schema` or NULL. */
static void note_name(struct reading *r, char *schema, char *name)
{
    const char *before = r->at;
    bool called = take_char(r, '(');
    bool in_catalog = !schema || strcmp(schema, "pg_catalog") == 0;
    bool head = called && r->is_table && !r->past_head;

    r->at = before;
    r->past_head = r->past_head || called;
    if (head || r->in_default || (!called && !(r->names_count && schema)) ||
        (in_catalog && !acts_in_catalog(name))) {
        free(schema);
        free(name);
        return;
    }
    if (in_catalog) {
        free(schema);
        schema = mem_strdup("");
    }
    add_call(r, schema, name, false);
}

static void take_names(struct reading *r)
{
    bool bare, ignored;
    char *schema = NULL;
    char *name = take_name(r, &bare);

    if (bare && r->at < r->end && *r->at == '\'') { /* E'...', B'...', X'...' */
        skip_quoted(r, '\'', strcmp(name, "e") == 0);
        free(name);
        return;
    }
    if (bare)
        note_word(r, name);
    if (bare && strcmp(name, "operator") == 0) {
        free(name);
        take_operator(r);
        return;
    }
    while (r->at + 1 < r->end && *r->at == '.' && (is_letter(r->at[1]) || r->at[1] == '"')) {
        r->at++;
        free(schema);
        schema = name;
        name = take_name(r, &ignored);
    }
    note_name(r, schema, name);
}

/* $tag$ ... $tag$, or one dollar sign. */
static void take_dollar(struct reading *r)
{
    const char *from = r->at++;
    size_t len;
    const char *close;

    while (r->at < r->end && *r->at != '$' && is_word_rest(*r->at))
        r->at++;
    if (r->at == r->end || *r->at != '$') {
        r->at = from + 1;
        return;
    }
    len = (size_t)(++r->at - from);
    close = memmem(r->at, (size_t)(r->end - r->at), from, len);
    r->at = close ? close + len : r->end;
}

static void take_other(struct reading *r)
{
    char c = *r->at++;

    if (c == '(' || c == '[')
        r->depth++;
    else if (c == ')' || c == ']')
        r->depth--;
    if (r->is_table && ((c == ',' && r->depth == 1) || r->depth == 0))
        r->in_default = false;
    if (c >= '0' && c <= '9') /* 1e5 is no name */
        while (r->at < r->end && (is_word_rest(*r->at) || *r->at == '.'))
            r->at++;
}

/* A constraint that is not valid is not checked when it is added, and comes after the rows. */
static bool is_not_valid(const char *desc, const char *sql, size_t len)
{
    static const char words[] = " NOT VALID";

    while (len > 0 && (is_space(sql[len - 1]) || sql[len - 1] == ';'))
        len--;
    return strcmp(desc, "CHECK CONSTRAINT") == 0 && len >= sizeof(words) - 1 &&
           memcmp(sql + len - (sizeof(words) - 1), words, sizeof(words) - 1) == 0;
}

void load_code_read(const char *desc, const char *sql, size_t len, bool whole,
                    struct load_calls **calls)
{
    struct reading r = {.at = sql, .end = sql + len, .calls = calls};

    r.is_table = strcmp(desc, "TABLE") == 0;
    r.is_domain = strcmp(desc, "DOMAIN") == 0;
    r.names_count = strcmp(desc, "TYPE") == 0 || strcmp(desc, "OPERATOR") == 0;
    if (!whole)
        calls_of(&r)->unread = true;
    if (is_not_valid(desc, sql, len))
        return;
    for (skip_blank(&r); r.at < r.end; skip_blank(&r)) {
        if (*r.at == '\'')
            skip_quoted(&r, '\'', false);
        else if (*r.at == '"' || is_letter(*r.at))
            take_names(&r);
        else if (*r.at == '$')
            take_dollar(&r);
        else
            take_other(&r);
    }
}

const char *load_code_acts(const struct load_calls *calls)
{
    for (size_t i = 0; calls && i < calls->count; i++)
        if (!*calls->items[i].schema ||
            (!calls->items[i].is_operator && acts_in_extension(calls->items[i].name)))
            return calls->items[i].name;
    return NULL;
}

/* -- whose it is -- */

struct judging {
    const struct toc *toc;
    const struct strv *trusted;
    const struct toc_entry **functions; /* and operators: entries that can be called */
    size_t function_count;
};

static bool is_trusted(const struct judging *j, const char *owner)
{
    return *owner && strv_contains(j->trusted, owner);
}

/* A plain dump shows line ends in names as spaces (plain_title.h). True where `shown` begins
 * with the name; *rest is what follows. */
static bool shows(const char *shown, const char *name, const char **rest)
{
    for (; *name; name++, shown++) {
        char c = *name == '\n' || *name == '\r' ? ' ' : *name;
        char s = *shown == '\n' || *shown == '\r' ? ' ' : *shown;

        if (s != c)
            return false;
    }
    *rest = shown;
    return true;
}

static bool is_called(const struct toc_entry *entry, const struct load_call *call)
{
    const char *rest;

    if ((strcmp(entry->desc, "OPERATOR") == 0) != call->is_operator)
        return false;
    if (!shows(entry->schema, call->schema, &rest) || *rest)
        return false;
    return shows(entry->tag, call->name, &rest) && *rest == (call->is_operator ? '\0' : '(');
}

/* Who stands behind the call, if it is a stranger; else NULL. An operator has a function. */
static const struct toc_entry *stranger_behind(const struct judging *j,
                                               const struct load_call *call, bool *found)
{
    for (size_t i = 0; i < j->function_count; i++) {
        const struct toc_entry *entry = j->functions[i];
        bool ignored = false;

        if (!is_called(entry, call))
            continue;
        *found = true;
        if (!is_trusted(j, entry->owner))
            return entry;
        for (size_t c = 0; call->is_operator && entry->calls && c < entry->calls->count; c++) {
            const struct toc_entry *behind =
                entry->calls->items[c].is_operator
                    ? NULL
                    : stranger_behind(j, &entry->calls->items[c], &ignored);

            if (behind)
                return behind;
        }
    }
    return NULL;
}

static char *entry_name(const struct toc_entry *entry)
{
    return mem_printf("%s %s%s%s", entry->desc, entry->schema, *entry->schema ? "." : "",
                      entry->tag);
}

/* What is wrong with the call, or NULL. The caller frees. */
static char *judge_call(const struct judging *j, const struct toc_entry *entry,
                        const struct load_call *call)
{
    AUTO(mem_freep) char *name = entry_name(entry);
    bool found = false;
    const struct toc_entry *behind;

    if (!*call->schema)
        return is_trusted(j, entry->owner)
                   ? NULL
                   : mem_printf("%s calls %s, and belongs to %s", name, call->name,
                                *entry->owner ? entry->owner : "nobody that is known");
    behind = stranger_behind(j, call, &found);
    if (behind) {
        AUTO(mem_freep) char *function = entry_name(behind);

        return mem_printf("%s calls %s of %s", name, function,
                          *behind->owner ? behind->owner : "nobody that is known");
    }
    if (!found && !call->is_operator && acts_in_extension(call->name) &&
        !is_trusted(j, entry->owner))
        return mem_printf("%s calls %s.%s, and belongs to %s", name, call->schema, call->name,
                          *entry->owner ? entry->owner : "nobody that is known");
    return NULL;
}

static void judge_entry(const struct judging *j, const struct toc_entry *entry,
                        struct strv *out)
{
    if (entry->calls->unread && !is_trusted(j, entry->owner)) {
        AUTO(mem_freep) char *name = entry_name(entry);

        strv_pushf(out, "%s is too long to tell what it calls", name);
        return;
    }
    for (size_t i = 0; i < entry->calls->count; i++) {
        char *text = judge_call(j, entry, &entry->calls->items[i]);

        if (text) {
            strv_push_owned(out, text);
            return;
        }
    }
}

static bool can_be_called(const char *desc)
{
    static const char *const descs[] = {"FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR"};

    return desc_is(desc, descs, ARRAY_LEN(descs));
}

static bool has_foreign_key(const struct toc *toc)
{
    for (size_t i = 0; i < toc->count; i++)
        if (strcmp(toc->entries[i].desc, "FK CONSTRAINT") == 0)
            return true;
    return false;
}

void load_code_judge(const struct toc *toc, const struct strv *trusted, struct strv *out)
{
    bool foreign_key = has_foreign_key(toc);
    AUTO(mem_freep) const struct toc_entry **functions =
        mem_new(toc->count + 1, sizeof(const struct toc_entry *));
    struct judging j = {.toc = toc, .trusted = trusted, .functions = functions};

    for (size_t i = 0; i < toc->count; i++)
        if (can_be_called(toc->entries[i].desc))
            functions[j.function_count++] = &toc->entries[i];
    for (size_t i = 0; i < toc->count; i++)
        if (toc->entries[i].calls &&
            (is_run_by_loading(toc->entries[i].desc) ||
             (foreign_key && is_run_by_foreign_keys(toc->entries[i].desc))))
            judge_entry(&j, &toc->entries[i], out);
}
