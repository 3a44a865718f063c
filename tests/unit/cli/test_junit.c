/* The JUnit file: each verdict as CI systems understand it, and XML whatever a name holds. */
#include "tests/unit/repository/temp.h"

#include "orchestrator/cli/junit.h"
#include <sys/stat.h>

#define ID "app-db/app/2026-11-21T013000Z"

struct file {
    char *path;
    struct junit *junit;
};

static struct file begin(const struct temp *temp)
{
    struct file file = {.path = fs_join(temp->folder, "junit.xml")};

    must(junit_begin(file.path, &file.junit));
    return file;
}

static void file_clear(struct file *file)
{
    junit_free(file->junit);
    free(file->path);
}

static void add_proof(const struct file *file, const char *proof_text)
{
    AUTO(jsonx_freep) json_t *proof = NULL;

    must(jsonx_parse(proof_text, strlen(proof_text), &proof));
    junit_add_proof(file->junit, ID, proof);
}

static void assert_has(const struct file *file, const char *words)
{
    AUTO(mem_freep) char *text = junit_text(file->junit);

    if (!strstr(text, words))
        fail_msg("\"%s\" is not in\n%s", words, text);
}

static void assert_lacks(const struct file *file, const char *words)
{
    AUTO(mem_freep) char *text = junit_text(file->junit);

    if (strstr(text, words))
        fail_msg("\"%s\" is in\n%s", words, text);
}

static void an_equal_proof_passes_and_names_what_was_not_compared(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);

    add_proof(&file, "{\"verdict\":\"equal\",\"depth\":\"counts\",\"restore_ms\":4100,"
                     "\"elapsed_ms\":9050,\"differences\":[],"
                     "\"not_compared\":[\"rows of public.f: a foreign table\"],"
                     "\"notes\":[\"a < b\"],\"checks\":[]}");
    assert_has(&file, "<testsuites name=\"pgkeep\" tests=\"6\" failures=\"0\" errors=\"0\" "
                      "skipped=\"1\" time=\"9.050\">");
    assert_has(&file, "<testsuite name=\"app-db/app\"");
    assert_has(&file, "<property name=\"backup\" value=\"" ID "\"/>");
    assert_has(&file, "<testcase name=\"restore\" classname=\"app-db/app\" time=\"4.100\"/>");
    assert_has(&file, "<testcase name=\"rows\" classname");
    assert_has(&file, "<skipped message=\"rows of public.f: a foreign table\"></skipped>");
    assert_has(&file, "<system-out>a &#60; b\n</system-out>");
}

/* That contents are equal is only said where they were looked at. */
static void contents_are_named_where_the_depth_is_content(void **state)
{
    AUTO(file_clear) struct file counts = begin(*state);
    AUTO(file_clear) struct file content = begin(*state);

    add_proof(&counts, "{\"verdict\":\"equal\",\"depth\":\"counts\",\"restore_ms\":1}");
    add_proof(&content, "{\"verdict\":\"equal\",\"depth\":\"content\",\"restore_ms\":1}");
    assert_lacks(&counts, "rows and contents");
    assert_has(&content, "<testcase name=\"rows and contents\" classname=\"app-db/app\"/>");
}

static void each_difference_fails_the_case_that_it_belongs_to(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);

    add_proof(&file, "{\"verdict\":\"different\",\"depth\":\"content\",\"restore_ms\":1,"
                     "\"differences\":[\"table public.a: 3 rows in the backup, 2 in the copy\","
                     "\"table public.b is missing in the copy\",\"sequence public.s: 1, 2\","
                     "\"INDEX public.i is missing in the copy\","
                     "\"large objects: 1 in the backup, 0 in the copy\","
                     "\"check c.sql, query 2: it returned false\"],"
                     "\"checks\":[{\"file\":\"c.sql\",\"query\":\"SELECT 1\",\"ok\":true},"
                     "{\"file\":\"c.sql\",\"query\":\"SELECT 1>2\",\"ok\":false,"
                     "\"said\":\"it returned false\"},"
                     "{\"file\":\"d.sql\",\"query\":\"SELECT 3\",\"ok\":true}]}");
    assert_has(&file, "tests=\"8\" failures=\"5\" errors=\"0\"");
    assert_has(&file, "name=\"restore\" classname=\"app-db/app\" time=\"0.001\"/>");
    assert_has(&file,
               "message=\"2 differences; the first: table public.a: 3 rows in the "
               "backup, 2 in the copy\" type=\"different\">table public.a: 3 rows in the "
               "backup, 2 in the copy&#10;table public.b is missing in the copy<");
    assert_has(&file, "<failure message=\"sequence public.s: 1, 2\"");
    assert_has(&file, "<failure message=\"INDEX public.i is missing in the copy\"");
    assert_has(&file, "<failure message=\"large objects: 1 in the backup, 0 in the copy\"");
    assert_has(&file, "<testcase name=\"check c.sql, query 1\" classname=\"app-db/app\"/>");
    assert_has(&file, "<failure message=\"it returned false\" type=\"different\">"
                      "SELECT 1&#62;2</failure>");
    assert_has(&file, "<testcase name=\"check d.sql, query 1\" classname=\"app-db/app\"/>");
}

static void a_restore_that_failed_is_the_one_failure(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);

    add_proof(&file, "{\"verdict\":\"different\",\"restore_ms\":0,"
                     "\"differences\":[\"the restore failed: table x: cut\"]}");
    assert_has(&file, "tests=\"1\" failures=\"1\" errors=\"0\"");
    assert_has(&file, "<failure message=\"the restore failed: table x: cut\"");
}

static void what_could_not_be_told_is_an_error_and_never_a_pass(void **state)
{
    AUTO(file_clear) struct file early = begin(*state);
    AUTO(file_clear) struct file late = begin(*state);

    add_proof(&early, "{\"verdict\":\"unproven\",\"reason\":\"no image\",\"restore_ms\":0}");
    assert_has(&early, "tests=\"1\" failures=\"0\" errors=\"1\"");
    assert_has(&early, "<error message=\"no image\" type=\"unproven\">");
    add_proof(&late, "{\"verdict\":\"unproven\",\"reason\":\"timed out\",\"restore_ms\":5,"
                     "\"differences\":[\"sequence public.s: 1, 2\"],"
                     "\"checks\":[{\"file\":\"c\",\"query\":\"SELECT 1\"}]}");
    assert_has(&late, "tests=\"4\" failures=\"1\" errors=\"2\"");
    assert_has(&late, "<error message=\"timed out\" type=\"unproven\">");
    assert_has(&late, "<error message=\"it was not run to its end\"");
    assert_lacks(&late, "name=\"rows\"");
    assert_lacks(&late, "name=\"schema\"");
}

static void a_verdict_of_the_future_is_not_taken_for_equal(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);

    add_proof(&file, "{\"verdict\":\"splendid\",\"restore_ms\":0}");
    assert_has(&file, "errors=\"1\"");
}

static void errors_without_a_proof_are_told_apart_by_whose_they_are(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);
    AUTO(err_freep) struct err *bad = err_new(ERR_BAD_BACKUP, "manifest cut");
    AUTO(err_freep) struct err *lost = err_new(ERR_UNREACHABLE, "no engine");

    junit_add_error(file.junit, "app-db/app", bad);
    junit_add_error(file.junit, "app-db/log", lost);
    assert_has(&file, "<testsuites name=\"pgkeep\" tests=\"2\" failures=\"1\" errors=\"1\"");
    assert_has(&file, "<failure message=\"manifest cut\"");
    assert_has(&file, "<error message=\"no engine\"");
}

static void no_text_breaks_the_xml(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);
    AUTO(err_freep) struct err *odd = err_new(ERR_FAILED, "%s",
                                              "<a b=\"c\" d='e'>&]]>\t\n\r\x01\x1b\x7f"
                                              "\xc3\xa9\xef\xbf\xbe\xef\xbf\xbf");
    AUTO(err_freep) struct err *bytes = err_new(ERR_FAILED, "%s", "caf\xe9 <\xed\xa0\x80>");

    junit_add_error(file.junit, "x\"y", odd);
    junit_add_error(file.junit, "z", bytes);
    assert_has(&file, "<testsuite name=\"x&#34;y\"");
    assert_has(&file, "message=\"&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;]]&#62;&#9;&#10;"
                      "&#13;\\x01\\x1b\x7f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"");
    assert_has(&file, "message=\"caf\\xe9 &#60;\\xed\\xa0\\x80&#62;\"");
}

static void the_file_is_replaced_as_a_whole_and_readable_by_all(void **state)
{
    struct temp *temp = *state;
    AUTO(file_clear) struct file file = {.path = fs_join(temp->folder, "junit.xml")};
    AUTO(buf_clear) struct buf text = BUF_OWN_TEXT;
    AUTO(strv_clear) struct strv names = STRV_INIT;
    AUTO(mem_freep) char *wanted = NULL;
    struct stat seen;

    temp_write(temp->folder, "junit.xml", "stale", 5);
    must(junit_begin(file.path, &file.junit));
    assert_false(fs_exists(file.path));
    add_proof(&file, "{\"verdict\":\"different\",\"restore_ms\":0,\"differences\":[\"x\"]}");
    must_fail(junit_end(file.junit, err_new(ERR_BAD_BACKUP, "bad")), ERR_BAD_BACKUP, "bad");
    must(fs_read_file(file.path, &text));
    wanted = junit_text(file.junit);
    assert_string_equal(buf_text(&text), wanted);
    assert_int_equal(stat(file.path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0644);
    must(fs_list_dir(temp->folder, &names));
    assert_int_equal(names.len, 2); /* the repository and the file */
}

static void what_cannot_be_written_is_an_error_that_hides_no_verdict(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *folder = fs_join(temp->folder, "ci");
    AUTO(file_clear) struct file file = {.path = fs_join(folder, "junit.xml")};

    must(fs_make_dirs(folder));
    must(junit_begin(file.path, &file.junit));
    add_proof(&file, "{\"verdict\":\"equal\",\"restore_ms\":1}");
    must(fs_remove_tree(folder));
    must_fail(junit_end(file.junit, NULL), ERR_NOT_FOUND, "junit.xml");
    must_fail(junit_end(file.junit, err_new(ERR_BAD_BACKUP, "bad")), ERR_BAD_BACKUP, "bad");
}

static void nothing_is_written_after_an_interrupt_or_without_a_result(void **state)
{
    AUTO(file_clear) struct file file = begin(*state);

    must(junit_end(file.junit, NULL));
    assert_false(fs_exists(file.path));
    add_proof(&file, "{\"verdict\":\"equal\",\"restore_ms\":1}");
    must_fail(junit_end(file.junit, err_new(ERR_INTERRUPTED, "stop")), ERR_INTERRUPTED, "stop");
    assert_false(fs_exists(file.path));
}

static void a_place_that_cannot_hold_it_is_refused_at_once(void **state)
{
    struct temp *temp = *state;
    AUTO(mem_freep) char *no_folder = fs_join(temp->folder, "none/junit.xml");
    struct junit *junit = NULL;

    must_fail(junit_begin(no_folder, &junit), ERR_USAGE, "is not there");
    must_fail(junit_begin(temp->folder, &junit), ERR_USAGE, "is no file");
    must_fail(junit_begin("/dev/stdout", &junit), ERR_USAGE, "is no file");
    must(junit_begin(NULL, &junit));
    assert_null(junit);
    junit_add_error(junit, "x", NULL);
    must(junit_end(junit, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_setup, temp_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_equal_proof_passes_and_names_what_was_not_compared),
        TEST(contents_are_named_where_the_depth_is_content),
        TEST(each_difference_fails_the_case_that_it_belongs_to),
        TEST(a_restore_that_failed_is_the_one_failure),
        TEST(what_could_not_be_told_is_an_error_and_never_a_pass),
        TEST(a_verdict_of_the_future_is_not_taken_for_equal),
        TEST(errors_without_a_proof_are_told_apart_by_whose_they_are),
        TEST(no_text_breaks_the_xml),
        TEST(the_file_is_replaced_as_a_whole_and_readable_by_all),
        TEST(what_cannot_be_written_is_an_error_that_hides_no_verdict),
        TEST(nothing_is_written_after_an_interrupt_or_without_a_result),
        TEST(a_place_that_cannot_hold_it_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
