#include "orchestrator/stream/sink.h"

MUST_USE struct err *sink_write(struct sink *sink, const void *data, size_t len)
{
    if (!sink || len == 0)
        return NULL;
    return sink->ops->write(sink, data, len);
}

MUST_USE struct err *sink_finish(struct sink *sink)
{
    return sink ? sink->ops->finish(sink) : NULL;
}

void sink_drop(struct sink *sink)
{
    if (sink)
        sink->ops->drop(sink);
}

void sink_dropp(struct sink **sink)
{
    sink_drop(*sink);
    *sink = NULL;
}
