/* The estimate: pg_database_size of the source at the backup, its indexes and its bloat
 * included, and a tenth more for what sorts. Where only a part is restored, twice its rows as
 * text. WAL is written for all of it; between checkpoints about max_wal_size of it stays, and
 * all of it where a slot or an archive holds it back.
 *
 * The watch sleeps the longer the more there is left: half the time in which a fast disk could
 * fill it, and no longer than it takes to hand over what would fill a part of it. It gives up
 * where what is left would not last until the next look. */
#include "orchestrator/restore/room.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/units.h"
#include "docker-api/exec.h"
#include "orchestrator/restore/volume.h"
#include <stdlib.h>
#include <string.h>

#define VOLUMES_MOST 2
#define EMPTY_DATABASE_BYTES ((uint64_t)10 << 20)
#define FASTEST_BYTES_PER_MS ((uint64_t)500 << 10)
#define PAUSE_LEAST_MS 250
#define PAUSE_MOST_MS 10000
#define LOOK_TIMEOUT_MS 10000
/* A row is written to its table and to the WAL. */
#define WRITTEN_PER_BYTE 2
/* This part of what is to spare may be written without a look. */
#define UNSEEN_PART 4

struct room {
    const struct server *server;         /* borrowed */
    char *data_directory;                /* "": not for us to know, PGDATA must do */
    uint64_t wal_bytes;                  /* that stay between checkpoints, at most */
    struct volume volumes[VOLUMES_MOST]; /* the data's, and the WAL's if it is another */
    size_t count;                        /* 0: not known */
    struct volume last[VOLUMES_MOST];
    int64_t looked_ms;
    int64_t pause_ms;
    uint64_t spare; /* at the last look */
    uint64_t fed;   /* since then */
};

/* -- the estimate -- */

static bool room_wants(const struct room_wish *wish, const struct manifest_table *table)
{
    AUTO(mem_freep) char *name = mem_printf("%s.%s", table->schema, table->name);

    return (wish->tables &&
            (strv_contains(wish->tables, table->name) || strv_contains(wish->tables, name))) ||
           (wish->schemas && strv_contains(wish->schemas, table->schema));
}

static bool room_selects(const struct room_wish *wish)
{
    return (wish->tables && wish->tables->len > 0) || (wish->schemas && wish->schemas->len > 0);
}

static uint64_t selected_bytes(const struct room_wish *wish)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < wish->manifest->table_count; i++)
        if (room_wants(wish, &wish->manifest->tables[i]))
            bytes = units_add(bytes, wish->manifest->tables[i].raw_bytes);
    return bytes;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t room_estimate(const struct room_wish *wish)
{
    const struct manifest *m = wish->manifest;
    uint64_t text = units_add(m->raw_bytes, m->raw_bytes);
    uint64_t bytes = m->database_bytes ? m->database_bytes : text;

    if (wish->schema_only || wish->listed)
        return EMPTY_DATABASE_BYTES;
    if (m->selection.len > 0 || wish->data_only)
        bytes = smaller(bytes, text);
    if (room_selects(wish))
        bytes = smaller(bytes, units_add(selected_bytes(wish), selected_bytes(wish)));
    if (wish->twice)
        bytes = units_add(bytes, bytes);
    return units_add(units_add(bytes, bytes / 10), EMPTY_DATABASE_BYTES);
}

/* -- a look -- */

static const char LOOK_SCRIPT[] = "d=${1:-$PGDATA}\n"
                                  "[ -n \"$d\" ] || exit 0\n"
                                  "LC_ALL=C; export LC_ALL\n"
                                  "exec df -P -k \"$d\" \"$d/pg_wal\"\n";

/* *count 0: it cannot be seen. */
static struct err *room_look(const struct room *room, struct volume *out, size_t *count)
{
    const char *const argv[] = {"sh", "-c", LOOK_SCRIPT, "pgkeep", room->data_directory, NULL};
    const struct exec_spec spec = {
        .container = room->server->container, .argv = argv, .timeout_ms = LOOK_TIMEOUT_MS};
    AUTO(buf_clear) struct buf said = BUF_INIT((size_t)64 << 10);
    AUTO(buf_clear) struct buf errors = BUF_INIT((size_t)64 << 10);
    struct exec_result result = {0};
    struct err *e = exec_capture(room->server->engine, &spec, &said, &errors, &result);

    *count = e ? 0 : volume_read(buf_text(&said), out, VOLUMES_MOST);
    if (e && e->kind != ERR_INTERRUPTED) {
        log_err(LOG_DEBUG, "look at the data volume", e);
        err_freep(&e);
    }
    return e;
}

/* The directory is hidden from who is no superuser, the rest is for all. */
static const char FACTS_SQL[] =
    "SELECT coalesce((SELECT setting FROM pg_catalog.pg_settings"
    "  WHERE name OPERATOR(pg_catalog.=) 'data_directory'), ''),"
    " pg_catalog.pg_size_bytes(pg_catalog.current_setting('max_wal_size')),"
    " pg_catalog.current_setting('archive_mode') OPERATOR(pg_catalog.<>) 'off'"
    "  OR EXISTS (SELECT FROM pg_catalog.pg_replication_slots)";

MUST_USE struct err *room_open(const struct server *server, struct room **out)
{
    AUTO(room_freep) struct room *room = mem_new(1, sizeof(*room));
    AUTO(rows_clear) struct rows rows = {0};

    *out = NULL;
    room->server = server;
    PASS(server_query(server, NULL, FACTS_SQL, 3, &rows));
    if (rows.count != 1)
        return err_new(ERR_PROTOCOL, "psql gave %zu rows instead of one", rows.count);
    room->data_directory = mem_strdup(rows_cell(&rows, 0, 0));
    room->wal_bytes = rows_cell(&rows, 0, 2)[0] == 't'
                          ? UINT64_MAX
                          : strtoull(rows_cell(&rows, 0, 1), NULL, 10);
    PASS(room_look(room, room->volumes, &room->count));
    memcpy(room->last, room->volumes, sizeof(room->last));
    room->looked_ms = clock_mono_ms();
    room->spare = room->count > 0 ? room->volumes[0].free_bytes / 2 : 0;
    if (room->count == 0)
        log_info("%.12s: how much space the server has left is not known: its container has no "
                 "df that tells",
                 server->container);
    *out = TAKE(room);
    return NULL;
}

void room_free(struct room *room)
{
    if (!room)
        return;
    free(room->data_directory);
    free(room);
}

void room_freep(struct room **room)
{
    room_free(*room);
    *room = NULL;
}

/* -- before -- */

static struct err *too_small(const struct volume *volume, uint64_t data, uint64_t wal)
{
    uint64_t reserve = volume_reserve(volume);
    uint64_t need = units_add(units_add(data, wal), reserve);
    char need_text[UNITS_TEXT_SIZE], data_text[UNITS_TEXT_SIZE], wal_text[UNITS_TEXT_SIZE];
    char reserve_text[UNITS_TEXT_SIZE], free_text[UNITS_TEXT_SIZE];

    if (volume->free_bytes >= need)
        return NULL;
    return err_new(
        ERR_NO_SPACE,
        "the server's volume has %s free, and the restore takes about %s: %s of data, "
        "%s of WAL, and %s that must stay free",
        units_size(volume->free_bytes, free_text), units_size(need, need_text),
        units_size(data, data_text), units_size(wal, wal_text),
        units_size(reserve, reserve_text));
}

MUST_USE struct err *room_check(const struct room *room, const struct room_wish *wish,
                                const char *subject, bool force)
{
    uint64_t data = room_estimate(wish);
    uint64_t wal = smaller(data, room->wal_bytes);
    AUTO(err_freep) struct err *e = NULL;

    if (room->count > 0)
        e = too_small(&room->volumes[0], data, room->count > 1 ? 0 : wal);
    if (!e && room->count > 1)
        e = too_small(&room->volumes[1], 0, wal);
    if (e && force) {
        log_err(LOG_WARN, subject, e);
        return NULL;
    }
    return err_hint(TAKE(e),
                    "free some, or restore elsewhere; --force begins all the same, and "
                    "gives up before the volume is full");
}

/* -- meanwhile -- */

/* A volume that was nearly full to begin with is not given up for that. */
static uint64_t least_free(const struct room *room, size_t i)
{
    return smaller(volume_reserve(&room->volumes[i]), room->volumes[i].free_bytes / 2);
}

/* Bytes that a volume loses in a millisecond, since the look before. */
static uint64_t loss_per_ms(const struct volume *before, const struct volume *now, int64_t ms)
{
    if (now->free_bytes >= before->free_bytes || ms <= 0)
        return 0;
    return (before->free_bytes - now->free_bytes) / (uint64_t)ms;
}

static int64_t pause_for(uint64_t spare)
{
    uint64_t ms = spare / FASTEST_BYTES_PER_MS / 2;

    if (ms < PAUSE_LEAST_MS)
        return PAUSE_LEAST_MS;
    return ms < PAUSE_MOST_MS ? (int64_t)ms : PAUSE_MOST_MS;
}

static struct err *give_up(const struct room *room, size_t i, const struct volume *now)
{
    char now_text[UNITS_TEXT_SIZE], before_text[UNITS_TEXT_SIZE];

    return err_hint(err_new(ERR_NO_SPACE,
                            "gave up before the server's volume was full: %s were free at the "
                            "start, %s are left",
                            units_size(room->volumes[i].free_bytes, before_text),
                            units_size(now->free_bytes, now_text)),
                    "a server whose volume is full stops; restore where there is more room");
}

static struct err *judge_look(struct room *room, const struct volume *now, int64_t elapsed_ms)
{
    int64_t pause_ms = PAUSE_MOST_MS;

    room->spare = UINT64_MAX;
    for (size_t i = 0; i < room->count; i++) {
        uint64_t least = least_free(room, i);
        uint64_t spare = now[i].free_bytes > least ? now[i].free_bytes - least : 0;
        int64_t pause = pause_for(spare);

        room->spare = smaller(room->spare, spare);
        if (spare <= loss_per_ms(&room->last[i], &now[i], elapsed_ms) * (uint64_t)pause)
            return give_up(room, i, &now[i]);
        pause_ms = pause < pause_ms ? pause : pause_ms;
    }
    room->pause_ms = pause_ms;
    return NULL;
}

MUST_USE struct err *room_watch(struct room *room)
{
    struct volume now[VOLUMES_MOST];
    int64_t elapsed_ms = clock_mono_ms() - room->looked_ms;
    size_t count = 0;

    if (room->count == 0 || (elapsed_ms < room->pause_ms &&
                             room->fed * WRITTEN_PER_BYTE <= room->spare / UNSEEN_PART))
        return NULL;
    PASS(room_look(room, now, &count));
    room->looked_ms = clock_mono_ms();
    room->fed = 0;
    if (count != room->count)
        return NULL;
    PASS(judge_look(room, now, elapsed_ms));
    memcpy(room->last, now, sizeof(now));
    return NULL;
}

MUST_USE struct err *room_feed(struct room *room, uint64_t bytes)
{
    room->fed = units_add(room->fed, bytes);
    return room_watch(room);
}
