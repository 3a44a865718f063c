#include "orchestrator/dump/member_files.h"
#include "base/mem.h"
#include <stdlib.h>

void member_files_add(struct member_files *files, uint32_t number,
                      const struct archive_data *data)
{
    if (files->count == files->size) {
        files->size = files->size ? files->size * 2 : 32;
        files->items = mem_resize(files->items, files->size, sizeof(*files->items));
    }
    files->items[files->count++] = (struct member_file){.number = number, .data = *data};
}

void member_objects_add(struct member_objects *objects, uint32_t oid,
                        const struct archive_data *data)
{
    if (objects->count == objects->size) {
        objects->size = objects->size ? objects->size * 2 : 32;
        objects->items = mem_resize(objects->items, objects->size, sizeof(*objects->items));
    }
    objects->items[objects->count++] = (struct member_object){
        .oid = oid, .raw_bytes = data->raw_bytes, .stored_bytes = data->stored_bytes};
}

static int compare_files(const void *a, const void *b)
{
    const struct member_file *left = a;
    const struct member_file *right = b;

    return (left->number > right->number) - (left->number < right->number);
}

static int compare_objects(const void *a, const void *b)
{
    const struct member_object *left = a;
    const struct member_object *right = b;

    return (left->oid > right->oid) - (left->oid < right->oid);
}

struct err *member_files_sort(struct member_files *files)
{
    if (files->count > 0)
        qsort(files->items, files->count, sizeof(*files->items), compare_files);
    for (size_t i = 1; i < files->count; i++)
        if (files->items[i].number == files->items[i - 1].number)
            return err_new(ERR_PROTOCOL, "%u.dat is there twice", files->items[i].number);
    return NULL;
}

struct err *member_objects_sort(struct member_objects *objects)
{
    if (objects->count > 0)
        qsort(objects->items, objects->count, sizeof(*objects->items), compare_objects);
    for (size_t i = 1; i < objects->count; i++)
        if (objects->items[i].oid == objects->items[i - 1].oid)
            return err_new(ERR_PROTOCOL, "blob_%u.dat is there twice", objects->items[i].oid);
    return NULL;
}

struct member_file *member_files_find(const struct member_files *files, uint32_t number)
{
    const struct member_file key = {.number = number};

    if (files->count == 0)
        return NULL;
    return bsearch(&key, files->items, files->count, sizeof(key), compare_files);
}

struct member_object *member_objects_find(const struct member_objects *objects, uint32_t oid)
{
    const struct member_object key = {.oid = oid};

    if (objects->count == 0)
        return NULL;
    return bsearch(&key, objects->items, objects->count, sizeof(key), compare_objects);
}
