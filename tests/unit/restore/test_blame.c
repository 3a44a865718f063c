#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "orchestrator/restore/blame.h"

static const struct blame_place SUPERUSER = {.english = true, .superuser = true};
static const struct blame_place ROLE = {.english = true};
static const struct blame_place STRANGE = {0};

static void all_are(const char *const *texts, size_t count, const struct blame_place *place,
                    enum blame expected)
{
    for (size_t i = 0; i < count; i++) {
        if (blame_of(texts[i], place) != expected)
            print_error("%s\n", texts[i]);
        assert_int_equal(blame_of(texts[i], place), expected);
    }
}

static void what_the_place_lacks_is_its_own_fault(void **state)
{
    static const char *const texts[] = {
        "ERROR:  could not extend file \"base/5/1\": No space left on device | HINT:  Check",
        "ERROR:  temporary file size exceeds temp_file_limit (64kB) (CREATE INDEX big_text)",
        "ERROR:  out of shared memory | HINT:  You might need to increase max_locks",
        "ERROR:  canceling statement due to statement timeout (CREATE INDEX i ON t (n);)",
        "ERROR:  cannot execute CREATE TABLE in a read-only transaction (CREATE TABLE t ()",
        "FATAL:  sorry, too many clients already",
        "FATAL:  terminating connection due to administrator command",
        "ERROR:  could not access file \"$libdir/postgis-3\": No such file or directory",
        "ERROR:  extension \"postgis\" is not available | DETAIL:  Could not open extension "
        "control file | HINT:  The extension must first be installed (CREATE EXTENSION IF NOT",
        "FATAL:  extension \"timescaledb\" must be preloaded (CREATE EXTENSION IF NOT EXISTS "
        "t)",
        "pg_restore exited with status 1: pg_restore: error: unsupported version (1.16) in "
        "file "
        "header",
        "pg_restore was ended by signal 9",
        "pg_restore exited with status 1: tar: short read",
        "pg_restore exited with status 1: mktemp: failed to create directory via template",
    };

    all_are(texts, ARRAY_LEN(texts), &SUPERUSER, BLAME_PLACE);
}

static void a_statement_that_no_place_would_take_is_the_backups(void **state)
{
    static const char *const texts[] = {
        "ERROR:  could not create unique index \"t_pkey\" | DETAIL:  Key (n)=(1) is "
        "duplicated.",
        "COPY failed for table \"one\": ERROR:  relation \"allowed\" does not exist | CONTEXT: "
        " x",
        "psql exited with status 3: psql:<stdin>:12: ERROR:  42P01: relation \"t\" does not "
        "exist",
        "ERROR:  permission denied for schema hidden (REFRESH MATERIALIZED VIEW public.m;)",
        "pg_restore exited with status 1: pg_restore: error: could not uncompress data",
        /* the data may hold any words */
        "ERROR:  duplicate key value | DETAIL:  Key (w)=(out of memory) already exists.",
        "ERROR:  23505: duplicate key | DETAIL:  Key (w)=(a:  53100: b) already exists.",
    };

    all_are(texts, ARRAY_LEN(texts), &SUPERUSER, BLAME_BACKUP);
}

static void
a_right_that_is_missing_is_the_roles_and_none_is_missing_to_a_superuser(void **state)
{
    static const char *const texts[] = {
        "ERROR:  must be able to SET ROLE \"other\" (ALTER TABLE public.t OWNER TO other;)",
        "ERROR:  must be member of role \"other\" (ALTER TABLE public.t OWNER TO other;)",
        "ERROR:  permission denied to create event trigger \"e\"",
        "psql exited with status 3: psql:<stdin>:7: ERROR:  42501: must be owner of table t",
    };

    all_are(texts, ARRAY_LEN(texts), &ROLE, BLAME_PLACE);
    all_are(texts, ARRAY_LEN(texts), &SUPERUSER, BLAME_BACKUP);
}

static void an_sqlstate_is_understood_in_any_language(void **state)
{
    static const char *const place[] = {
        "psql beendete: psql:<stdin>:3: FEHLER:  53400: Größe der temporären Datei",
        "psql:<stdin>:3: FEHLER:  25006: kann CREATE TABLE nicht ausführen",
        "psql:<stdin>:3: FEHLER:  57014: Anfrage wird storniert",
        "psql:<stdin>:3: FEHLER:  42501: keine Berechtigung",
        "keine Berechtigung (SQLSTATE 42501)",
    };
    static const char *const backup[] = {
        "psql:<stdin>:3: FEHLER:  42P07: Relation »t« existiert bereits",
        "Relation »t« existiert bereits (SQLSTATE 42P07)",
    };

    all_are(place, ARRAY_LEN(place), &STRANGE, BLAME_PLACE);
    all_are(backup, ARRAY_LEN(backup), &STRANGE, BLAME_BACKUP);
}

static void
words_of_another_language_are_not_guessed_at_but_the_tools_speak_english(void **state)
{
    assert_int_equal(blame_of("FEHLER:  keine Berechtigung für Schema s", &STRANGE),
                     BLAME_UNKNOWN);
    assert_int_equal(blame_of("FEHLER:  x | DETAIL:  out of memory", &STRANGE), BLAME_UNKNOWN);
    assert_int_equal(blame_of("pg_restore: error: could not execute query: server closed the "
                              "connection unexpectedly",
                              &STRANGE),
                     BLAME_PLACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_place_lacks_is_its_own_fault),
        cmocka_unit_test(a_statement_that_no_place_would_take_is_the_backups),
        cmocka_unit_test(
            a_right_that_is_missing_is_the_roles_and_none_is_missing_to_a_superuser),
        cmocka_unit_test(an_sqlstate_is_understood_in_any_language),
        cmocka_unit_test(
            words_of_another_language_are_not_guessed_at_but_the_tools_speak_english),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
