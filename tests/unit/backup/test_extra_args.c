#include "base/mem.h"
#include "orchestrator/backup/extra_args.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* `words` are separated by blanks. */
static struct err *check(const char *words, int major)
{
    AUTO(strv_clear) struct strv args = STRV_INIT;

    strv_split(&args, words, ' ');
    return extra_args_check(&args, major);
}

static void what_drops_creates_or_redirects_is_refused_in_every_spelling(void **state)
{
    static const char *const bad[] = {"--clean",
                                      "--clea",
                                      "--cle",
                                      "--cl",
                                      "-c",
                                      "-vc",
                                      "-cv",
                                      "-Cc",
                                      "-vxC",
                                      "--create",
                                      "--cr",
                                      "--crea",
                                      "--if-exists",
                                      "--if",
                                      "--binary-upgrade",
                                      "--bin",
                                      "-xf/tmp/a",
                                      "--fi=/tmp/x",
                                      "--form=p",
                                      "-vFp",
                                      "--dbname=x",
                                      "--db x",
                                      "-vdx",
                                      "--host=x",
                                      "-hx",
                                      "-p5",
                                      "--port 5",
                                      "-Ux",
                                      "--user=x",
                                      "-W",
                                      "--passw",
                                      "--snap=x",
                                      "-Z9",
                                      "--compress=9",
                                      "--jobs=2",
                                      "-j2",
                                      "--restrict-key=a",
                                      "--include-foreign-data=x",
                                      "--incl x",
                                      "--version",
                                      "-V",
                                      "-v -?",
                                      "--help",
                                      "live",
                                      "--",
                                      "-",
                                      "-v live",
                                      "--no-comments live",
                                      "--table",
                                      "-t",
                                      "-vt",
                                      "-t a --schema",
                                      "--encoding=SJIS",
                                      "-E gbk",
                                      "-EBIG5",
                                      "--encod Shift_JIS_2004"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO(err_freep) struct err *e = check(bad[i], 17);

        if (!err_is(e, ERR_USAGE))
            fail_msg("passed: %s", bad[i]);
    }
}

static void what_only_narrows_or_shapes_the_dump_passes(void **state)
{
    static const char *const good[] = {"",
                                       "--no-comments",
                                       "--no-comm",
                                       "--inserts",
                                       "-x",
                                       "-vxO",
                                       "-t --clean",
                                       "--table -c",
                                       "-tclean",
                                       "-T create -x",
                                       "--exclude-table-data=clean",
                                       "--schema=create",
                                       "-nC",
                                       "--role=c",
                                       "--role c",
                                       "--no-comments",
                                       "--serializable-deferrable",
                                       "--section=pre-data",
                                       "--encoding=UTF8",
                                       "-E LATIN1",
                                       "--no-such-option",
                                       "-z",
                                       "--filter=/x",
                                       "--rows-per-insert 5",
                                       "--no-privileges -v"};

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO(err_freep) struct err *e = check(good[i], 17);
        AUTO(mem_freep) char *text = e ? err_text(e) : NULL;

        if (e)
            fail_msg("%s", text);
    }
    assert_null(extra_args_check(NULL, 17));
}

static void the_reason_stands_in_the_message(void **state)
{
    AUTO(err_freep) struct err *drop = check("-vc", 17);
    AUTO(err_freep) struct err *file = check("--fi=/x", 17);
    AUTO(mem_freep) char *drop_text = err_text(drop);
    AUTO(mem_freep) char *file_text = err_text(file);

    assert_non_null(strstr(drop_text, "-vc (--clean) is refused: a restore would drop"));
    assert_non_null(strstr(file_text, "--fi=/x (--file) is pgkeep's own to set"));
}

static void an_option_of_a_pg_dump_that_is_newer_than_the_tables_is_refused(void **state)
{
    AUTO(err_freep) struct err *e = check("--no-such-option", 19);

    assert_true(err_is(e, ERR_USAGE));
    assert_null(check("--no-comments", 19));
    assert_null(check("--no-such-option", 18));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_drops_creates_or_redirects_is_refused_in_every_spelling),
        cmocka_unit_test(what_only_narrows_or_shapes_the_dump_passes),
        cmocka_unit_test(the_reason_stands_in_the_message),
        cmocka_unit_test(an_option_of_a_pg_dump_that_is_newer_than_the_tables_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
