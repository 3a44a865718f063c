#include "orchestrator/cli/connect.h"
#include "base/log.h"

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

MUST_USE struct err *connect_repository_to_read(const struct settings *settings,
                                                const char *loss, struct repository **out)
{
    PASS(connect_repository(settings, false, out));
    if (repository_is_read_only(*out))
        log_warn("repository %s is mounted read-only: no lock is made there, %s",
                 repository_path(*out), loss);
    return NULL;
}
