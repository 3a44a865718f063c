#include "orchestrator/dump/load_code.h"
#include "tests/unit/dump/dumps.h"

static const char *judged_for = "postgres";

struct object {
    const char *desc, *schema, *tag, *owner, *sql;
};

/* What is found in a dump of these objects, as one text. The caller frees. */
static char *judge(const struct object *objects, size_t count)
{
    struct toc toc = {.entries = mem_new(count, sizeof(struct toc_entry)), .count = count};
    AUTO(strv_clear) struct strv trusted = STRV_INIT;
    AUTO(strv_clear) struct strv found = STRV_INIT;

    strv_push(&trusted, judged_for);
    for (size_t i = 0; i < count; i++) {
        struct toc_entry *entry = &toc.entries[i];

        entry->desc = mem_strdup(objects[i].desc);
        entry->schema = mem_strdup(objects[i].schema);
        entry->tag = mem_strdup(objects[i].tag);
        entry->owner = mem_strdup(objects[i].owner);
        if (load_code_wants(entry->desc))
            load_code_read(entry->desc, objects[i].sql, strlen(objects[i].sql), true,
                           &entry->calls);
    }
    load_code_judge(&toc, &trusted, &found);
    for (size_t i = 0; i < count; i++) {
        free(toc.entries[i].desc);
        free(toc.entries[i].schema);
        free(toc.entries[i].tag);
        free(toc.entries[i].owner);
        load_calls_free(toc.entries[i].calls);
    }
    free(toc.entries);
    return strv_join(&found, "|");
}

/* The object beside a stranger's function public.f(integer), operator public.=== and a function
 * with an awkward name, and a superuser's public.good(integer). */
static char *beside(const char *desc, const char *owner, const char *sql)
{
    const struct object objects[] = {
        {"FUNCTION", "public", "f(integer)", "eve", ""},
        {"FUNCTION", "a.b", "F \"x\"(integer)", "eve", ""},
        {"FUNCTION", "public", "good(integer)", "postgres", ""},
        {"AGGREGATE", "public", "agg(integer)", "eve", ""},
        {"OPERATOR", "public", "===", "eve", ""},
        {"OPERATOR", "public", "=~=", "postgres",
         "CREATE OPERATOR public.=~= (\n    FUNCTION = public.f,\n    LEFTARG = integer\n);\n"},
        {"OPERATOR", "public", "==", "postgres",
         "CREATE OPERATOR public.== (\n    FUNCTION = public.good,\n    LEFTARG = "
         "integer\n);\n"},
        {desc, "public", "object", owner, sql},
    };

    return judge(objects, ARRAY_LEN(objects));
}

static void is_dangerous(const char *desc, const char *owner, const char *sql)
{
    AUTO(mem_freep) char *found = beside(desc, owner, sql);

    if (!*found)
        fail_msg("nothing was found in: %s", sql);
}

static void is_harmless(const char *desc, const char *owner, const char *sql)
{
    AUTO(mem_freep) char *found = beside(desc, owner, sql);

    if (*found)
        fail_msg("%s in: %s", found, sql);
}

static void a_strangers_function_in_what_loading_evaluates_is_found(void **state)
{
    static const struct {
        const char *desc, *sql;
    } cases[] = {
        {"TABLE",
         "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK (public.f(n))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK "
                  "((public.\"f\" (n) > 0))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK "
                  "(\"a.b\".\"F \"\"x\"\"\"(n))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    g integer GENERATED ALWAYS AS (public.f(n)) "
                  "STORED\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    a integer DEFAULT 3,\n    g integer GENERATED "
                  "ALWAYS AS (public.f(n)) STORED\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    a integer DEFAULT (1),\n    CONSTRAINT c CHECK "
                  "(public.f(n))\n);\n"},
        {"TABLE",
         "CREATE TABLE public.t (\n    a integer\n)\nPARTITION BY RANGE (public.f(a));\n"},
        {"TABLE", "CREATE TABLE public.t (\n    a integer DEFAULT 3\n)\nPARTITION BY RANGE "
                  "(public.f(a));\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK ((n "
                  "OPERATOR(public.===) 1))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK ((n "
                  "OPERATOR(public.=~=) 1))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n text,\n    CONSTRAINT c CHECK ((n <> "
                  "E'\\\\''') AND public.f(1))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n text,\n    CONSTRAINT c CHECK ((n <> 'x\\') "
                  "AND public.f(1))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n text,\n    CONSTRAINT c CHECK ((n <> $$'$$) "
                  "AND public.f(1))\n);\n"},
        {"DOMAIN", "CREATE DOMAIN public.d AS integer DEFAULT 1\n\tCONSTRAINT c CHECK "
                   "(public.f(VALUE));\n"},
        {"DOMAIN", "CREATE DOMAIN public.d AS integer CHECK (public.agg(VALUE));\n"},
        {"CHECK CONSTRAINT",
         "ALTER TABLE public.t\n    ADD CONSTRAINT c CHECK (public.f(n));\n"},
        {"CAST",
         "CREATE CAST (public.a AS public.b) WITH FUNCTION public.f(public.a) AS IMPLICIT;\n"},
        {"TYPE", "CREATE TYPE public.r AS RANGE (\n    subtype = integer,\n    canonical = "
                 "public.f\n);\n"},
        {"EVENT TRIGGER",
         "CREATE EVENT TRIGGER e ON ddl_command_end\n   EXECUTE FUNCTION public.f();\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        is_dangerous(cases[i].desc, "eve", cases[i].sql);
        is_dangerous(cases[i].desc, "postgres", cases[i].sql); /* the function is hers still */
        is_dangerous(cases[i].desc, "", cases[i].sql);
    }
}

static void an_honest_object_is_left_alone(void **state)
{
    static const struct {
        const char *desc, *sql;
    } cases[] = {
        {"TABLE", "CREATE TABLE public.f (\n    n integer\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer DEFAULT public.f(1) NOT NULL,\n    m "
                  "integer\n);\n"},
        {"TABLE",
         "CREATE TABLE public.t (\n    n integer DEFAULT (public.f(1) + public.f(2))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK ((n <> "
                  "'public.f(1)'))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    \"public.f(\" integer,\n    CONSTRAINT "
                  "\"public.f(n)\" CHECK ((n > 0))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK "
                  "(public.good(n))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK ((n "
                  "OPERATOR(public.==) 1))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    g public.geometry(Point,4326),\n    CONSTRAINT "
                  "c CHECK ((public.st_srid(g) = 4326))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n numeric(10,2),\n    CONSTRAINT c CHECK "
                  "((COALESCE(length(lower(n::text)), 0) = ANY (ARRAY[1, 2])))\n);\n"},
        {"TABLE", "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK "
                  "((pg_column_size(n) < 10))\n);\n"},
        {"DOMAIN", "CREATE DOMAIN public.d AS text DEFAULT public.f(1)\n\tCONSTRAINT c CHECK "
                   "((VALUE ~ '^x'::text));\n"},
        {"CHECK CONSTRAINT",
         "ALTER TABLE public.t\n    ADD CONSTRAINT c CHECK (public.f(n)) NOT VALID;\n"},
        {"TYPE", "CREATE TYPE public.c AS (\n\tf public.mood,\n\tx integer\n);\n"},
        {"CAST", "CREATE CAST (public.a AS public.b) WITHOUT FUNCTION;\n"},
        {"VIEW", "CREATE VIEW public.v AS\n SELECT public.f(1);\n"},
        {"INDEX", "CREATE INDEX i ON public.t USING btree (public.f(n));\n"},
        {"MATERIALIZED VIEW",
         "CREATE MATERIALIZED VIEW public.v AS\n SELECT public.f(1)\n  WITH NO DATA;\n"},
        {"TRIGGER",
         "CREATE TRIGGER t BEFORE INSERT ON public.t EXECUTE FUNCTION public.f();\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_harmless(cases[i].desc, "eve", cases[i].sql);
}

/* RI_Initial_Check plans a query on both tables, which computes constant calls. */
static void a_foreign_key_plans_with_what_stands_in_indexes(void **state)
{
    static const struct {
        const char *desc, *sql;
    } cases[] = {
        {"INDEX", "CREATE INDEX object ON public.t USING btree (public.f(1));\n"},
        {"INDEX", "CREATE INDEX object ON public.t USING btree (n) WHERE public.f(1);\n"},
        {"STATISTICS", "CREATE STATISTICS public.object ON n, (public.f(1)) FROM public.t;\n"},
        {"CONSTRAINT",
         "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT object EXCLUDE USING gist "
         "(public.f(1) WITH =);\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct object objects[] = {
            {"FUNCTION", "public", "f(integer)", "eve", ""},
            {cases[i].desc, "public", "object", "postgres", cases[i].sql},
            {"FK CONSTRAINT", "public", "t key", "postgres", "ALTER TABLE ..."},
        };
        AUTO(mem_freep) char *with_key = judge(objects, ARRAY_LEN(objects));
        AUTO(mem_freep) char *without = judge(objects, ARRAY_LEN(objects) - 1);

        assert_true(*with_key);
        assert_string_equal(without, "");
    }
}

static void what_acts_beyond_its_arguments_is_no_strangers_to_call(void **state)
{
    static const char *const calls[] = {
        "pg_read_file('/etc/passwd'::text) <> ''::text",
        "pg_catalog.pg_read_file('/etc/passwd'::text) <> ''::text",
        "query_to_xml('DROP TABLE x'::text, true, true, ''::text) IS NULL",
        "lo_export((1)::oid, '/tmp/x'::text) > 0",
        "set_config('session_authorization'::text, 'eve'::text, false) IS NULL",
        "pg_terminate_backend(n)",
        "ts_rewrite('a'::tsquery, 'SELECT 1'::text) IS NULL",
        "public.dblink_exec('x'::text) IS NULL",
        "public.pg_file_write('x'::text, 'y'::text, false) > 0",
    };

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        AUTO(mem_freep) char *sql = mem_printf(
            "CREATE TABLE public.t (\n    n integer,\n    CONSTRAINT c CHECK ((%s))\n);\n",
            calls[i]);

        is_dangerous("TABLE", "eve", sql);
        is_harmless("TABLE", "postgres", sql);
    }
}

static void the_finding_names_object_function_and_owner(void **state)
{
    AUTO(mem_freep) char *found = beside(
        "TABLE", "eve", "CREATE TABLE public.t (\n    CONSTRAINT c CHECK (public.f(n))\n);\n");

    assert_string_equal(found, "TABLE public.object calls FUNCTION public.f(integer) of eve");
}

static void a_text_that_was_cut_is_not_trusted(void **state)
{
    struct load_calls *calls = NULL;

    load_code_read("TABLE", "CREATE TABLE public.t (", 23, false, &calls);
    assert_non_null(calls);
    assert_true(calls->unread);
    load_calls_free(calls);
}

static void hostile_texts_end(void **state)
{
    static const char *const texts[] = {"'",    "\"",        "\"a\".", "$a$",         "$",
                                        "a.",   "OPERATOR(", "--",     "OPERATOR(a.", "E'\\",
                                        "a.\"", "((((",      "))))",   "1.",          ""};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct load_calls *calls = NULL;

        load_code_read("TYPE", texts[i], strlen(texts[i]), true, &calls);
        load_calls_free(calls);
    }
}

static size_t found_in(const char *file, enum dump_format format, const char *trusted_role)
{
    struct sample sample = {.name = file, .format = format};
    AUTO(dump_reader_freep) struct dump_reader *reader = dump_reader_new(format, NULL);
    AUTO(strv_clear) struct strv trusted = STRV_INIT;
    AUTO(strv_clear) struct strv found = STRV_INIT;

    sample_load(&sample);
    must(sample_read(&sample, reader, 0));
    sample_clear(&sample);
    strv_push(&trusted, trusted_role);
    load_code_judge(dump_reader_toc(reader), &trusted, &found);
    for (size_t i = 0; i < found.len; i++)
        print_message("%s: %s\n", file, found.items[i]);
    return found.len;
}

static void real_dumps_of_a_superuser_pass_in_every_format(void **state)
{
    static const struct sample samples[] = ALL_SAMPLES;

    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        assert_int_equal(found_in(samples[i].name, samples[i].format, "postgres"), 0);
        assert_int_equal(found_in(samples[i].name, samples[i].format, "nobody"), 0);
    }
    assert_int_equal(found_in("../plain/pg13.sql", DUMP_PLAIN, "postgres"), 0);
    assert_int_equal(found_in("../plain/pg17.sql", DUMP_PLAIN, "postgres"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strangers_function_in_what_loading_evaluates_is_found),
        cmocka_unit_test(an_honest_object_is_left_alone),
        cmocka_unit_test(a_foreign_key_plans_with_what_stands_in_indexes),
        cmocka_unit_test(what_acts_beyond_its_arguments_is_no_strangers_to_call),
        cmocka_unit_test(the_finding_names_object_function_and_owner),
        cmocka_unit_test(a_text_that_was_cut_is_not_trusted),
        cmocka_unit_test(hostile_texts_end),
        cmocka_unit_test(real_dumps_of_a_superuser_pass_in_every_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
