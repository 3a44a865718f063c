#include "orchestrator/dump/plain.h"
#include "base/buf.h"
#include "base/mem.h"
#include "orchestrator/dump/load_code.h"
#include "orchestrator/dump/plain_title.h"
#include "orchestrator/dump/sql_lexer.h"
#include "orchestrator/dump/sql_name.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The longest statement that matters is a COPY of a table with PostgreSQL's 1600 columns, each
 * name 63 bytes of quotes. */
#define KEEP_BYTES ((size_t)256 << 10)
#define ENTRIES_MAX ((size_t)4 << 20)
#define TAIL_BYTES ((size_t)2048)
#define KEY_MAX ((size_t)1024)

#define TRAILER_LINE "-- PostgreSQL database dump complete"
#define TRAILER "--\n" TRAILER_LINE "\n--\n\n"

/* When is a plain dump complete? A cut one must never pass, and text in a row, string or
 * comment of the database may look like anything. So two things must hold:
 *   1. its last bytes are exactly what pg_dump writes last: the trailer, and, where a \restrict
 *      line came before, \unrestrict with the same key. A dump that is cut anywhere lacks
 *      some of those bytes, unless data just before the cut imitates them;
 *   2. either the key was there to compare: it is random (CVE-2025-8714), no data can hold it;
 *      or, in dumps of older pg_dumps, the splitter saw the trailer as a comment between
 *      statements, with nothing but "--" after it: so it was in no row and no string.
 * Hence a dump with a key is never called cut because the splitter, which follows psql's rules,
 * lost its way in it; only the row counts would be missing then (rows_known stays false). */
struct plain_reader {
    struct dump_listener listener;
    struct sql_lexer *lexer;
    struct toc *toc;
    size_t room;             /* entries that fit toc->entries */
    struct toc_entry *entry; /* the object whose statements pass, or NULL */
    bool named;              /* its first statement has passed */
    size_t entries_with_data;
    uint64_t fed;
    bool trailer;    /* the last comment but "--" was the trailer, no statement since */
    char *key;       /* of the last \restrict, or NULL */
    struct buf tail; /* the last bytes */
};

static struct err *new_entry(struct plain_reader *reader)
{
    struct toc *toc = reader->toc;

    if (toc->count == ENTRIES_MAX)
        return err_new(ERR_TOO_LARGE, "plain dump with more than %zu objects", ENTRIES_MAX);
    if (toc->count == reader->room) {
        reader->room = reader->room ? 2 * reader->room : 64;
        toc->entries = mem_resize(toc->entries, reader->room, sizeof(*toc->entries));
    }
    reader->entry = &toc->entries[toc->count];
    *reader->entry = (struct toc_entry){.dump_id = (int)++toc->count};
    reader->named = false;
    return NULL;
}

static bool is_desc(const struct toc_entry *entry, const char *desc)
{
    return strcmp(entry->desc, desc) == 0;
}

static struct err *on_title(struct plain_reader *reader, const struct toc_entry *title)
{
    struct toc_entry *entry;

    PASS(new_entry(reader));
    entry = reader->entry;
    entry->tag = title->tag;
    entry->desc = title->desc;
    entry->schema = title->schema;
    entry->owner = title->owner;
    entry->tablespace = title->tablespace;
    /* An INSERT dump writes nothing for an empty table: its title is all of its data. */
    entry->has_data = entry->data_seen =
        is_desc(entry, "TABLE DATA") || is_desc(entry, "BLOBS");
    if (is_desc(entry, "DATABASE"))
        mem_replace(&reader->toc->database, entry->tag);
    return NULL;
}

/* Takes the text after `prefix` into *slot if it is still empty. */
static void take_version(char **slot, const char *text, size_t len, const char *prefix)
{
    size_t prefix_len = strlen(prefix);

    if (**slot || len < prefix_len || memcmp(text, prefix, prefix_len) != 0)
        return;
    free(*slot);
    *slot = mem_strndup(text + prefix_len, len - prefix_len);
}

static struct err *on_comment(void *ctx, const char *text, size_t len)
{
    struct plain_reader *reader = ctx;
    struct toc_entry title = {0};

    if (strcmp(text, "--") == 0)
        return NULL;
    reader->trailer = strcmp(text, TRAILER_LINE) == 0;
    if (plain_title_parse(text, len, &title))
        return on_title(reader, &title);
    take_version(&reader->toc->server_version, text, len, "-- Dumped from database version ");
    take_version(&reader->toc->dump_version, text, len, "-- Dumped by pg_dump version ");
    return NULL;
}

static struct err *on_meta(void *ctx, const char *text, size_t len)
{
    static const char restrict_word[] = "\\restrict ";
    const size_t word_len = sizeof(restrict_word) - 1;
    struct plain_reader *reader = ctx;

    if (strncmp(text, "\\unrestrict ", 12) == 0)
        return NULL;
    reader->trailer = false;
    if (strncmp(text, restrict_word, word_len) != 0)
        return NULL;
    if (len - word_len > KEY_MAX)
        return err_new(ERR_TOO_LARGE, "plain dump with a \\restrict key of %zu bytes",
                       len - word_len);
    mem_replace(&reader->key, text + word_len);
    return NULL;
}

/* Moves over what stands before the table's name in the statements that name one. */
static bool at_table_name(const char **at, const char *end)
{
    if (sql_word(at, end, "copy") || sql_words(at, end, "insert into"))
        return true;
    if (!sql_word(at, end, "create"))
        return false;
    if (!sql_word(at, end, "unlogged"))
        (void)sql_word(at, end, "foreign");
    return sql_word(at, end, "table");
}

/* The title shows line ends in names as spaces; the statement has the name as it is. A table
 * loaded through its partition root has another name there: then the title's stays. */
static void correct_name(struct toc_entry *entry, const struct sql_statement *statement)
{
    const char *at = statement->text;
    const char *end = at + statement->len;
    AUTO(mem_freep) char *schema = NULL;
    AUTO(mem_freep) char *name = NULL;

    if (!at_table_name(&at, end) || !sql_qualified_name(&at, end, &schema, &name))
        return;
    if (!plain_title_shows(entry->tag, name) || !plain_title_shows(entry->schema, schema))
        return;
    mem_replace(&entry->tag, name);
    mem_replace(&entry->schema, schema);
}

/* The first statement of an object tells its exact name; only then is it announced. */
static void begin_entry(struct plain_reader *reader, const struct sql_statement *statement)
{
    struct toc_entry *entry = reader->entry;

    if (reader->named)
        return;
    reader->named = true;
    correct_name(entry, statement);
    if (!entry->has_data)
        return;
    reader->entries_with_data++;
    if (reader->listener.on_entry)
        reader->listener.on_entry(reader->listener.ctx, entry, reader->entries_with_data, 0);
}

/* A COPY without a title of its own gets an entry named by its statement. */
static struct err *adopt_copy(struct plain_reader *reader,
                              const struct sql_statement *statement)
{
    const char *at = statement->text;
    const char *end = at + statement->len;
    struct toc_entry title = {0};

    if (!sql_word(&at, end, "copy") ||
        !sql_qualified_name(&at, end, &title.schema, &title.tag)) {
        title.schema = mem_strdup("");
        title.tag = mem_strdup("");
    }
    title.desc = mem_strdup("TABLE DATA");
    title.owner = mem_strdup("");
    title.tablespace = mem_strdup("");
    return on_title(reader, &title);
}

static struct err *on_copy(struct plain_reader *reader, const struct sql_statement *statement)
{
    struct toc_entry *entry = reader->entry;

    if (!entry || !is_desc(entry, "TABLE DATA") || entry->copy_statement)
        PASS(adopt_copy(reader, statement));
    begin_entry(reader, statement);
    reader->entry->copy_statement = mem_printf("%s\n", statement->text);
    return NULL;
}

static bool starts_with(const struct sql_statement *statement, const char *prefix)
{
    return strncmp(statement->text, prefix, strlen(prefix)) == 0;
}

static struct err *on_statement(void *ctx, const struct sql_statement *statement)
{
    struct plain_reader *reader = ctx;
    struct toc_entry *entry = reader->entry;

    reader->trailer = false;
    if (statement->copy_in)
        return on_copy(reader, statement);
    if (!entry)
        return NULL;
    begin_entry(reader, statement);
    if (load_code_wants(entry->desc))
        load_code_read(entry->desc, statement->text, statement->len,
                       statement->bytes <= statement->len, &entry->calls);
    if (is_desc(entry, "SEQUENCE SET") && starts_with(statement, "SELECT pg_catalog.setval(")) {
        free(entry->definition); /* a hand-made dump may set it twice: the last one counts */
        entry->definition = mem_printf("%s\n", statement->text);
    }
    if (!entry->has_data)
        return NULL;
    entry->raw_bytes += statement->bytes;
    entry->stored_bytes = entry->raw_bytes;
    if (is_desc(entry, "BLOBS") && starts_with(statement, "SELECT pg_catalog.lo_open("))
        entry->rows++;
    return NULL;
}

static struct err *on_copy_data(void *ctx, uint64_t rows, uint64_t bytes)
{
    struct plain_reader *reader = ctx;

    reader->entry->rows += rows;
    reader->entry->raw_bytes += bytes;
    reader->entry->stored_bytes = reader->entry->raw_bytes;
    return NULL;
}

static struct err *on_copy_end(void *ctx)
{
    struct plain_reader *reader = ctx;

    reader->entry->rows_known = true;
    return NULL;
}

struct plain_reader *plain_reader_new(const struct dump_listener *listener)
{
    struct plain_reader *reader = mem_new(1, sizeof(*reader));
    struct sql_handler handler = {
        .on_statement = on_statement,
        .on_comment = on_comment,
        .on_meta = on_meta,
        .on_copy_data = on_copy_data,
        .on_copy_end = on_copy_end,
        .ctx = reader,
    };

    if (listener)
        reader->listener = *listener;
    reader->lexer = sql_lexer_new(&handler, KEEP_BYTES);
    reader->tail.max = TAIL_BYTES;
    reader->toc = mem_new(1, sizeof(*reader->toc));
    reader->toc->format = mem_strdup("PLAIN");
    reader->toc->compression = TOC_NONE;
    reader->toc->database = mem_strdup("");
    reader->toc->server_version = mem_strdup("");
    reader->toc->dump_version = mem_strdup("");
    return reader;
}

MUST_USE struct err *plain_reader_feed(struct plain_reader *reader, const uint8_t *data,
                                       size_t len)
{
    if (len == 0)
        return NULL;
    buf_append_tail(&reader->tail, data, len);
    reader->fed += len;
    TRY(sql_lexer_feed(reader->lexer, data, len), "plain dump");
    return NULL;
}

static bool ends_as_pg_dump_does(const struct plain_reader *reader)
{
    AUTO(mem_freep) char *expected = NULL;
    size_t len;

    if (reader->key)
        expected = mem_printf("%s\\unrestrict %s\n\n", TRAILER, reader->key);
    else
        expected = mem_strdup(TRAILER);
    len = strlen(expected);
    return reader->tail.len >= len &&
           memcmp(reader->tail.data + reader->tail.len - len, expected, len) == 0;
}

MUST_USE struct err *plain_reader_finish(struct plain_reader *reader)
{
    AUTO(err_freep) struct err *cut = sql_lexer_finish(reader->lexer);

    if (!ends_as_pg_dump_does(reader)) {
        if (cut)
            return err_wrap(TAKE(cut), "plain dump is cut");
        return err_new(ERR_CUT,
                       "plain dump is cut: it ends at byte %" PRIu64
                       " without the lines that pg_dump writes last",
                       reader->fed);
    }
    if (!reader->key && (cut || !reader->trailer))
        return err_new(ERR_CUT,
                       "plain dump is cut: what looks like pg_dump's last lines, at byte "
                       "%" PRIu64 ", is inside of data",
                       reader->fed);
    if (reader->listener.on_toc)
        reader->listener.on_toc(reader->listener.ctx, reader->toc);
    return NULL;
}

struct toc *plain_reader_toc(struct plain_reader *reader)
{
    return reader->toc;
}

uint64_t plain_reader_raw_bytes(const struct plain_reader *reader)
{
    return reader->fed;
}

void plain_reader_free(struct plain_reader *reader)
{
    if (!reader)
        return;
    sql_lexer_free(reader->lexer);
    toc_free(reader->toc);
    buf_clear(&reader->tail);
    free(reader->key);
    free(reader);
}
