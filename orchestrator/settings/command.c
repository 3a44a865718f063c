#include "orchestrator/settings/command.h"
#include "base/nearest.h"
#include <string.h>

/* A description is paragraphs with an empty line between; help and the man page wrap them. An
 * example is a line: the command, three blanks, what it does. */

/* clang-format off */
const struct command command_table[COMMAND_COUNT] = {
    [COMMAND_TARGETS] = {
        .id = COMMAND_TARGETS,
        .name = "targets",
        .synopsis = "",
        .summary = "show what was found, what is included, and why",
        .description =
            "Lists the PostgreSQL containers of the engine with their databases, and says of each "
            "whether pgkeep looks after it. Included are the containers labelled "
            "pgkeep.enable=true and, when pgkeep itself runs in a compose project, every "
            "PostgreSQL container of that project that is not labelled pgkeep.enable=false. A "
            "target that a command names is used in any case.\n\n"
            "PostgreSQL is recognised by PG_MAJOR, PGDATA or POSTGRES_* in the container's "
            "environment, by the image's name, or by port 5432.",
        .examples =
            "pgkeep targets   what pgkeep looks after\n"
            "pgkeep targets --scope host   the same for every compose project on this host",
    },
    [COMMAND_DOCTOR] = {
        .id = COMMAND_DOCTOR,
        .name = "doctor",
        .synopsis = "[TARGET...]",
        .summary = "check what works here: engine, rights, space, tools",
        .description =
            "Tries what the other commands need, and prints one line for each: the engine and its "
            "API version, what pgkeep may do there, the repository with its free space, and for "
            "each target whether it answers and which PostgreSQL tools it has. Without arguments "
            "these are the included ones. A line that failed says what to do. Nothing is "
            "changed.",
        .examples =
            "pgkeep doctor   the first thing to run on a new host\n"
            "pgkeep doctor app-db   one target, labelled or not\n"
            "docker compose exec pgkeep pgkeep doctor   the same in a sidecar",
        .max_arguments = -1,
    },
    [COMMAND_WAIT] = {
        .id = COMMAND_WAIT,
        .name = "wait",
        .synopsis = "TARGET",
        .summary = "wait until the database really answers",
        .description =
            "The official image starts a temporary server while it initialises, and then "
            "restarts; wait is not taken in by it. Ready means: the container runs, is healthy if "
            "it has a HEALTHCHECK, and the final server answers a query.\n\n"
            "A container that exits or turns unhealthy ends the wait at once, and its last log "
            "lines are shown. When the time is up, the exit status is 6.",
        .examples =
            "pgkeep wait app-db   up to a minute\n"
            "pgkeep wait shop/db --timeout 5m   service db of compose project shop",
        .min_arguments = 1,
        .max_arguments = 1,
    },
    [COMMAND_BACKUP] = {
        .id = COMMAND_BACKUP,
        .name = "backup",
        .synopsis = "[TARGET[/DATABASE]...]",
        .summary = "back up databases into the repository",
        .description =
            "Runs the target's own pg_dump, so that the versions always match, and streams its "
            "output into the repository. Without arguments: every included target, every "
            "database but templates, and but those that `restore --replace` has kept "
            "(app_before_...). Roles and tablespaces go with each backup, as globals.sql.\n\n"
            "A backup exists whole or not at all: it gets its name only when the tool ended with "
            "success, the dump is complete, and all of it is on the disk. If some of several "
            "failed, the exit status is 3. Without arguments, a target that has backups and no "
            "container any more counts as failed.\n\n"
            "A table that lost more of its rows since the backup before than --row-drop-alarm "
            "allows is reported. The backup is kept all the same, and list shows it; the exit "
            "status is 3.",
        .examples =
            "pgkeep backup   everything that is included\n"
            "pgkeep backup app-db/app   one database\n"
            "pgkeep backup app-db/app --test   and prove at once that it restores\n"
            "pgkeep backup app-db --exclude-table-data 'log_*'   without the rows of some tables",
        .max_arguments = -1,
    },
    [COMMAND_LIST] = {
        .id = COMMAND_LIST,
        .name = "list",
        .synopsis = "[TARGET[/DATABASE]]",
        .summary = "list the backups in the repository",
        .description =
            "Lists backups with their size, age and newest proof, and what was noticed when they "
            "were made. Then says of each database how old its newest proven backup is, and how "
            "long the restore took that proved it. It only reads the repository; no engine and "
            "no database is needed.",
        .examples =
            "pgkeep list   all backups\n"
            "pgkeep list app-db/app   those of one database\n"
            "pgkeep list --json   for scripts",
        .max_arguments = 1,
    },
    [COMMAND_SHOW] = {
        .id = COMMAND_SHOW,
        .name = "show",
        .synopsis = "BACKUP | --diff BACKUP BACKUP",
        .summary = "show one backup: manifest, contents, proof",
        .description =
            "BACKUP is an id TARGET/DATABASE/STAMP as pgkeep list prints it. TARGET/DATABASE or "
            "TARGET/DATABASE/latest is the newest one, TARGET/DATABASE/proven the newest that a "
            "test found equal, TARGET/DATABASE@2026-11-20T14:30 the last one before that moment "
            "(local time; a day alone is its beginning). A shorter form works while only one "
            "backup fits. It only reads the repository.\n\n"
            "--diff compares two backups, the older one first: rows gained and lost per table, "
            "tables and schema entries that only one has, sequences that moved. Contents are "
            "compared where both backups have a fingerprint that covers them.",
        .examples =
            "pgkeep show app-db/app   the newest backup of a database\n"
            "pgkeep show app-db/app --contents   its contents, as pg_restore -l lists them\n"
            "pgkeep show --diff app-db/app/2026-11-20 app-db/app   what changed since that day",
        .min_arguments = 1,
        .max_arguments = 2, /* with --diff */
    },
    [COMMAND_VERIFY] = {
        .id = COMMAND_VERIFY,
        .name = "verify",
        .synopsis = "BACKUP | --all",
        .summary = "check checksums and the dump's whole structure, offline",
        .description =
            "Computes the checksum of every file again, and reads the dump through to its end. A "
            "changed bit, a cut, a missing or an added file is named, and the exit status is "
            "4. No engine and no database is needed. That a backup really restores is shown by "
            "pgkeep test.",
        .examples =
            "pgkeep verify app-db/app   the newest backup of a database\n"
            "pgkeep verify --all   the whole repository",
        .max_arguments = 1,
    },
    [COMMAND_TEST] = {
        .id = COMMAND_TEST,
        .name = "test",
        .synopsis = "BACKUP | --all",
        .summary = "prove that a backup restores",
        .description =
            "Restores the backup into a throwaway container made from the exact image of the "
            "target, without a network, or with --in database into a throwaway database in the "
            "target's server. Then compares what was restored with what was backed up, and runs "
            "the queries of --check. The throwaway is removed in every case, and the source "
            "database is never touched.\n\n"
            "The verdict is kept beside the backup as proof.json. Exit status 4 means that the "
            "backup is bad, 5 that the proof could not be made. --junit writes the result for a "
            "CI system.",
        .examples =
            "pgkeep test app-db/app   the newest backup of a database\n"
            "pgkeep test app-db/app --check checks.sql   with queries of your own\n"
            "pgkeep test app-db/app --image postgres:18   does it restore into another version?\n"
            "pgkeep test --all   every backup in the repository, one after the other",
        .max_arguments = 1,
    },
    [COMMAND_RESTORE] = {
        .id = COMMAND_RESTORE,
        .name = "restore",
        .synopsis = "BACKUP --into TARGET[/DATABASE]",
        .summary = "restore a backup into a new database, or over one",
        .description =
            "Creates the database with the encoding, locale and owner it had, and restores into "
            "it. A database that exists is refused unless --replace is given; then the restore "
            "goes into a fresh database beside it, and the names are swapped only when all of it "
            "succeeded. A failed restore leaves the old database exactly as it was.\n\n"
            "Without the name of one backup, --replace says which it takes, how old it is and "
            "whether it is proven, and asks on a terminal.\n\n"
            "One table back: --beside --table puts its rows into the database that is there, as a "
            "table of a schema of their own, and prints the statement that takes them over. A part "
            "of a backup never takes the place of a whole database.\n\n"
            "Any error of pg_restore or psql fails the restore; nothing is ignored. Selecting "
            "(--table, --schema, --list, --schema-only, --data-only) needs a backup in custom, "
            "tar or directory format; --beside takes every format.",
        .examples =
            "pgkeep restore app-db/app --into app-db/app_copy   beside the original\n"
            "pgkeep restore app-db/app --into app-db/app --replace --stop web   over it, with the "
            "service web stopped meanwhile\n"
            "pgkeep restore app-db/app --into new-db/app --globals   on another server, with the "
            "roles\n"
            "pgkeep restore app-db/app@2026-11-20 --into app-db/app --beside --table t   the rows "
            "that table t had then, beside it\n"
            "pgkeep restore app-db/app/proven --into app-db/part --table orders   one table"
            " alone",
        .min_arguments = 1,
        .max_arguments = 1,
    },
    [COMMAND_STATS] = {
        .id = COMMAND_STATS,
        .name = "stats",
        .synopsis = "",
        .summary = "totals per database, age of the newest backup and proof",
        .description =
            "Counts backups and bytes per target and database. Says how old the newest backup is, "
            "how old the newest one that was proven to restore, and how long that restore took: "
            "the measured recovery point and recovery time. It only reads the repository; where an "
            "engine answers, it names the targets that have no container any more.",
        .examples =
            "pgkeep stats   on screen\n"
            "pgkeep stats --json   for monitoring",
    },
    [COMMAND_RUN] = {
        .id = COMMAND_RUN,
        .name = "run",
        .synopsis = "",
        .summary = "the sidecar's long-running command",
        .description =
            "Stays in the foreground until SIGINT or SIGTERM and keeps the targets in view: sweeps "
            "what crashed runs left behind, and logs targets as they come and go. Backups are "
            "started by docker exec in this container, or from the host's cron. Schedules come "
            "in a later version.",
        .examples =
            "pgkeep run   as the command of a compose service\n"
            "docker compose exec pgkeep pgkeep backup   a backup through that service",
    },
    [COMMAND_HELP] = {
        .id = COMMAND_HELP,
        .name = "help",
        .synopsis = "[COMMAND]",
        .summary = "explain pgkeep or one command",
        .description =
            "Prints the overview or, as COMMAND --help does, the help of one command. All of it "
            "together is the man page, pgkeep(1).",
        .examples =
            "pgkeep help backup   the same as pgkeep backup --help\n"
            "pgkeep help --man | man -l -   the man page",
        .max_arguments = 1,
    },
};
/* clang-format on */

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}

const char *command_nearest(const char *name)
{
    const char *names[COMMAND_COUNT];

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = command_table[i].name;
    return nearest_of(name, names, COMMAND_COUNT);
}
