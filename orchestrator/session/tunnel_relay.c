#include "orchestrator/session/tunnel_relay.h"
#include "base/mem.h"
#include <string.h>

#define LIST_MAX_BYTES 4096
#define START_TIMEOUT_MS 15000

static const char LIST[] = "for relay in perl python3 socat bash nc; do\n"
                           "  if command -v $relay >/dev/null 2>&1; then echo $relay; fi\n"
                           "done\n"
                           "exit 0\n";

/* What the server says last counts more than what it is told: so its bytes go first. */
static const char PERL[] =
    "use Socket;\n"
    "my ($host, $port) = @ARGV;\n"
    "my $server;\n"
    "$SIG{PIPE} = 'IGNORE';\n"
    "if ($host =~ m{^/}) {\n"
    "    socket($server, PF_UNIX, SOCK_STREAM, 0)\n"
    "        && connect($server, pack_sockaddr_un(\"$host/.s.PGSQL.$port\"))\n"
    "        or die \"$host/.s.PGSQL.$port: $!\\n\";\n"
    "} else {\n"
    "    socket($server, PF_INET, SOCK_STREAM, 6)\n"
    "        && connect($server, pack_sockaddr_in($port, inet_aton($host)))\n"
    "        or die \"$host:$port: $!\\n\";\n"
    "    setsockopt($server, 6, 1, 1);\n"
    "}\n"
    "sub pass {\n"
    "    my ($from, $to) = @_;\n"
    "    my $len = sysread($from, my $bytes, 65536);\n"
    "    exit 0 unless $len;\n"
    "    for (my $at = 0; $at < $len;) {\n"
    "        my $sent = syswrite($to, $bytes, $len - $at, $at);\n"
    "        exit 0 unless defined $sent;\n"
    "        $at += $sent;\n"
    "    }\n"
    "}\n"
    "for (;;) {\n"
    "    my $ready = '';\n"
    "    vec($ready, 0, 1) = 1;\n"
    "    vec($ready, fileno($server), 1) = 1;\n"
    "    select($ready, undef, undef, undef);\n"
    "    pass($server, \\*STDOUT) if vec($ready, fileno($server), 1);\n"
    "    pass(\\*STDIN, $server) if vec($ready, 0, 1);\n"
    "}\n";

static const char PYTHON[] =
    "import os, select, socket, sys\n"
    "host, port = sys.argv[1], sys.argv[2]\n"
    "if host.startswith('/'):\n"
    "    server = socket.socket(socket.AF_UNIX)\n"
    "    server.connect(host + '/.s.PGSQL.' + port)\n"
    "else:\n"
    "    server = socket.create_connection((host, int(port)))\n"
    "    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n"
    "def relay(source, to):\n"
    "    data = os.read(source, 65536)\n"
    "    if not data:\n"
    "        sys.exit(0)\n"
    "    while data:\n"
    "        data = data[os.write(to, data):]\n"
    "try:\n"
    "    at = server.fileno()\n"
    "    while True:\n"
    "        ready = select.select([0, at], [], [])[0]\n"
    "        if at in ready:\n"
    "            relay(at, 1)\n"
    "        if 0 in ready:\n"
    "            relay(0, at)\n"
    "except OSError:\n"
    "    sys.exit(0)\n";

/* The child feeds the server and has only cat as a child of its own, for which it waits. It
 * ends with 0 whatever happens: a write to a connection that is gone is an error to cat, not a
 * signal. When the input ends it ends the exec's process, if that is still its parent. */
static const char BASH[] = "exec 3<>\"/dev/tcp/127.0.0.1/$1\" || exit 1\n"
                           "exec 4<&0\n"
                           "relay=$$\n"
                           "(\n"
                           "  trap '' PIPE HUP INT TERM\n"
                           "  cat <&4 >&3\n"
                           "  IFS= read -r stat </proc/self/stat\n"
                           "  set -- ${stat##*) }\n"
                           "  if [ \"$2\" = \"$relay\" ]; then kill \"$relay\"; fi\n"
                           "  exit 0\n"
                           ") >/dev/null 2>&1 &\n"
                           "exec cat <&3 3<&- 4<&-\n";

/* $1 the socket or "", $2 host, $3 port. Several programs go by that name. It must end when its
 * input does, for which some need an option, and when the server does: Nmap's (ncat) never
 * does, and OpenBSD's only with a socket. A session would wait for ever for a server that died,
 * so those are refused; psql is better. */
static const char NC[] =
    "help=$(nc -h 2>&1 </dev/null)\n"
    "case $help in\n"
    "*[Nn]cat\\ [0-9]*) ;;\n"
    "*OpenBSD*|*-N*hutdown*) if [ -n \"$1\" ]; then exec nc -N -U \"$1\"; fi ;;\n"
    "*BusyBox*) exec nc \"$2\" \"$3\" ;;\n"
    "*-q\\ secs*) exec nc -q 0 \"$2\" \"$3\" ;;\n"
    "esac\n"
    "echo 'this nc may not end with the server' >&2\n"
    "exit 1\n";

static struct err *keep(void *ctx, const uint8_t *data, size_t len)
{
    return buf_append(ctx, data, len);
}

static struct err *ask_for_relays(const struct server *server, struct strv *out)
{
    static const char *const argv[] = {"sh", "-c", LIST, NULL};
    AUTO(buf_clear) struct buf text = BUF_INIT(LIST_MAX_BYTES);
    struct exec_result result = {0};
    const struct exec_spec spec = {
        .container = server->container,
        .argv = argv,
        .user = server->exec_user,
        .on_stdout = keep,
        .ctx = &text,
        .timeout_ms = START_TIMEOUT_MS,
    };

    PASS(exec_run(server->engine, &spec, &result));
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    strv_split(out, buf_text(&text), '\n');
    return NULL;
}

MUST_USE struct err *tunnel_relay_list(const struct server *server, struct strv *out)
{
    if (!server->look.knows_relays)
        return ask_for_relays(server, out);
    strv_extend(out, &server->look.relays);
    return NULL;
}

static void push_all(struct strv *argv, const char *const *words)
{
    for (; *words; words++)
        strv_push(argv, *words);
}

static void socat_command(const char *socket_path, const char *host, const char *port,
                          struct strv *argv)
{
    /* -t: how long it goes on after one side has ended */
    push_all(argv, (const char *const[]){"socat", "-b65536", "-t1", "STDIO", NULL});
    if (socket_path)
        strv_pushf(argv, "UNIX-CONNECT:%s", socket_path);
    else
        strv_pushf(argv, "TCP4:%s:%s,nodelay", host, port);
}

MUST_USE struct err *tunnel_relay_command(const struct server *server, const char *relay,
                                          struct strv *out_argv)
{
    const char *host = server->psql_host;
    const char *port = server->psql_port;
    bool is_path = host[0] == '/';
    const char *tcp = is_path ? "127.0.0.1" : host;
    AUTO(mem_freep) char *path = is_path ? mem_printf("%s/.s.PGSQL.%s", host, port) : NULL;

    if (strcmp(relay, "perl") == 0)
        push_all(out_argv, (const char *const[]){"perl", "-e", PERL, host, port, NULL});
    else if (strcmp(relay, "python3") == 0)
        push_all(out_argv,
                 (const char *const[]){"python3", "-I", "-S", "-c", PYTHON, host, port, NULL});
    else if (strcmp(relay, "socat") == 0)
        socat_command(path, host, port, out_argv);
    else if (strcmp(relay, "bash") == 0)
        push_all(out_argv, (const char *const[]){"bash", "-c", BASH, "pgkeep", port, NULL});
    else if (strcmp(relay, "nc") == 0)
        push_all(out_argv, (const char *const[]){"sh", "-c", NC, "pgkeep", path ? path : "",
                                                 tcp, port, NULL});
    else
        return err_new(ERR_UNSUPPORTED, "%s is no relay", relay);
    return NULL;
}

bool tunnel_relay_takes_password(const struct server *server, const char *relay)
{
    /* nc does so in one of its kinds, which shows only in the container; bash knows but one
     * address. */
    static const char *const speak_unix[] = {"perl", "python3", "socat"};

    if (server->psql_host[0] != '/')
        return server->password &&
               (strcmp(relay, "bash") != 0 || strcmp(server->psql_host, "127.0.0.1") == 0);
    for (size_t i = 0; i < ARRAY_LEN(speak_unix); i++)
        if (strcmp(relay, speak_unix[i]) == 0)
            return true;
    return false;
}

MUST_USE struct err *tunnel_relay_open(struct engine *engine,
                                       const struct tunnel_relay_spec *spec,
                                       struct exec_stream **out)
{
    /* The image may carry settings of its own for these programs. */
    static const char *const env[] = {
        "LC_ALL=C", "PERL5OPT=", "PERL5LIB=", "PERL5DB=", "BASH_ENV=", "ENV=", NULL};
    AUTO(strv_clear) struct strv argv = STRV_INIT;
    const struct exec_stream_spec stream = {
        .container = spec->server->container,
        .env = env,
        .user = spec->server->exec_user,
        .input = true,
        .on_stdout = spec->on_stdout,
        .on_stderr = spec->on_stderr,
        .ctx = spec->ctx,
    };
    struct exec_stream_spec with_argv = stream;

    PASS(tunnel_relay_command(spec->server, spec->relay, &argv));
    with_argv.argv = (const char *const *)argv.items;
    return exec_stream_open(engine, &with_argv, out);
}
