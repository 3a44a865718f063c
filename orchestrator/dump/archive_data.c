#include "orchestrator/dump/archive_data.h"
#include "base/mem.h"
#include <string.h>

static void keep_tail(struct archive_data *data, const uint8_t *bytes, size_t len)
{
    if (len < ARCHIVE_DATA_TAIL_BYTES) {
        memmove(data->tail, data->tail + len, ARCHIVE_DATA_TAIL_BYTES - len);
        memcpy(data->tail + ARCHIVE_DATA_TAIL_BYTES - len, bytes, len);
        return;
    }
    memcpy(data->tail, bytes + len - ARCHIVE_DATA_TAIL_BYTES, ARCHIVE_DATA_TAIL_BYTES);
}

void archive_data_feed(struct archive_data *data, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return;
    data->raw_bytes += len;
    copy_text_feed(&data->copy, bytes, len);
    keep_tail(data, bytes, len);
}

char *archive_data_entry_name(const struct toc_entry *entry)
{
    return mem_printf("%s %s%s%s", entry->desc, entry->schema, *entry->schema ? "." : "",
                      entry->tag);
}

/* pg_dump --inserts: statements, each ending ";\n", then two empty lines. */
static bool inserts_ended(const struct archive_data *data)
{
    if (data->raw_bytes == 2)
        return memcmp(data->tail + 2, "\n\n", 2) == 0;
    return data->raw_bytes > 2 && memcmp(data->tail, ";\n\n\n", 4) == 0;
}

static struct err *check_table(const struct archive_data *data, const struct toc_entry *entry)
{
    AUTO(mem_freep) char *name = NULL;
    bool whole = entry->copy_statement ? copy_text_ended(&data->copy) : inserts_ended(data);

    if (whole)
        return NULL;
    name = archive_data_entry_name(entry);
    if (entry->copy_statement && data->copy.state == COPY_TEXT_BROKEN)
        return err_new(ERR_PROTOCOL, "the data of %s goes on after its last row", name);
    return err_new(ERR_CUT, "the data of %s ends before its last line", name);
}

struct err *archive_data_finish(const struct archive_data *data, struct toc_entry *entry)
{
    if (strcmp(entry->desc, "TABLE DATA") == 0)
        PASS(check_table(data, entry));
    entry->data_seen = true;
    entry->rows_known = entry->copy_statement != NULL;
    entry->rows = entry->copy_statement ? data->copy.rows : 0;
    entry->raw_bytes = data->raw_bytes;
    entry->stored_bytes = data->stored_bytes;
    return NULL;
}
