#include "docker-api/container_error.h"

struct err *container_error_no_such(struct err *e, const char *id)
{
    if (!err_is(e, ERR_NOT_FOUND))
        return e;
    err_free(e);
    return err_hint(err_new(ERR_NOT_FOUND, "no such container: %s", id),
                    "`pgkeep targets` lists the containers that pgkeep can see");
}
