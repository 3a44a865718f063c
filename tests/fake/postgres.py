#!/usr/bin/env python3
"""A server that says it is PostgreSQL, and writes down all that clients tell it.

    postgres.py --listen 0.0.0.0:5432 --auth cleartext --record FILE

Prints "listening on PORT" when it is ready. Standard library only. --auth says what it wants to
hear (PostgreSQL's protocol 3.0, "Message Formats"):
  cleartext  the password as it is
  md5        its MD5 digest
  scram      SASL with SCRAM-SHA-256, and -PLUS where there is TLS
  trust      nothing: it lets everybody in, and answers each query with one row of lies, whose
             first cell is --identity
With --certs FOLDER (server-cert.pem, server-key.pem) it speaks TLS to those who ask.

The record has one JSON object a line: {"at": address that was called, "type": ..., "text": ...}
with the types connect, tls, startup, and then each message's own letter: "p" is a password or
any other answer to --auth, "Q" a query, "X" the end.
"""

import argparse
import json
import os
import socket
import ssl
import struct
import sys
import threading

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102
MAX_BYTES = 1 << 20
CELLS = 7


class Gone(Exception):
    """The client has left."""


class Record:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()

    def add(self, at, kind, data=b""):
        line = json.dumps({"at": at, "type": kind, "text": data.decode("latin-1")})
        with self.lock:
            self.file.write(line + "\n")
            self.file.flush()


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def row(cells):
    return b"".join(struct.pack("!I", len(cell)) + cell for cell in cells)


class Client:
    def __init__(self, sock, options, record):
        self.sock = sock
        self.options = options
        self.record = record
        self.at = sock.getsockname()[0]

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.sock.recv(count - len(data))
            if not part:
                raise Gone
            data += part
        return data

    def read_sized(self):
        size = struct.unpack("!I", self.read(4))[0]
        if not 4 <= size <= MAX_BYTES:
            raise Gone
        return self.read(size - 4)

    def run(self):
        self.record.add(self.at, "connect")
        self.start()
        self.ask()
        while True:
            kind = self.read(1).decode("latin-1")
            body = self.read_sized()
            self.record.add(self.at, kind, body)
            if kind == "Q":
                self.lie()
            elif kind == "p":
                # Whoever gave it is let in, so that nothing ends before all is told.
                self.let_in()
            elif kind == "X":
                return

    def start(self):
        while True:
            body = self.read_sized()
            code = struct.unpack("!I", body[:4])[0]
            if code == SSL_REQUEST and self.options.context:
                self.record.add(self.at, "tls")
                self.sock.sendall(b"S")
                self.sock = self.options.context.wrap_socket(self.sock, server_side=True)
            elif code in (SSL_REQUEST, GSS_REQUEST):
                self.sock.sendall(b"N")
            elif code == CANCEL_REQUEST:
                raise Gone
            else:
                self.record.add(self.at, "startup", body)
                return

    def ask(self):
        wants = {
            "cleartext": struct.pack("!I", 3),
            "md5": struct.pack("!I", 5) + b"salt",
            "scram": struct.pack("!I", 10)
            + (b"SCRAM-SHA-256-PLUS\0" if isinstance(self.sock, ssl.SSLSocket) else b"")
            + b"SCRAM-SHA-256\0\0",
        }
        if self.options.auth == "trust":
            self.let_in()
        else:
            self.sock.sendall(message(b"R", wants[self.options.auth]))

    def let_in(self):
        settings = (b"server_version\x0017.2", b"server_encoding\0UTF8", b"client_encoding\0UTF8",
                    b"standard_conforming_strings\0on")
        self.sock.sendall(message(b"R", struct.pack("!I", 0))
                          + b"".join(message(b"S", text + b"\0") for text in settings)
                          + message(b"K", struct.pack("!II", 1, 1)) + message(b"Z", b"I"))

    def lie(self):
        columns = b"".join(b"c%d\0" % i + struct.pack("!IhIhih", 0, 0, 25, -1, -1, 0)
                           for i in range(CELLS))
        cells = [self.options.identity.encode()] + [b""] * (CELLS - 1)
        self.sock.sendall(message(b"T", struct.pack("!h", CELLS) + columns)
                          + message(b"D", struct.pack("!h", CELLS) + row(cells))
                          + message(b"C", b"SELECT 1\0") + message(b"Z", b"I"))


def serve(sock, options, record):
    try:
        Client(sock, options, record).run()
    except (Gone, OSError, struct.error):
        pass
    finally:
        sock.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--auth", required=True,
                        choices=["cleartext", "md5", "scram", "trust"])
    parser.add_argument("--record", required=True)
    parser.add_argument("--identity", default="1")
    parser.add_argument("--certs")
    options = parser.parse_args()
    options.context = None
    if options.certs:
        options.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        options.context.load_cert_chain(os.path.join(options.certs, "server-cert.pem"),
                                        os.path.join(options.certs, "server-key.pem"))
    record = Record(options.record)
    host, _, port = options.listen.rpartition(":")
    with socket.create_server((host, int(port))) as server:
        print(f"listening on {server.getsockname()[1]}", flush=True)
        while True:
            client, _ = server.accept()
            threading.Thread(target=serve, args=(client, options, record), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
