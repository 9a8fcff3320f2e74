#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An HTTPS server of signed sets that behaves as it is told, for tests/system/110-trust.

    set_server.py FOLDER CERTIFICATE KEY

Serves the files of FOLDER on a port of loopback that it writes to FOLDER/.port. How, says the first word of
FOLDER/.behaviour, read anew for each request; each request is a line of FOLDER/.requests: behaviour, path, status.
"""
import hashlib
import http.server
import os
import pathlib
import socket
import ssl
import sys
import time

HUGE = 5 * 1024 * 1024  # one MiB more than the largest set


class Handler(http.server.BaseHTTPRequestHandler):
    folder = None
    port = None

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def good(self, content):
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            return self.answer(304, length=False, ETag=etag)
        return self.answer(200, content, ETag=etag, Last_Modified="Wed, 25 Nov 2026 00:00:00 GMT")

    def stall(self, content):
        self.answer(200, content[:10], length=len(content))
        self.wfile.flush()
        time.sleep(60)

    def truncate(self, content):
        self.answer(200, content, length=len(content) + 100)

    def huge(self, _):
        self.answer(200, length=HUGE)
        self.wfile.write(bytes(HUGE))

    def endless(self, _):
        self.answer(200, length=False)
        while True:
            self.wfile.write(bytes(65536))

    def garbage(self, _):
        self.answer(200, os.urandom(500))

    def empty(self, _):
        self.answer(200)

    def to_http(self, _):
        self.answer(302, Location=f"http://localhost:{self.port}{self.path}")

    def to_https(self, content):
        if self.path.startswith("/moved/"):
            return self.good(content)
        return self.answer(302, Location=f"/moved{self.path}", ETag='"of the redirect"')

    def in_circles(self, _):
        self.answer(302, Location=self.path)

    def broken(self, _):
        self.answer(503, b"later")

    def do_GET(self):
        behaviour = (self.folder / ".behaviour").read_text().split()[0].replace("-", "_")
        file = self.folder / pathlib.PurePosixPath(self.path).name
        if not file.is_file():
            return self.answer(404)
        return getattr(self, behaviour)(file.read_bytes())

    def log_request(self, code="-", size="-"):
        with open(self.folder / ".requests", "a") as log:
            log.write(f"{(self.folder / '.behaviour').read_text().split()[0]} {self.path} {int(code)}\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # clients that hang up are what the tests are about


def main(folder, certificate, key):
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    Handler.folder, Handler.port = pathlib.Path(folder), server.socket.getsockname()[1]
    (Handler.folder / ".port.new").write_text(str(Handler.port))
    (Handler.folder / ".port.new").rename(Handler.folder / ".port")
    server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    socket.setdefaulttimeout(60)
    main(*sys.argv[1:])
