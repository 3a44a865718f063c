#include "orchestrator/fingerprint/of_dump.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/match.h"
#include "orchestrator/fingerprint/schema.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_desc(const struct toc_entry *entry, const char *desc)
{
    return strcmp(entry->desc, desc) == 0;
}

/* -- one kind of entry each -- */

static void add_table(struct fingerprint *f, const struct toc_entry *entry)
{
    struct fingerprint_table *table = fingerprint_add_table(f, entry->schema, entry->tag);

    table->rows = entry->rows_known ? (int64_t)entry->rows : -1;
    if (!entry->rows_known)
        table->why_not = mem_strdup("the dump does not hold them as COPY");
}

/* "SELECT pg_catalog.setval('public.s', 42, true);": what comes after the quoted name. */
static bool parse_setval(const char *definition, int64_t *value, bool *is_called)
{
    const char *end = definition ? strrchr(definition, '\'') : NULL;
    long long number = 0;
    char word[8] = "";

    if (!end || sscanf(end + 1, " , %lld , %7[a-z]", &number, word) != 2)
        return false;
    *value = number;
    *is_called = strcmp(word, "true") == 0;
    return true;
}

static void add_sequence(struct fingerprint *f, const struct toc_entry *entry)
{
    struct fingerprint_sequence *s = fingerprint_add_sequence(f, entry->schema, entry->tag);

    if (!parse_setval(entry->definition, &s->before, &s->before_called))
        s->why_not = mem_strdup("its value in the dump could not be read");
    s->after = s->before;
    s->after_called = s->before_called;
}

/* -- the whole -- */

bool fingerprint_is_plain(const struct fingerprint *dump)
{
    return dump->schema_why_not != NULL;
}

bool fingerprint_has_owners(const struct strv *selection)
{
    return !strv_contains(selection, "--no-owner") && !strv_contains(selection, "-O");
}

struct fingerprint *fingerprint_of_dump(const struct toc *toc, bool with_owner)
{
    struct fingerprint *f = fingerprint_new();
    bool plain = strcmp(toc->format, "PLAIN") == 0;

    f->depth = FINGERPRINT_COUNTS;
    for (size_t i = 0; i < toc->count; i++) {
        const struct toc_entry *entry = &toc->entries[i];

        if (is_desc(entry, "TABLE DATA"))
            add_table(f, entry);
        else if (is_desc(entry, "SEQUENCE SET"))
            add_sequence(f, entry);
        else if (is_desc(entry, "BLOBS"))
            f->large_objects.count += entry->rows;
        if (is_desc(entry, "EXTENSION"))
            fingerprint_add_extension(f, entry->tag, "", "");
    }
    if (plain && toc_count(toc, "BLOBS") > 0)
        f->large_objects.why_not = mem_strdup("a plain dump does not number them");
    if (plain)
        f->schema_why_not = mem_strdup("a plain dump is text");
    else
        schema_add_toc(toc, !with_owner, f);
    fingerprint_sort(f);
    return f;
}

/* -- a selection -- */

static void list_sequences(const struct fingerprint *f, struct match_list *list)
{
    for (size_t i = 0; i < f->sequence_count; i++)
        match_add(list, "", f->sequences[i].schema, f->sequences[i].name, 0, &f->sequences[i]);
}

static void drop_sequence(void *ctx, const void *left, const void *right)
{
    struct fingerprint *f = ctx;
    const struct fingerprint_sequence *ours = left;

    if (ours && !right)
        mem_freep(&f->sequences[ours - f->sequences].name);
}

static void drop_sequences(struct fingerprint *f, const struct fingerprint *dump)
{
    struct match_list ours = {.flat = fingerprint_is_plain(dump)}, theirs = {.flat = ours.flat};
    size_t kept = 0;

    list_sequences(f, &ours);
    list_sequences(dump, &theirs);
    match_each(&ours, &theirs, drop_sequence, f);
    match_clear(&ours);
    match_clear(&theirs);
    for (size_t i = 0; i < f->sequence_count; i++) {
        struct fingerprint_sequence *s = &f->sequences[i];

        if (s->name) {
            f->sequences[kept++] = *s;
            continue;
        }
        free(s->schema);
        free(s->why_not);
    }
    f->sequence_count = kept;
}

static bool has_extension(const struct fingerprint *f, const char *name)
{
    for (size_t i = 0; i < f->extension_count; i++)
        if (strcmp(f->extensions[i].name, name) == 0)
            return true;
    return false;
}

static void drop_extensions(struct fingerprint *f, const struct fingerprint *dump)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->extension_count; i++) {
        struct fingerprint_extension *e = &f->extensions[i];

        if (has_extension(dump, e->name)) {
            f->extensions[kept++] = *e;
            continue;
        }
        free(e->name);
        free(e->version);
        free(e->schema);
    }
    f->extension_count = kept;
}

/* A dump of data alone. */
static void drop_entries(struct fingerprint *f, const struct fingerprint *dump)
{
    if (dump->entry_count > 0 || fingerprint_is_plain(dump))
        return;
    for (size_t i = 0; i < f->entry_count; i++) {
        free(f->entries[i].desc);
        free(f->entries[i].schema);
        free(f->entries[i].tag);
    }
    f->entry_count = 0;
}

void fingerprint_narrow(struct fingerprint *f, const struct fingerprint *dump)
{
    const struct fingerprint_large_objects *objects = &dump->large_objects;

    drop_sequences(f, dump);
    drop_extensions(f, dump);
    drop_entries(f, dump);
    if (objects->count > 0 || objects->why_not)
        return;
    if (f->large_objects.count > 0)
        strv_push(&f->outside, "large objects: left out by the backup's selection");
    free(f->large_objects.why_not);
    f->large_objects = (struct fingerprint_large_objects){
        .has_content = f->depth == FINGERPRINT_CONTENT}; /* that of none */
}

/* -- definitions that moved -- */

static bool same_name(const struct fingerprint_entry *a, const struct fingerprint_entry *b)
{
    return strcmp(a->desc, b->desc) == 0 && strcmp(a->schema, b->schema) == 0 &&
           strcmp(a->tag, b->tag) == 0;
}

/* Entries of the same name (operators, casts) pair up in the order of their digests, which is
 * the order in which they are sorted. */
static void list_entries(const struct fingerprint *f, struct match_list *list)
{
    uint64_t nth = 0;

    for (size_t i = 0; i < f->entry_count; i++) {
        const struct fingerprint_entry *e = &f->entries[i];

        nth = i > 0 && same_name(e - 1, e) ? nth + 1 : 0;
        match_add(list, e->desc, e->schema, e->tag, nth, e);
    }
}

struct moving {
    struct fingerprint *f;
    struct strv *changed;
};

static void take_definition(void *ctx, const void *left, const void *right)
{
    const struct moving *moving = ctx;
    const struct fingerprint_entry *ours = left, *theirs = right;

    if (!ours || !theirs || ours->digest == theirs->digest || theirs->digest == 0)
        return;
    moving->f->entries[ours - moving->f->entries].digest = theirs->digest;
    strv_pushf(moving->changed, "%s %s%s%s", ours->desc, ours->schema, *ours->schema ? "." : "",
               ours->tag);
}

void fingerprint_take_definitions(struct fingerprint *f, const struct fingerprint *dump,
                                  struct strv *changed)
{
    struct match_list ours = {0}, theirs = {0};
    struct moving moving = {.f = f, .changed = changed};

    if (f->schema_why_not || dump->schema_why_not)
        return;
    list_entries(f, &ours);
    list_entries(dump, &theirs);
    match_each(&ours, &theirs, take_definition, &moving);
    match_clear(&ours);
    match_clear(&theirs);
    fingerprint_sort(f);
}

/* -- sequences that moved -- */

static void take_value(void *ctx, const void *left, const void *right)
{
    struct fingerprint *f = ctx;
    const struct fingerprint_sequence *ours = left, *theirs = right;
    struct fingerprint_sequence *s;

    if (!ours || !theirs || ours->why_not || theirs->why_not)
        return;
    s = &f->sequences[ours - f->sequences];
    s->before = s->after = theirs->before;
    s->before_called = s->after_called = theirs->before_called;
}

void fingerprint_take_sequences(struct fingerprint *f, const struct fingerprint *dump)
{
    struct match_list ours = {0}, theirs = {0};

    ours.flat = theirs.flat = fingerprint_is_plain(dump);
    list_sequences(f, &ours);
    list_sequences(dump, &theirs);
    match_each(&ours, &theirs, take_value, f);
    match_clear(&ours);
    match_clear(&theirs);
}
