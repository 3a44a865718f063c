#!/usr/bin/env python3
"""TLS with client certificates before an engine's unix socket. Standard library only.

    tls_relay.py --upstream /var/run/docker.sock --certs FOLDER

FOLDER holds ca.pem, server-cert.pem and server-key.pem. Listens on a free port of 127.0.0.1 and
prints "listening on 127.0.0.1:PORT". Only clients with a certificate of that CA are served.
Half-close passes through in both directions: close_notify becomes a shutdown for writing and
the other way round.
"""

import argparse
import select
import socket
import ssl
import sys
import threading

BLOCK = 256 * 1024


class Relay:
    """One connection. One thread serves both directions: an SSL object is not for two."""

    def __init__(self, client, upstream):
        self.client = client
        self.upstream = upstream
        self.to_engine = b""
        self.to_client = b""
        self.client_ended = False
        self.engine_ended = False
        self.told_engine = False

    def run(self):
        self.client.setblocking(False)
        self.upstream.setblocking(False)
        while not (self.engine_ended and not self.to_client):
            if not (self.from_client() | self.from_engine() | self.write()):
                self.wait()
        self.client.setblocking(True)
        self.client.settimeout(2)
        try:
            self.client.unwrap()
        except (OSError, ValueError):
            pass

    def from_client(self):
        if self.client_ended or len(self.to_engine) > BLOCK:
            return False
        try:
            data = self.client.recv(BLOCK)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        self.to_engine += data
        self.client_ended = not data
        return True

    def from_engine(self):
        if self.engine_ended or len(self.to_client) > BLOCK:
            return False
        try:
            data = self.upstream.recv(BLOCK)
        except BlockingIOError:
            return False
        except ConnectionError:
            data = b""
        self.to_client += data
        self.engine_ended = not data
        return True

    def write(self):
        moved = False
        try:
            if self.to_engine:
                self.to_engine = self.to_engine[self.upstream.send(self.to_engine):]
                moved = True
        except BlockingIOError:
            pass
        except ConnectionError:
            self.to_engine = b""
        if self.client_ended and not self.to_engine and not self.told_engine:
            self.told_engine = True
            try:
                self.upstream.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        try:
            if self.to_client:
                self.to_client = self.to_client[self.client.send(self.to_client):]
                moved = True
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        return moved

    def wait(self):
        reads, writes = [], []
        if not self.client_ended and len(self.to_engine) <= BLOCK:
            reads.append(self.client)
        if not self.engine_ended and len(self.to_client) <= BLOCK:
            reads.append(self.upstream)
        if self.to_engine:
            writes.append(self.upstream)
        if self.to_client:
            writes.append(self.client)
        select.select(reads, writes, [], 1)


def serve(context, connection, path):
    try:
        client = context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=True)
    except OSError as e:
        print(f"tls relay: {e}", file=sys.stderr, flush=True)
        return
    upstream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        upstream.connect(path)
        Relay(client, upstream).run()
    except OSError as e:
        print(f"tls relay: {e}", file=sys.stderr, flush=True)
    finally:
        upstream.close()
        client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", default="/var/run/docker.sock")
    parser.add_argument("--certs", required=True)
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{options.certs}/server-cert.pem", f"{options.certs}/server-key.pem")
    context.load_verify_locations(f"{options.certs}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(f"listening on 127.0.0.1:{server.getsockname()[1]}", flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(context, connection, options.upstream),
                             daemon=True).start()


if __name__ == "__main__":
    main()
