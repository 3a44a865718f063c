#include "orchestrator/repository/manifest.h"
#include "base/mem.h"
#include "base/units.h"
#include "orchestrator/repository/manifest_fields.h"
#include "orchestrator/repository/name.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct manifest *manifest_new(void)
{
    return mem_new(1, sizeof(struct manifest));
}

static void free_fields(struct manifest *m)
{
    for (size_t i = 0; i < manifest_field_count; i++) {
        void *value = (char *)m + manifest_fields[i].offset;

        if (manifest_fields[i].kind == MANIFEST_TEXT)
            mem_freep(value);
        else if (manifest_fields[i].kind == MANIFEST_TEXTS ||
                 manifest_fields[i].kind == MANIFEST_COMMANDS)
            strv_clear(value);
    }
}

static void forget_files(struct manifest *m)
{
    for (size_t i = 0; i < m->file_count; i++)
        free(m->files[i].name);
    m->file_count = 0;
}

static void forget_tables(struct manifest *m)
{
    for (size_t i = 0; i < m->table_count; i++) {
        free(m->tables[i].schema);
        free(m->tables[i].name);
    }
    m->table_count = 0;
}

void manifest_forget_dump(struct manifest *m)
{
    forget_files(m);
    forget_tables(m);
    strv_clear(&m->commands);
    strv_clear(&m->warnings);
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    free_fields(m);
    forget_files(m);
    forget_tables(m);
    for (size_t i = 0; i < m->extension_count; i++) {
        free(m->extensions[i].name);
        free(m->extensions[i].version);
        free(m->extensions[i].schema);
    }
    for (size_t i = 0; i < m->alarm_count; i++) {
        free(m->alarms[i].schema);
        free(m->alarms[i].name);
    }
    free(m->alarms);
    free(m->files);
    free(m->tables);
    free(m->extensions);
    json_decref(m->fingerprint);
    free(m);
}

void manifest_freep(struct manifest **manifest)
{
    manifest_free(*manifest);
    *manifest = NULL;
}

void manifest_add_file(struct manifest *m, const char *name, uint64_t bytes, const char *sha256)
{
    struct manifest_file *file;

    m->files = mem_resize(m->files, m->file_count + 1, sizeof(*m->files));
    file = &m->files[m->file_count++];
    *file = (struct manifest_file){.name = mem_strdup(name), .bytes = bytes};
    snprintf(file->sha256, sizeof(file->sha256), "%s", sha256);
}

void manifest_add_table(struct manifest *m, const char *schema, const char *name, int64_t rows,
                        uint64_t raw_bytes, uint64_t stored_bytes)
{
    m->tables = mem_resize(m->tables, m->table_count + 1, sizeof(*m->tables));
    m->tables[m->table_count++] = (struct manifest_table){
        .schema = mem_strdup(schema),
        .name = mem_strdup(name),
        .rows = rows,
        .raw_bytes = raw_bytes,
        .stored_bytes = stored_bytes,
    };
}

void manifest_add_extension(struct manifest *m, const char *name, const char *version,
                            const char *schema)
{
    m->extensions = mem_resize(m->extensions, m->extension_count + 1, sizeof(*m->extensions));
    m->extensions[m->extension_count++] = (struct manifest_extension){
        .name = mem_strdup(name),
        .version = mem_strdup(version),
        .schema = mem_strdup(schema),
    };
}

void manifest_add_alarm(struct manifest *m, const char *schema, const char *name,
                        int64_t rows_before, int64_t rows)
{
    m->alarms = mem_resize(m->alarms, m->alarm_count + 1, sizeof(*m->alarms));
    m->alarms[m->alarm_count++] = (struct manifest_alarm){
        .schema = mem_strdup(schema),
        .name = mem_strdup(name),
        .rows_before = rows_before,
        .rows = rows,
    };
}

const struct manifest_file *manifest_find_file(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->file_count; i++)
        if (strcmp(m->files[i].name, name) == 0)
            return &m->files[i];
    return NULL;
}

bool manifest_same_selection(const struct manifest *a, const struct manifest *b)
{
    AUTO(strv_clear) struct strv sorted_a = STRV_INIT;
    AUTO(strv_clear) struct strv sorted_b = STRV_INIT;
    AUTO(mem_freep) char *text_a = NULL;
    AUTO(mem_freep) char *text_b = NULL;

    strv_extend(&sorted_a, &a->selection);
    strv_extend(&sorted_b, &b->selection);
    strv_sort(&sorted_a);
    strv_sort(&sorted_b);
    text_a = strv_join(&sorted_a, "\n");
    text_b = strv_join(&sorted_b, "\n");
    return strcmp(text_a, text_b) == 0;
}

char *manifest_id(const struct manifest *m)
{
    AUTO(mem_freep) char *target = name_escape(m->target ? m->target : "");
    AUTO(mem_freep) char *database =
        m->database ? name_escape(m->database) : mem_strdup(MANIFEST_GLOBALS_FOLDER);

    return mem_printf("%s/%s/%s", target, database, m->stamp ? m->stamp : "");
}

uint64_t manifest_stored_bytes(const struct manifest *m)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < m->file_count; i++)
        sum = units_add(sum, m->files[i].bytes);
    return sum;
}
