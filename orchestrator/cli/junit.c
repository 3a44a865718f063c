#include "orchestrator/cli/junit.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_ERROR, OUTCOME_SKIPPED, OUTCOME_COUNT };

struct suite {
    char *name;
    char *timestamp; /* without a zone: UTC */
    int64_t elapsed_ms;
    size_t counts[OUTCOME_COUNT];
    struct buf properties;
    struct buf cases;
    struct buf output;
};

struct junit {
    char *path;
    struct suite *suites;
    size_t count;
};

/* -- XML -- */

/* jsonx_text writes bytes that are not UTF-8 as \xNN; of the rest, XML 1.0 (2.2 Characters)
 * forbids most control characters and U+FFFE and U+FFFF, in any spelling. */
static void add_escaped(struct buf *out, const char *text)
{
    AUTO(jsonx_freep) json_t *value = jsonx_text(text);

    for (const char *p = json_string_value(value); *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (strchr("&<>\"'", c) || c == '\t' || c == '\n' || c == '\r') {
            buf_printf(out, "&#%d;", c);
        } else if (c < 0x20) {
            buf_printf(out, "\\x%02x", c);
        } else if (strncmp(p, "\xef\xbf\xbe", 3) == 0 || strncmp(p, "\xef\xbf\xbf", 3) == 0) {
            buf_printf(out, "\xef\xbf\xbd");
            p += 2;
        } else {
            buf_printf(out, "%c", c);
        }
    }
}

static void add_attribute(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " %s=\"", name);
    add_escaped(out, value);
    buf_printf(out, "\"");
}

static void add_time(struct buf *out, int64_t ms)
{
    if (ms >= 0)
        buf_printf(out, " time=\"%lld.%03d\"", (long long)(ms / 1000), (int)(ms % 1000));
}

/* -- suites and cases -- */

static struct suite *add_suite(struct junit *junit, const char *name)
{
    char at[CLOCK_TEXT_SIZE];
    struct suite *suite;

    clock_rfc3339(clock_unix_s(), at);
    junit->suites = mem_resize(junit->suites, junit->count + 1, sizeof(*junit->suites));
    suite = &junit->suites[junit->count++];
    *suite = (struct suite){.name = mem_strdup(name),
                            .timestamp = mem_strndup(at, strcspn(at, "Z")),
                            .properties = BUF_OWN_TEXT,
                            .cases = BUF_OWN_TEXT,
                            .output = BUF_OWN_TEXT};
    return suite;
}

static void add_property(struct suite *suite, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(&suite->properties, "      <property");
    add_attribute(&suite->properties, "name", name);
    add_attribute(&suite->properties, "value", value);
    buf_printf(&suite->properties, "/>\n");
}

struct test_case {
    const char *name;
    int64_t elapsed_ms; /* -1: not measured */
    enum outcome outcome;
    const char *message; /* unless it passed */
    const char *text;    /* more of it, or NULL */
};

static void add_case(struct suite *suite, const struct test_case *test)
{
    static const char *const elements[] = {
        [OUTCOME_FAILED] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};
    struct buf *out = &suite->cases;

    suite->counts[test->outcome]++;
    buf_printf(out, "    <testcase");
    add_attribute(out, "name", test->name);
    add_attribute(out, "classname", suite->name);
    add_time(out, test->elapsed_ms);
    if (test->outcome == OUTCOME_PASSED) {
        buf_printf(out, "/>\n");
        return;
    }
    buf_printf(out, ">\n      <%s", elements[test->outcome]);
    add_attribute(out, "message", test->message);
    if (test->outcome != OUTCOME_SKIPPED)
        add_attribute(out, "type", test->outcome == OUTCOME_FAILED ? "different" : "unproven");
    buf_printf(out, ">");
    add_escaped(out, test->text ? test->text : "");
    buf_printf(out, "</%s>\n    </testcase>\n", elements[test->outcome]);
}

/* -- a proof -- */

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

enum group { GROUP_RESTORE, GROUP_ROWS, GROUP_SEQUENCES, GROUP_LARGE_OBJECTS, GROUP_SCHEMA };

static enum group group_of(const char *difference)
{
    if (begins(difference, "the restore failed"))
        return GROUP_RESTORE;
    if (begins(difference, "table "))
        return GROUP_ROWS;
    if (begins(difference, "sequence "))
        return GROUP_SEQUENCES;
    if (begins(difference, "large object"))
        return GROUP_LARGE_OBJECTS;
    return GROUP_SCHEMA;
}

/* The differences of that group, a line each, or of all groups where nothing was restored;
 * returns how many. Failed checks are cases of their own. */
static size_t collect(const json_t *proof, enum group group, bool restored, struct buf *out)
{
    const json_t *checks = json_object_get(proof, "checks");
    const json_t *item;
    size_t i, count = 0;

    json_array_foreach(json_object_get(proof, "differences"), i, item)
    {
        const char *text = json_string_value(item);

        if (!text || (begins(text, "check ") && json_array_size(checks) > 0))
            continue;
        if (restored ? group_of(text) != group : group != GROUP_RESTORE)
            continue;
        buf_printf(out, "%s%s", count ? "\n" : "", text);
        count++;
    }
    return count;
}

static void add_group(struct suite *suite, const json_t *proof, enum group group,
                      struct test_case test, bool restored)
{
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    AUTO(mem_freep) char *message = NULL;
    size_t count = collect(proof, group, restored, &text);

    if (count > 0) {
        int first = (int)strcspn(buf_text(&text), "\n");

        message = count == 1 ? mem_printf("%.*s", first, buf_text(&text))
                             : mem_printf("%zu differences; the first: %.*s", count, first,
                                          buf_text(&text));
        test.outcome = OUTCOME_FAILED;
        test.message = message;
        test.text = buf_text(&text);
    }
    add_case(suite, &test);
}

/* Where the comparison was not finished, a group without a difference says nothing. */
static void add_groups(struct suite *suite, const json_t *proof, bool is_told)
{
    bool content = strcmp(jsonx_string(proof, "depth", ""), "content") == 0;
    const struct {
        enum group group;
        const char *name;
    } groups[] = {
        {GROUP_ROWS, content ? "rows and contents" : "rows"},
        {GROUP_SEQUENCES, "sequences"},
        {GROUP_LARGE_OBJECTS, "large objects"},
        {GROUP_SCHEMA, "schema"},
    };

    for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
        AUTO(buf_clear) struct buf unused = BUF_OWN_TEXT;

        if (is_told || collect(proof, groups[i].group, true, &unused) > 0)
            add_group(suite, proof, groups[i].group,
                      (struct test_case){.name = groups[i].name, .elapsed_ms = -1}, true);
    }
}

static void add_checks(struct suite *suite, const json_t *proof)
{
    const char *last = "";
    const json_t *check;
    size_t i, query = 0;

    json_array_foreach(json_object_get(proof, "checks"), i, check)
    {
        const char *file = jsonx_string(check, "file", "?");
        AUTO(mem_freep) char *name = NULL;

        query = strcmp(file, last) == 0 ? query + 1 : 1;
        last = file;
        name = mem_printf("check %s, query %zu", file, query);
        if (!json_object_get(check, "ok")) /* it was interrupted by an error */
            add_case(suite,
                     &(struct test_case){name, -1, OUTCOME_ERROR, "it was not run to its end",
                                         jsonx_string(check, "query", NULL)});
        else
            add_case(suite, &(struct test_case){name, -1,
                                                jsonx_bool(check, "ok", false) ? OUTCOME_PASSED
                                                                               : OUTCOME_FAILED,
                                                jsonx_string(check, "said", "it failed"),
                                                jsonx_string(check, "query", NULL)});
    }
}

static void add_not_compared(struct suite *suite, const json_t *proof)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(proof, "not_compared"), i, item)
    {
        const char *text = json_string_value(item);
        AUTO(mem_freep) char *name = mem_printf("not compared: %s", text ? text : "?");

        add_case(suite,
                 &(struct test_case){name, -1, OUTCOME_SKIPPED, text ? text : "?", NULL});
    }
}

static void add_facts(struct suite *suite, const char *backup_id, const json_t *proof)
{
    static const char *const keys[] = {"verdict",  "depth",          "in",
                                       "image_id", "server_version", "pgkeep_version"};
    const json_t *item;
    size_t i;

    add_property(suite, "backup", backup_id);
    for (i = 0; i < ARRAY_LEN(keys); i++)
        add_property(suite, keys[i], jsonx_string(proof, keys[i], NULL));
    json_array_foreach(json_object_get(proof, "notes"), i, item)
    {
        add_escaped(&suite->output, json_string_value(item) ? json_string_value(item) : "?");
        buf_printf(&suite->output, "\n");
    }
}

/* "app-db/app" of "app-db/app/2026-11-21T013000Z" */
static char *without_stamp(const char *backup_id)
{
    const char *last = strrchr(backup_id, '/');

    return last ? mem_strndup(backup_id, (size_t)(last - backup_id)) : mem_strdup(backup_id);
}

void junit_add_proof(struct junit *junit, const char *backup_id, const json_t *proof)
{
    const char *verdict = jsonx_string(proof, "verdict", "");
    bool is_told = strcmp(verdict, "equal") == 0 || strcmp(verdict, "different") == 0;
    int64_t restore_ms = jsonx_int(proof, "restore_ms", 0);
    const char *reason = jsonx_string(proof, "reason", "the reason is not known");
    struct test_case restore = {.name = "restore", .elapsed_ms = restore_ms};
    AUTO(mem_freep) char *name = NULL;
    struct suite *suite;

    if (!junit)
        return;
    name = without_stamp(backup_id);
    suite = add_suite(junit, name);
    suite->elapsed_ms = jsonx_int(proof, "elapsed_ms", 0);
    add_facts(suite, backup_id, proof);
    if (!is_told && restore_ms <= 0) {
        restore.outcome = OUTCOME_ERROR;
        restore.message = reason;
    }
    add_group(suite, proof, GROUP_RESTORE, restore, restore_ms > 0);
    if (restore_ms > 0)
        add_groups(suite, proof, is_told);
    if (!is_told && restore_ms > 0)
        add_case(suite, &(struct test_case){"comparison", -1, OUTCOME_ERROR, reason, NULL});
    add_checks(suite, proof);
    add_not_compared(suite, proof);
}

void junit_add_error(struct junit *junit, const char *name, const struct err *e)
{
    AUTO(mem_freep) char *text = NULL;

    if (!junit)
        return;
    text = err_text(e);
    add_case(add_suite(junit, name),
             &(struct test_case){"restore", -1,
                                 err_is(e, ERR_BAD_BACKUP) ? OUTCOME_FAILED : OUTCOME_ERROR,
                                 text, err_hint_of(e)});
}

/* -- the file -- */

static void add_counts(struct buf *out, const size_t counts[OUTCOME_COUNT])
{
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
               counts[OUTCOME_PASSED] + counts[OUTCOME_FAILED] + counts[OUTCOME_ERROR] +
                   counts[OUTCOME_SKIPPED],
               counts[OUTCOME_FAILED], counts[OUTCOME_ERROR], counts[OUTCOME_SKIPPED]);
}

static void print_suite(struct buf *out, const struct suite *suite)
{
    buf_printf(out, "  <testsuite");
    add_attribute(out, "name", suite->name);
    add_attribute(out, "timestamp", suite->timestamp);
    add_counts(out, suite->counts);
    add_time(out, suite->elapsed_ms);
    buf_printf(out, ">\n");
    if (suite->properties.len > 0)
        buf_printf(out, "    <properties>\n%s    </properties>\n",
                   buf_text(&suite->properties));
    buf_printf(out, "%s", buf_text(&suite->cases));
    if (suite->output.len > 0)
        buf_printf(out, "    <system-out>%s</system-out>\n", buf_text(&suite->output));
    buf_printf(out, "  </testsuite>\n");
}

char *junit_text(const struct junit *junit)
{
    AUTO(buf_clear) struct buf out = BUF_OWN_TEXT;
    size_t counts[OUTCOME_COUNT] = {0};
    int64_t elapsed_ms = 0;

    for (size_t i = 0; i < junit->count; i++) {
        elapsed_ms += junit->suites[i].elapsed_ms;
        for (size_t k = 0; k < OUTCOME_COUNT; k++)
            counts[k] += junit->suites[i].counts[k];
    }
    buf_printf(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pgkeep\"");
    add_counts(&out, counts);
    add_time(&out, elapsed_ms);
    buf_printf(&out, ">\n");
    for (size_t i = 0; i < junit->count; i++)
        print_suite(&out, &junit->suites[i]);
    buf_printf(&out, "</testsuites>\n");
    return buf_take(&out);
}

struct err *junit_begin(const char *path, struct junit **out)
{
    AUTO(mem_freep) char *copy = mem_strdup(path);
    struct stat seen;

    *out = NULL;
    if (!path)
        return NULL;
    if (lstat(path, &seen) == 0 && !S_ISREG(seen.st_mode))
        return err_new(ERR_USAGE, "--junit: %s is there and is no file", path);
    if (!fs_is_dir(dirname(copy)))
        return err_new(ERR_USAGE, "--junit: the folder of %s is not there", path);
    TRY(fs_remove_tree(path), "--junit");
    *out = mem_new(1, sizeof(**out));
    (*out)->path = mem_strdup(path);
    return NULL;
}

static struct err *write_file(const struct junit *junit)
{
    AUTO(mem_freep) char *text = junit_text(junit);

    PASS(fs_replace_file(junit->path, text, strlen(text)));
    if (chmod(junit->path, 0644) != 0)
        return err_errno("chmod %s", junit->path);
    return NULL;
}

MUST_USE struct err *junit_end(const struct junit *junit, struct err *e)
{
    AUTO(err_freep) struct err *unwritten = NULL;

    if (!junit || junit->count == 0 || err_is(e, ERR_INTERRUPTED))
        return e;
    unwritten = err_wrap(write_file(junit), "--junit");
    if (!e)
        return TAKE(unwritten);
    if (unwritten)
        log_err(LOG_ERROR, NULL, unwritten);
    return e;
}

void junit_free(struct junit *junit)
{
    if (!junit)
        return;
    for (size_t i = 0; i < junit->count; i++) {
        free(junit->suites[i].name);
        free(junit->suites[i].timestamp);
        buf_clear(&junit->suites[i].properties);
        buf_clear(&junit->suites[i].cases);
        buf_clear(&junit->suites[i].output);
    }
    free(junit->suites);
    free(junit->path);
    free(junit);
}

void junit_freep(struct junit **junit)
{
    junit_free(*junit);
    *junit = NULL;
}
