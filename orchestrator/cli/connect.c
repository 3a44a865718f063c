#include "orchestrator/cli/connect.h"

MUST_USE struct err *argument_error(struct err *e)
{
    return err_is(e, ERR_NOT_FOUND) || err_is(e, ERR_EXISTS) ? err_as(e, ERR_USAGE) : e;
}

MUST_USE struct err *connect_engine(const struct settings *settings, struct engine **out)
{
    struct engine_spec spec = {0};
    const char *host = settings_text(settings, SETTING_HOST);

    engine_spec_from_env(&spec);
    if (host)
        spec.host = host;
    return engine_open(&spec, out);
}

MUST_USE struct err *connect_repository(const struct settings *settings, bool create,
                                        struct repository **out)
{
    return argument_error(
        repository_open(settings_text(settings, SETTING_REPOSITORY), create, out));
}
