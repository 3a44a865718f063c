#include "orchestrator/cli/alarms.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/shown.h"
#include "base/units.h"
#include <stdio.h>

#define ALARMS_PRINTED 50
#define ALARMS_NAMED 5

char *alarms_text(const struct manifest_alarm *alarm)
{
    char before[UNITS_TEXT_SIZE], now[UNITS_TEXT_SIZE];

    if (alarm->rows < 0)
        return mem_printf("%s.%s: gone, with %s", alarm->schema, alarm->name,
                          units_of((uint64_t)alarm->rows_before, "row", before));
    return mem_printf("%s.%s: %s, %s before", alarm->schema, alarm->name,
                      units_of((uint64_t)alarm->rows, "row", now),
                      units_count((uint64_t)alarm->rows_before, before));
}

void alarms_print(const struct manifest *m)
{
    for (size_t i = 0; i < m->alarm_count && i < ALARMS_PRINTED; i++) {
        AUTO(mem_freep) char *text = alarms_text(&m->alarms[i]);
        AUTO(mem_freep) char *line = shown_line(text);

        printf("  rows lost: %s\n", line);
    }
    if (m->alarm_count > ALARMS_PRINTED)
        printf("  and %zu more, in the manifest\n", m->alarm_count - ALARMS_PRINTED);
}

MUST_USE struct err *alarms_error(const struct manifest *m)
{
    AUTO(mem_freep) char *id = manifest_id(m);
    AUTO(buf_clear) struct buf names = BUF_OWN_TEXT;
    struct err *e;

    if (m->alarm_count == 0)
        return NULL;
    for (size_t i = 0; i < m->alarm_count && i < ALARMS_NAMED; i++)
        buf_printf(&names, "%s%s.%s", i ? ", " : "", m->alarms[i].schema, m->alarms[i].name);
    if (m->alarm_count > ALARMS_NAMED)
        buf_printf(&names, " and %zu more", m->alarm_count - ALARMS_NAMED);
    e = err_new(ERR_PARTIAL, "%s was taken and is kept, but tables lost rows since %s: %s", id,
                m->compared_with ? m->compared_with : "the backup before", buf_text(&names));
    return err_hint(
        e, "pgkeep show --diff with both shows what changed; --row-drop-alarm sets the "
           "share from which it matters");
}
