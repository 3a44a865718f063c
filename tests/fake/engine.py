#!/usr/bin/env python3
"""A Docker Engine that misbehaves on demand: a proxy before a real one.

Everything is forwarded to the real engine's socket; only the chosen fault is injected, so that
a whole backup runs for real but for that fault. Standard library only.

    engine.py --upstream /var/run/docker.sock --listen /tmp/fake.sock \\
              --fault cut-after-frame=3 --match pg_dump

Prints "listening on PATH" when it is ready, and one line on stderr for each fault injected.

Faults of the stream of an exec whose command contains the --match word (all execs without it):
  cut-after-bytes=N   N bytes of the stream arrive, then its end
  cut-after-frame=K   K whole frames arrive, then its end
  cut-in-header=K     of the K-th frame only 3 bytes of the header arrive
  drop-last-bytes=N   all but the last N bytes arrive
  big-frame[=K]       the header of the K-th frame (1) says 4 GiB - 1
  bad-stream[=K]      the header of the K-th frame (1) names stream 7
  system-error[=K]    the K-th frame (1) comes as stream 3, the engine's own error
  slow=N              N bytes a second
  stall-after-bytes=N N bytes arrive, then nothing, and no end
  cut-input-after-bytes=N  N bytes of the command's input arrive, then its end
  upgrade-200         the answer to the upgrade is 200 in place of 101
  upgrade-200-chunked the same, and the stream comes in chunks
  status-500-json     the start is answered with 500 and the engine's JSON
  status-500-html     the same with a proxy's HTML page
After a cut the command goes on and ends by itself, as it does behind engines that lose the end
of a stream (moby#49655): its exit code is then 0.

Faults of its inspection:
  exitcode-null       ExitCode is null
  exitcode-absent     there is no ExitCode
  running-forever     Running stays true

Faults of the engine as a whole:
  api-max=1.41        the engine knows no newer version
  api-min=1.44        the engine refuses older versions (and knows 1.52, as Engine 29 does)
  no-ping-version     the ping carries no Api-Version
  forbid=TEXT         403 in HTML, as a socket proxy gives it, for paths that contain TEXT
  podman-events=LABEL events as Podman 4.3 gives them, with other words, in the filter too; only
                      those of containers with that label
  inspect=JSON        lies about containers: the object is merged into each one's inspection

--listen tcp takes a free port of 127.0.0.1 and prints "listening on 127.0.0.1:PORT".
--times N injects the stream faults into the first N matching execs only.
--path TEXT makes the status-500 faults answer every request whose path contains TEXT.
"""

import argparse
import json
import os
import re
import select
import signal
import socket
import socketserver
import sys
import threading
import time
import urllib.parse

BLOCK = 256 * 1024
CUTTING = ("cut-after-bytes", "cut-after-frame", "cut-in-header")
FRAME_FAULTS = ("cut-after-frame", "cut-in-header", "big-frame", "bad-stream", "system-error")
VALUED = {
    "cut-after-bytes": None, "cut-after-frame": None, "cut-in-header": 1, "drop-last-bytes": None,
    "big-frame": 1, "bad-stream": 1, "system-error": 1, "slow": None, "stall-after-bytes": None,
    "cut-input-after-bytes": None,
}
PLAIN = {
    "upgrade-200", "upgrade-200-chunked", "status-500-json", "status-500-html",
    "exitcode-null", "exitcode-absent", "running-forever", "no-ping-version",
}
TEXTS = {"api-max", "api-min", "forbid", "inspect", "podman-events"}

# Docker's word and Podman's for the same event; all others are equal.
PODMAN_WORDS = {"die": "died", "destroy": "remove", "exec_die": "exec_died"}

HTML_500 = (b"<html><head><title>500 Internal Server Error</title><style>p{color:red}</style>"
            b"</head>\n<body><h1>500 Internal Server Error</h1>\n<p>The fake proxy broke.</p>"
            b"</body></html>\n")


def merge(into, lies):
    """Objects are merged, all else is replaced."""
    for key, value in lies.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def version(text):
    major, minor = text.split(".")
    return int(major), int(minor)


class Closed(Exception):
    """The peer has ended the connection."""


class Wire:
    """A socket with a buffer for reading lines."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""

    def fill(self):
        data = self.sock.recv(BLOCK)
        if not data:
            raise Closed
        self.buffer += data

    def line(self):
        while b"\n" not in self.buffer:
            self.fill()
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def some(self, limit=BLOCK):
        if not self.buffer:
            self.fill()
        data, self.buffer = self.buffer[:limit], self.buffer[limit:]
        return data

    def send(self, data):
        self.sock.sendall(data)


class Head:
    """The head of a request or response, kept as its lines."""

    def __init__(self, wire):
        self.first = wire.line().decode("latin-1").rstrip("\r\n")
        self.headers = []
        while True:
            line = wire.line().decode("latin-1").rstrip("\r\n")
            if not line:
                break
            name, _, value = line.partition(":")
            self.headers.append((name.strip(), value.strip()))

    def get(self, name, default=""):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return default

    def set(self, name, value):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def status(self):
        return int(self.first.split(" ")[1])

    def encode(self):
        lines = [self.first] + [f"{k}: {v}" for k, v in self.headers]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def body_blocks(wire, head, until_close):
    """The body as (raw bytes to relay, payload) pairs."""
    if "chunked" in head.get("Transfer-Encoding").lower():
        while True:
            line = wire.line()
            left = int(line.split(b";")[0], 16)
            yield line, b""
            while left:
                data = wire.some(left)
                left -= len(data)
                yield data, data
            if line.strip().strip(b"0") == b"":
                while True:
                    trailer = wire.line()
                    yield trailer, b""
                    if not trailer.strip():
                        return
            yield wire.line(), b""
    length = head.get("Content-Length")
    if length:
        left = int(length)
        while left:
            data = wire.some(left)
            left -= len(data)
            yield data, data
    elif until_close:
        try:
            while True:
                data = wire.some()
                yield data, data
        except Closed:
            return


class StreamFault:
    """Changes the bytes of one exec's stream. feed() gives (bytes to pass on, verdict), the
    verdict being None, "cut" or "stall"."""

    def __init__(self, faults):
        self.faults = faults
        self.passed = 0
        self.frames = 0
        self.left = 0
        self.header = b""
        self.tail = b""
        self.by_frame = any(name in faults for name in FRAME_FAULTS)

    def feed(self, data):
        verdict = None
        if self.by_frame:
            data, verdict = self.feed_frames(data)
        for name, what in (("cut-after-bytes", "cut"), ("stall-after-bytes", "stall")):
            if name in self.faults and verdict is None:
                room = self.faults[name] - self.passed
                if len(data) >= room:
                    data, verdict = data[:room], what
        if "drop-last-bytes" in self.faults:
            self.tail += data
            keep = self.faults["drop-last-bytes"]
            cut = max(len(self.tail) - keep, 0)
            data, self.tail = self.tail[:cut], self.tail[cut:]
        self.passed += len(data)
        return data, verdict

    def feed_frames(self, data):
        out = bytearray()
        while data or (self.left == 0 and self.at_cut()):
            if self.left == 0 and self.at_cut():
                return bytes(out), "cut"
            if self.left:
                part = data[: self.left]
                data = data[len(part):]
                self.left -= len(part)
                out += part
                continue
            part = data[: 8 - len(self.header)]
            data = data[len(part):]
            self.header += part
            if len(self.header) < 8:
                break
            header, self.header = bytearray(self.header), b""
            self.frames += 1
            self.left = int.from_bytes(header[4:], "big")
            if self.faults.get("cut-in-header") == self.frames:
                return bytes(out + header[:3]), "cut"
            if self.faults.get("big-frame") == self.frames:
                header[4:] = b"\xff\xff\xff\xff"
            if self.faults.get("bad-stream") == self.frames:
                header[0] = 7
            if self.faults.get("system-error") == self.frames:
                header[0] = 3
            out += header
        return bytes(out), None

    def at_cut(self):
        return not self.header and self.faults.get("cut-after-frame") == self.frames


class Engine:
    """What all connections share."""

    def __init__(self, options):
        self.options = options
        self.faults = options.faults
        self.matched = {}
        self.lock = threading.Lock()
        self.times_left = options.times
        self.upstream_max = self.ask_upstream_max()

    def connect(self):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.options.upstream)
        return Wire(sock)

    def ask_upstream_max(self):
        wire = self.connect()
        wire.send(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
        head = Head(wire)
        wire.sock.close()
        return head.get("Api-Version", "1.41")

    def api_max(self):
        if "api-max" in self.faults:
            return self.faults["api-max"]
        if "api-min" in self.faults:
            return "1.52"
        return self.upstream_max

    def note_exec(self, exec_id, cmd):
        word = self.options.match
        with self.lock:
            if word and not any(word in part for part in cmd):
                return
            if self.times_left == 0:
                return
            self.times_left -= 1
            self.matched[exec_id] = cmd

    def is_matched(self, path):
        found = re.match(r"/exec/([^/?]+)/", path)
        return bool(found) and found.group(1) in self.matched

    def log(self, text):
        print(f"fake engine: {text}", file=sys.stderr, flush=True)


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        self.engine = self.server.engine
        self.faults = self.engine.faults
        client = Wire(self.request)
        try:
            while self.one_request(client):
                pass
        except (Closed, ConnectionError, TimeoutError):
            pass

    def answer(self, client, status, body, kind):
        reasons = {400: "Bad Request", 403: "Forbidden", 500: "Internal Server Error"}
        client.send(f"HTTP/1.1 {status} {reasons[status]}\r\nContent-Type: {kind}\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    def answer_json(self, client, status, message):
        body = json.dumps({"message": message}).encode() + b"\n"
        self.answer(client, status, body, "application/json")

    def one_request(self, client):
        """Relays one request and its answer; true if the connection can carry another one."""
        head = Head(client)
        method, target, protocol = head.first.split(" ")
        found = re.match(r"/v(\d+\.\d+)(/.*)", target)
        asked, path = (found.group(1), found.group(2)) if found else (None, target)
        if self.refuse(client, asked, path):
            return False
        if "podman-events" in self.faults and path.startswith("/events"):
            path = self.filter_as_podman(path)
            head.first = f"{method} {path} {protocol}"
        if asked:
            served = min(asked, self.engine.upstream_max, key=version)
            head.first = f"{method} /v{served}{path} {protocol}"
        upstream = self.engine.connect()
        try:
            return self.relay(client, upstream, head, method, path)
        finally:
            upstream.sock.close()

    def filter_as_podman(self, path):
        """The real engine's filter for the same events: those of words that Podman knows."""
        url = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(url.query))
        filters = json.loads(query.get("filters") or "{}")
        filters["label"] = [self.faults["podman-events"]]
        if "event" in filters:
            docker = {theirs: word for word, theirs in PODMAN_WORDS.items()}
            filters["event"] = [docker.get(word, word) for word in filters["event"]
                                if word not in PODMAN_WORDS] or ["none"]
            self.engine.log(f"events: {filters['event']}")
        query["filters"] = json.dumps(filters)
        return f"{url.path}?{urllib.parse.urlencode(query)}"

    def relay_events(self, client, upstream, reply):
        """Each block as a chunk of its own, with Podman's words."""
        client.send(reply.encode())
        watch = threading.Thread(target=self.close_with, args=(client.sock, upstream.sock))
        watch.daemon = True
        watch.start()
        for _, payload in body_blocks(upstream, reply, True):
            for word, podmans in PODMAN_WORDS.items():
                payload = payload.replace(f'"{word}"'.encode(), f'"{podmans}"'.encode())
            if payload:
                client.send(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        client.send(b"0\r\n\r\n")
        return False

    def refuse(self, client, asked, path):
        faults = self.faults
        if "forbid" in faults and faults["forbid"] in path:
            self.answer(client, 403, b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by "
                        b"administrative rules.\n</body></html>\n", "text/html")
            return True
        if asked and "api-min" in faults and version(asked) < version(faults["api-min"]):
            self.answer_json(client, 400,
                             f"client version {asked} is too old. Minimum supported API version "
                             f"is {faults['api-min']}, please upgrade your client to a newer "
                             "version")
            return True
        if asked and version(asked) > version(self.engine.api_max()):
            self.answer_json(client, 400,
                             f"client version {asked} is too new. Maximum supported API version "
                             f"is {self.engine.api_max()}")
            return True
        return self.refuse_500(client, path)

    def refuse_500(self, client, path):
        chosen = self.engine.options.path
        hit = chosen in path if chosen else self.is_start(path) and self.engine.is_matched(path)
        if hit and "status-500-json" in self.faults:
            self.engine.log(f"500 (JSON) for {path}")
            self.answer_json(client, 500, "the fake engine broke")
            return True
        if hit and "status-500-html" in self.faults:
            self.engine.log(f"500 (HTML) for {path}")
            self.answer(client, 500, HTML_500, "text/html; charset=utf-8")
            return True
        return False

    @staticmethod
    def is_start(path):
        return path.startswith("/exec/") and path.endswith("/start")

    def relay(self, client, upstream, head, method, path):
        sent = b""
        upstream.send(head.encode())
        reply = None
        if head.get("Expect").lower() == "100-continue":
            reply = Head(upstream)
            if reply.status() == 100:
                client.send(reply.encode())
                reply = None
        if reply is None:
            for raw, payload in body_blocks(client, head, False):
                upstream.send(raw)
                if len(sent) < 1 << 20:
                    sent += payload
            reply = Head(upstream)
        if self.is_start(path) and reply.status() in (101, 200):
            self.relay_stream(client, upstream, reply, path)
            return False
        if "podman-events" in self.faults and path.startswith("/events"):
            return self.relay_events(client, upstream, reply)
        if self.wants_rewrite(method, path):
            return self.relay_rewritten(client, upstream, reply, method, path, sent)
        return self.relay_body(client, upstream, reply, method)

    @staticmethod
    def has_body(reply, method):
        return method != "HEAD" and reply.status() not in (204, 304)

    def relay_body(self, client, upstream, reply, method):
        client.send(reply.encode())
        if not self.has_body(reply, method):
            return True
        framed = reply.get("Content-Length") or reply.get("Transfer-Encoding")
        watch = threading.Thread(target=self.close_with, args=(client.sock, upstream.sock))
        watch.daemon = True
        watch.start()
        for raw, _ in body_blocks(upstream, reply, True):
            client.send(raw)
        return bool(framed)

    @staticmethod
    def close_with(client, upstream):
        """Ends the engine's side of an endless answer (events) when the client goes."""
        poller = select.poll()
        poller.register(client.fileno(), select.POLLRDHUP)
        try:
            while upstream.fileno() >= 0:
                if poller.poll(200):
                    upstream.shutdown(socket.SHUT_RDWR)
                    return
        except (OSError, ValueError):
            pass

    def wants_rewrite(self, method, path):
        plain = path.split("?")[0]
        return (plain in ("/_ping", "/version")
                or (method == "POST" and re.fullmatch(r"/containers/[^/]+/exec", plain))
                or self.is_lied_about(method, plain)
                or (self.engine.is_matched(path) and plain.endswith("/json")))

    def is_lied_about(self, method, plain):
        return ("inspect" in self.faults and method == "GET"
                and re.fullmatch(r"/containers/[^/]+/json", plain)
                and plain != "/containers/json")

    def relay_rewritten(self, client, upstream, reply, method, path, sent):
        body = b""
        if self.has_body(reply, method):
            body = b"".join(payload for _, payload in body_blocks(upstream, reply, True))
        plain = path.split("?")[0]
        reply.set("Transfer-Encoding", None)
        if reply.get("Api-Version"):
            reply.set("Api-Version", self.engine.api_max())
        if plain == "/_ping" and "no-ping-version" in self.faults:
            reply.set("Api-Version", None)
        if plain == "/version":
            body = self.rewrite_version(body)
        elif plain.endswith("/exec") and reply.status() == 201:
            self.engine.note_exec(json.loads(body)["Id"], json.loads(sent).get("Cmd") or [])
        elif plain.startswith("/exec/") and reply.status() == 200:
            body = self.rewrite_inspect(body)
        elif self.is_lied_about(method, plain) and reply.status() == 200:
            answer = json.loads(body)
            merge(answer, json.loads(self.faults["inspect"]))
            body = json.dumps(answer).encode()
        if method != "HEAD":
            reply.set("Content-Length", str(len(body)))
        client.send(reply.encode() + body)
        return True

    def rewrite_version(self, body):
        answer = json.loads(body)
        answer["ApiVersion"] = self.engine.api_max()
        answer["MinAPIVersion"] = self.faults.get("api-min", answer.get("MinAPIVersion"))
        return json.dumps(answer).encode()

    def rewrite_inspect(self, body):
        answer = json.loads(body)
        if "exitcode-null" in self.faults:
            answer["ExitCode"] = None
        if "exitcode-absent" in self.faults:
            answer.pop("ExitCode", None)
        if "running-forever" in self.faults:
            answer["Running"] = True
            answer["ExitCode"] = None
        return json.dumps(answer).encode()

    def relay_stream(self, client, upstream, reply, path):
        faults = self.faults if self.engine.is_matched(path) else {}
        chunked = "upgrade-200-chunked" in faults
        if chunked or "upgrade-200" in faults:
            client.send(b"HTTP/1.1 200 OK\r\n"
                        b"Content-Type: application/vnd.docker.raw-stream\r\n"
                        + (b"Transfer-Encoding: chunked\r\n" if chunked else b"") + b"\r\n")
        else:
            client.send(reply.encode())
        limit = faults.get("cut-input-after-bytes")
        pump = threading.Thread(target=self.pump_input, args=(client, upstream, limit),
                                daemon=True)
        pump.start()
        self.pump_output(client, upstream, faults, chunked)

    def pump_input(self, client, upstream, limit):
        passed = 0
        try:
            while limit is None or passed < limit:
                data = client.some(BLOCK if limit is None else limit - passed)
                upstream.send(data)
                passed += len(data)
            self.engine.log(f"cut the input after {passed} bytes")
        except Closed:
            pass
        except OSError:
            return
        try:
            upstream.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        if limit is not None:
            self.drain(client)

    def pump_output(self, client, upstream, faults, chunked):
        fault = StreamFault(faults)
        began = time.monotonic()
        while True:
            try:
                data = upstream.some()
            except Closed:
                break
            data, verdict = fault.feed(data)
            self.deliver(client, data, chunked, faults.get("slow"))
            if verdict == "stall":
                self.engine.log(f"stalled after {fault.passed} bytes")
                self.drain(upstream)
                threading.Event().wait(3600)
            if verdict == "cut":
                self.engine.log(f"cut after {fault.passed} bytes, {fault.frames} frames")
                self.end(client)
                self.drain(upstream)
                return
        if "drop-last-bytes" in faults:
            self.engine.log(f"dropped the last {len(fault.tail)} bytes")
        if chunked:
            client.send(b"0\r\n\r\n")
        if faults:
            self.engine.log(f"stream of {fault.passed} bytes, {fault.frames} frames, "
                            f"{time.monotonic() - began:.1f} s")
        self.end(client)

    @staticmethod
    def deliver(client, data, chunked, rate):
        step = max(rate // 10, 1) if rate else len(data)
        for at in range(0, len(data), step or 1):
            part = data[at:at + step]
            if chunked:
                part = f"{len(part):x}\r\n".encode() + part + b"\r\n"
            client.send(part)
            if rate:
                time.sleep(0.1)

    @staticmethod
    def end(client):
        try:
            client.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    @staticmethod
    def drain(upstream):
        """Lets the command run to its end, as if nothing had happened."""
        try:
            while True:
                upstream.some()
        except (Closed, OSError):
            pass


class Threads(socketserver.ThreadingMixIn):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Server(Threads, socketserver.UnixStreamServer):
    pass


class TcpServer(Threads, socketserver.TCPServer):
    pass


def listen(where):
    """The server, and the words for where it listens."""
    if where == "tcp":
        server = TcpServer(("127.0.0.1", 0), Connection)
        return server, f"127.0.0.1:{server.server_address[1]}"
    if os.path.exists(where):
        os.unlink(where)
    return Server(where, Connection), where


def parse_fault(text):
    name, _, value = text.partition("=")
    if name in VALUED:
        if not value and VALUED[name] is None:
            raise argparse.ArgumentTypeError(f"{name} needs a number")
        return name, int(value) if value else VALUED[name]
    if name in TEXTS and value:
        return name, value
    if name in PLAIN and not value:
        return name, True
    raise argparse.ArgumentTypeError(f"unknown fault {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", default="/var/run/docker.sock")
    parser.add_argument("--listen", required=True)
    parser.add_argument("--fault", action="append", default=[], type=parse_fault)
    parser.add_argument("--match", default="")
    parser.add_argument("--path", default="")
    parser.add_argument("--times", type=int, default=-1)
    options = parser.parse_args()
    options.faults = dict(options.fault)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server, where = listen(options.listen)
    with server:
        server.engine = Engine(options)
        print(f"listening on {where}", flush=True)
        try:
            server.serve_forever(poll_interval=0.2)
        finally:
            if options.listen != "tcp":
                os.unlink(options.listen)


if __name__ == "__main__":
    main()
