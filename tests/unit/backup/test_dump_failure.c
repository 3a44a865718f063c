#include "base/own.h"
#include "orchestrator/backup/dump_failure.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define EXITED "pg_dump exited with status 1: "
#define SOCKET "connection to server on socket \"/var/run/postgresql/.s.PGSQL.5432\" failed: "

static void check(enum dump_failure expected, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (dump_failure_of(texts[i]) != expected)
            fail_msg("%s", texts[i]);
}

static void a_connection_that_was_ended_is_known_in_any_language_and_at_any_time(void **state)
{
    static const char *const texts[] = {
        EXITED "pg_dump: error: query failed: FATAL:  terminating connection due to "
               "administrator command | server closed the connection unexpectedly",
        EXITED "pg_dump: error: query failed: FATAL:  Verbindung wird abgebrochen aufgrund von "
               "Anweisung des Administrators | server closed the connection unexpectedly",
        EXITED "pg_dump: error: " SOCKET
               "FATAL:  terminating connection due to administrator command",
        EXITED "pg_dump: error: " SOCKET "server closed the connection unexpectedly",
        /* while it imported the snapshot: not the snapshot's fault */
        EXITED "pg_dump: error: query failed: server closed the connection unexpectedly | "
               "pg_dump: error: query was: SET TRANSACTION SNAPSHOT '00000003-00000002-1'",
        EXITED "pg_dump: error: Dumping the contents of table \"big\" failed: PQgetResult() "
               "failed. | pg_dump: detail: Error message from server: SSL connection has been "
               "closed unexpectedly",
        EXITED "pg_dump: error: query failed: no connection to the server",
        EXITED "pg_dump: error: query failed: could not receive data from server: Connection "
               "reset by peer",
    };

    check(DUMP_FAILURE_CUT, texts, ARRAY_LEN(texts));
}

static void too_many_connections_are_told_from_other_reasons_not_to_be_let_in(void **state)
{
    static const char *const no_room[] = {
        EXITED "pg_dump: error: " SOCKET "FATAL:  sorry, too many clients already",
        EXITED "pg_dump: error: connection to database \"app\" failed: FATAL:  too many "
               "connections for role \"single\"",
        EXITED "pg_dump: error: " SOCKET "FATAL:  too many connections for database \"app\"",
        EXITED "pg_dump: error: " SOCKET "FATAL:  remaining connection slots are reserved for "
               "roles with the SUPERUSER attribute",
    };
    static const char *const others[] = {
        EXITED "pg_dump: error: " SOCKET "FATAL:  the database system is shutting down",
        EXITED "pg_dump: error: " SOCKET "No such file or directory",
        EXITED "pg_dump: error: connection to database \"app\" failed: could not connect to "
               "server: Connection refused",
        EXITED "pg_dump: error: " SOCKET "FATAL:  zu viele Verbindungen von Rolle »single«",
    };

    check(DUMP_FAILURE_NO_ROOM, no_room, ARRAY_LEN(no_room));
    check(DUMP_FAILURE_NOT_LET_IN, others, ARRAY_LEN(others));
}

static void a_refused_snapshot_is_known_by_the_query_and_all_else_is_other(void **state)
{
    static const char *const snapshot[] = {
        EXITED "pg_dump: error: query failed: ERROR:  invalid snapshot identifier: \"1\" | "
               "pg_dump: detail: Query was: SET TRANSACTION SNAPSHOT '1'",
        EXITED "pg_dump: error: query failed: FEHLER:  ungültiger Snapshot-Bezeichner: »1« | "
               "pg_dump: error: query was: SET TRANSACTION SNAPSHOT '1'",
    };
    static const char *const others[] = {
        "",
        EXITED "pg_dump: error: query failed: ERROR:  relation \"public.gone\" does not exist",
        EXITED "pg_dump: error: query failed: ERROR:  too many connections of a pipe",
        "pg_dump was ended by signal 9",
    };

    check(DUMP_FAILURE_SNAPSHOT, snapshot, ARRAY_LEN(snapshot));
    check(DUMP_FAILURE_OTHER, others, ARRAY_LEN(others));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_was_ended_is_known_in_any_language_and_at_any_time),
        cmocka_unit_test(too_many_connections_are_told_from_other_reasons_not_to_be_let_in),
        cmocka_unit_test(a_refused_snapshot_is_known_by_the_query_and_all_else_is_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
