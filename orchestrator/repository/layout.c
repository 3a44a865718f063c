#include "orchestrator/repository/layout.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "orchestrator/repository/manifest.h"
#include "orchestrator/repository/name.h"
#include <string.h>

#define PARTIAL_END ".partial"
#define REMOVED_END ".removed"

char *layout_target_path(const char *repository, const char *target)
{
    AUTO(mem_freep) char *name = name_escape(target);

    return fs_join(repository, name);
}

char *layout_database_path(const char *repository, const char *target, const char *database)
{
    AUTO(mem_freep) char *folder = layout_target_path(repository, target);
    AUTO(mem_freep) char *name =
        database ? name_escape(database) : mem_strdup(MANIFEST_GLOBALS_FOLDER);

    return fs_join(folder, name);
}

char *layout_partial_path(const char *database_path, const char *stamp)
{
    return mem_printf("%s/.%s" PARTIAL_END, database_path, stamp);
}

char *layout_removed_path(const char *database_path, const char *stamp)
{
    return mem_printf("%s/.%s" REMOVED_END, database_path, stamp);
}

bool layout_is_leftover(const char *name)
{
    char stamp[CLOCK_STAMP_SIZE] = "";
    int64_t at;

    if (name[0] != '.' || strlen(name) < CLOCK_STAMP_SIZE)
        return false;
    memcpy(stamp, name + 1, CLOCK_STAMP_SIZE - 1);
    name += CLOCK_STAMP_SIZE;
    return clock_parse_stamp(stamp, &at) &&
           (strcmp(name, PARTIAL_END) == 0 || strcmp(name, REMOVED_END) == 0);
}

bool layout_is_target(const char *name)
{
    /* mkfs makes lost+found in every file system's root, closed to all but root. */
    return name[0] != '.' && name[0] != '_' && strcmp(name, "lost+found") != 0;
}

bool layout_is_database(const char *name)
{
    return layout_is_target(name) || strcmp(name, MANIFEST_GLOBALS_FOLDER) == 0;
}
