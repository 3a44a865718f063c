#include "orchestrator/proof/prove.h"
#include "base/mem.h"
#include "orchestrator/fingerprint/of_dump.h"
#include "orchestrator/fingerprint/schema.h"
#include "orchestrator/fingerprint/take.h"
#include "orchestrator/postgres/properties.h"
#include "orchestrator/proof/sabotage.h"
#include <stdlib.h>
#include <string.h>

/* Long enough for anything: the test's own limit ends it. */
#define NO_LIMIT_MS ((int64_t)1 << 40)

struct prove {
    const struct prove_spec *spec;
    struct prove_result *out;
    struct fingerprint *source; /* NULL: none was taken */
    struct fingerprint *dump;
    struct fingerprint *copy;
    struct strv refused; /* settings of the source that the copy's server refused */
    bool rights_failed;
    bool narrowed;
    bool no_owner;
};

void prove_result_clear(struct prove_result *result)
{
    free(result->depth_reason);
    comparison_clear(&result->comparison);
    strv_clear(&result->subscriptions);
    strv_clear(&result->refused);
}

static struct err *read_source(struct prove *p)
{
    const json_t *json = p->spec->manifest->fingerprint;

    p->out->depth = FINGERPRINT_NONE;
    if (!json)
        return NULL;
    struct err *e = fingerprint_from_json(json, &p->source);

    TRY(err_is(e, ERR_PROTOCOL) ? err_as(e, ERR_BAD_BACKUP) : e, "manifest.json");
    properties_settle(&p->source->properties);
    p->out->depth = p->source->depth;
    p->out->depth_reason = mem_strdup(p->source->depth_reason);
    return NULL;
}

/* -- the copy -- */

static struct err *give_settings(struct prove *p)
{
    const struct strv *properties = &p->spec->manifest->database_properties;
    AUTO(strv_clear) struct strv reasons = STRV_INIT;

    PASS(properties_apply_settings(p->spec->server, p->spec->database, properties, &p->refused,
                                   &reasons));
    for (size_t i = 0; i < p->refused.len; i++) {
        AUTO(mem_freep) char *text = properties_text(p->refused.items[i]);

        strv_pushf(&p->out->refused, "not set: %s: %s", text, reasons.items[i]);
    }
    return NULL;
}

static struct properties_rights rights_of(const struct prove *p)
{
    return (struct properties_rights){
        .database = p->spec->database,
        .owner = p->spec->owner,
        .user = p->spec->server->user,
        .properties = &p->spec->manifest->database_properties,
    };
}

/* Rights alone do not open a closed copy to anybody where a superuser made it: its connection
 * limit is 0 and we own it. Elsewhere they are only tried. */
static struct err *try_rights(struct prove *p)
{
    const struct properties_rights rights = rights_of(p);
    AUTO(mem_freep) char *give = properties_rights_sql(&rights);
    AUTO(mem_freep) char *open =
        p->spec->closed ? mem_strdup("") : properties_opening_sql(&rights);
    AUTO(mem_freep) char *sql = mem_printf("BEGIN;\n%s%sCOMMIT;\n", give, open);

    if (p->spec->closed && !p->spec->server->superuser)
        return properties_preview(p->spec->server, &rights, true, NULL);
    TRY(server_execute(p->spec->server, NULL, sql), "the database's rights");
    return NULL;
}

/* A role that globals.sql could not make, say: no word on the dump. */
static struct err *give_rights(struct prove *p)
{
    AUTO(err_freep) struct err *e = try_rights(p);
    AUTO(mem_freep) char *text = NULL;

    if (!e || e->kind != ERR_TOOL)
        return TAKE(e);
    p->rights_failed = true;
    text = err_text(e);
    strv_push(&p->out->comparison.not_compared, text);
    return NULL;
}

/* Another major may lack a parameter, and a server a role: neither says anything of the dump.
 */
static bool is_excused(struct prove *p, const char *property)
{
    int major = p->copy->server_version_num / 10000;
    AUTO(mem_freep) char *text = properties_text(property);

    if (!strv_contains(&p->refused, property))
        return false;
    if (p->source->server_version_num / 10000 != major)
        strv_pushf(&p->out->comparison.by_version,
                   "the database: %s: PostgreSQL %d does not take it", text, major);
    else if (strncmp(property, "ALTER ROLE ", 11) == 0)
        strv_pushf(&p->out->comparison.not_compared,
                   "the database: %s: the copy's server does not take it", text);
    else
        return false;
    return true;
}

/* Takes off what cannot be compared; rights that were not given are a gap already. */
static void keep_comparable(struct prove *p, struct strv *properties)
{
    AUTO(strv_clear) struct strv all = *properties;

    *properties = (struct strv)STRV_INIT;
    for (size_t i = 0; i < all.len; i++)
        if (!(p->rights_failed && !properties_is_setting(all.items[i])) &&
            !is_excused(p, all.items[i]))
            strv_push(properties, all.items[i]);
}

/* A closed copy has what keeps strangers out of it instead of what it would have. */
static struct err *look_at_properties(struct prove *p)
{
    const struct properties_rights rights = rights_of(p);

    if (!p->spec->closed || p->rights_failed)
        return NULL;
    strv_clear(&p->copy->properties);
    return properties_preview(p->spec->server, &rights, !p->spec->server->superuser,
                              &p->copy->properties);
}

static void settle_properties(struct prove *p)
{
    if (!p->source)
        return;
    keep_comparable(p, &p->source->properties);
    keep_comparable(p, &p->copy->properties);
}

static struct err *look_at_copy(struct prove *p)
{
    const struct prove_spec *spec = p->spec;
    AUTO(take_freep) struct take *take = NULL;
    AUTO(strv_clear) struct strv args = STRV_INIT;
    const struct take_spec take_spec = {
        .server = spec->server,
        .database = spec->database,
        .depth = p->source ? p->source->depth : FINGERPRINT_COUNTS,
        .jobs = spec->jobs,
        .schema_args = &args,
        .whole = true,
        .no_owner = p->no_owner,
        .like = p->source,
        .throwaway = spec->throwaway,
    };

    schema_options(&spec->manifest->selection, &args);
    PASS(take_begin(&take_spec, &take));
    return take_end(take, spec->most_ms ? spec->most_ms : NO_LIMIT_MS, &p->copy);
}

/* -- what is compared -- */

static void compare_source_with_copy(struct prove *p)
{
    const struct compare_spec spec = {.expected = p->source,
                                      .found = p->copy,
                                      .expected_where = "at the snapshot",
                                      .found_where = "in the copy",
                                      .standby = p->spec->manifest->in_recovery,
                                      .narrowed = p->narrowed,
                                      .by_owner = !p->no_owner,
                                      .count = true};

    fingerprint_compare(&spec, &p->out->comparison);
    strv_extend(&p->out->comparison.outside, &p->source->outside);
}

/* Without a fingerprint the dump is all there is to compare with, and nothing is proven. */
static void compare_dump_with_copy(struct prove *p)
{
    const struct compare_spec spec = {.expected = p->dump,
                                      .found = p->copy,
                                      .expected_where = "in the dump",
                                      .found_where = "in the copy",
                                      .expected_is_dump = true,
                                      .flat = fingerprint_is_plain(p->dump),
                                      .narrowed = p->narrowed,
                                      .count = true};
    struct strv *gaps = &p->out->comparison.not_compared;

    fingerprint_compare(&spec, &p->out->comparison);
    strv_push(gaps, "the source: the backup has no fingerprint of it (--fingerprint none, or a "
                    "backup of an older pgkeep)");
}

/* "equal" is said of what the dump was to hold, so it is said next to it what that was not. */
static void name_selection(struct prove *p)
{
    const struct strv *selection = &p->spec->manifest->selection;

    for (size_t i = 0; i < selection->len; i++)
        strv_pushf(&p->out->comparison.outside, "whatever the dump's option %s leaves out",
                   selection->items[i]);
}

/* pg_dump writes each with connect = false, which is disabled: an enabled one would take the
 * changes that wait in the original's replication slot. */
static void name_subscriptions(struct prove *p)
{
    struct strv *names = &p->out->subscriptions;

    toc_tags(p->spec->toc, "SUBSCRIPTION", names);
    for (size_t i = 0; i < names->len; i++)
        strv_pushf(
            &p->out->comparison.outside,
            "subscription %s: it comes back disabled, until ALTER SUBSCRIPTION ... ENABLE",
            names->items[i]);
}

static struct err *prove(struct prove *p)
{
    PASS(read_source(p));
    PASS(give_settings(p));
    PASS(give_rights(p));
    PASS(sabotage_copy(p->spec->server, p->spec->database));
    PASS(look_at_copy(p));
    PASS(look_at_properties(p));
    settle_properties(p);
    p->dump = fingerprint_of_dump(p->spec->toc, !p->no_owner);
    if (p->source) {
        fingerprint_compare_dump(p->source, p->dump, p->narrowed, &p->out->comparison);
        fingerprint_take_sequences(p->source, p->dump);
        compare_source_with_copy(p);
    } else
        compare_dump_with_copy(p);
    name_selection(p);
    name_subscriptions(p);
    return NULL;
}

MUST_USE struct err *prove_copy(const struct prove_spec *spec, struct prove_result *out)
{
    const struct strv *selection = &spec->manifest->selection;
    struct prove p = {.spec = spec,
                      .out = out,
                      .narrowed = selection->len > 0,
                      .no_owner = !fingerprint_has_owners(selection)};
    struct err *e = prove(&p);

    fingerprint_free(p.source);
    fingerprint_free(p.dump);
    fingerprint_free(p.copy);
    strv_clear(&p.refused);
    if (err_is(e, ERR_INTERRUPTED) || err_is(e, ERR_BAD_BACKUP))
        return e;
    return err_wrap(err_as(e, ERR_UNPROVEN), "look at the restored copy");
}
