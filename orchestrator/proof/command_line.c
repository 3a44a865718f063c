#include "orchestrator/proof/command_line.h"
#include "base/log.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

/* Left out unless the file that they name is part of the image: then the copy's server may be
 * another than the source's, which a reader of the proof has to know. */
static const char *const FILE_SETTINGS[] = {
    "config_file",
    "hba_file",
    "ident_file",
    "dynamic_library_path",
};

/* Likewise, but of no account in a server without network: ssl is off. */
static const char *const NETWORK_FILE_SETTINGS[] = {
    "ssl_cert_file", "ssl_key_file",       "ssl_ca_file",        "ssl_crl_file",
    "ssl_crl_dir",   "ssl_dh_params_file", "krb_server_keyfile",
};

/* Left out always: they reach the source's data, archive or peers. No copy differs by them. */
static const char *const SOURCE_SETTINGS[] = {
    "data_directory",       "external_pid_file",         "archive_command",
    "archive_library",      "restore_command",           "archive_cleanup_command",
    "recovery_end_command", "primary_conninfo",          "primary_slot_name",
    "promote_trigger_file", "recovery_target_time",      "recovery_target",
    "log_directory",        "synchronous_standby_names", "default_tablespace",
    "temp_tablespaces",     "unix_socket_directories",   "listen_addresses",
    "stats_temp_directory", "transaction_timeout",       "idle_session_timeout",
};

/* Appended last, and the last one wins. A copy that is thrown away needs no durability; jobs of
 * its own it must not run. */
static const char *const OVERRIDES[] = {
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "archive_mode=off",
    "ssl=off",
    "logging_collector=off",
    "huge_pages=off",
    "cron.launch_active_jobs=off",
    /* what limits the source's clients would end a restore */
    "default_transaction_read_only=off",
    "statement_timeout=0",
    "lock_timeout=0",
    "idle_in_transaction_session_timeout=0",
    "temp_file_limit=-1",
};

static bool is_one_of(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, list[i]) == 0)
            return true;
    return false;
}

struct filter {
    command_line_has_file *has_file;
    void *ctx;
    struct strv *out;
    struct strv *notes;
};

static bool filter_has_file(const struct filter *filter, const char *value)
{
    return *value == '/' && filter->has_file(filter->ctx, value);
}

/* "name=value"; names may be written with dashes. */
static bool keeps(const struct filter *filter, const char *setting)
{
    AUTO(mem_freep) char *name = mem_strndup(setting, strcspn(setting, "="));
    const char *value = setting[strlen(name)] ? setting + strlen(name) + 1 : "";

    for (char *p = name; *p; p++)
        if (*p == '-')
            *p = '_';
    if (is_one_of(name, SOURCE_SETTINGS, ARRAY_LEN(SOURCE_SETTINGS)) ||
        (is_one_of(name, NETWORK_FILE_SETTINGS, ARRAY_LEN(NETWORK_FILE_SETTINGS)) &&
         !filter_has_file(filter, value))) {
        log_debug("%s of the source's command line is left out", name);
        return false;
    }
    if (is_one_of(name, FILE_SETTINGS, ARRAY_LEN(FILE_SETTINGS)) &&
        !filter_has_file(filter, value)) {
        strv_pushf(filter->notes,
                   "%s=%s of the source's command line is left out: the file is "
                   "not in the image",
                   name, value);
        return false;
    }
    return true;
}

/* One argument, or two ("-c" and its value): returns how many were taken. */
static size_t take(const struct filter *filter, const struct strv *source, size_t i)
{
    const char *word = source->items[i];
    const char *next = i + 1 < source->len ? source->items[i + 1] : NULL;

    if (strcmp(word, "-c") == 0 && next) {
        if (keeps(filter, next)) {
            strv_push(filter->out, word);
            strv_push(filter->out, next);
        }
        return 2;
    }
    if ((strcmp(word, "-D") == 0 || strcmp(word, "-k") == 0 || strcmp(word, "-h") == 0) &&
        next) {
        log_debug("%s %s of the source's command line is left out", word, next);
        return 2;
    }
    if ((strncmp(word, "--", 2) == 0 && word[2] && !keeps(filter, word + 2)) ||
        (strncmp(word, "-c", 2) == 0 && word[2] && !keeps(filter, word + 2)))
        return 1;
    strv_push(filter->out, word);
    return 1;
}

void command_line_for_throwaway(const struct strv *source, command_line_has_file *has_file,
                                void *ctx, struct strv *out, struct strv *notes)
{
    const struct filter filter = {.has_file = has_file, .ctx = ctx, .out = out, .notes = notes};
    const char *first = source->len > 0 ? source->items[0] : "postgres";
    const char *base = strrchr(first, '/') ? strrchr(first, '/') + 1 : first;
    size_t i = 0;

    if (*first != '-' && strcmp(base, "postgres") != 0 && strcmp(base, "postmaster") != 0) {
        strv_extend(out, source);
        strv_pushf(notes, "the source's command (%s) is kept as it is", first);
        return;
    }
    strv_push(out, *first == '-' ? "postgres" : first);
    for (i = *first == '-' || source->len == 0 ? 0 : 1; i < source->len;)
        i += take(&filter, source, i);
    for (i = 0; i < ARRAY_LEN(OVERRIDES); i++) {
        strv_push(out, "-c");
        strv_push(out, OVERRIDES[i]);
    }
}
