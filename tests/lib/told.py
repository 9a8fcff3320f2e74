# SPDX-License-Identifier: Apache-2.0
"""Those whom hallmark-notify tells, with parsers that are not ours; each writes a JSON line for what it got.

told.py webhook PORT KEYFILE MODEFILE OUT   answers as MODEFILE says: ok, 500, 400, moved, or hang (not at all)
told.py syslog udp|tcp PORT OUT             RFC 5424, in datagrams or by octet counting (RFC 6587)
told.py letter FILE                         a letter on standard output
"""
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import re
import socket
import sys
import threading
import time

SYSLOG = re.compile(rb"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
                    rb"\[([^ =\]\"]{1,32})((?: [^ =\]\"]{1,32}=\"(?:[^\"\\\]]|\\.)*\")*)\] \xef\xbb\xbf(.*)", re.DOTALL)
PARAMETER = re.compile(r' ([^ =\]"]+)="((?:[^"\\\]]|\\.)*)"')


def write(path, what):
    with open(path, "a", encoding="utf-8") as out:
        print(json.dumps(what, ensure_ascii=False), file=out)


def is_signed(headers, body, key):
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers.get("Hallmark-Signature", ""))
    if not match or abs(time.time() - int(match[1])) > 300:
        return False
    wanted = hmac.new(key, match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, match[2])


def webhook(port, key_file, mode_file, out):
    with open(key_file, "rb") as file:
        key = file.read().strip()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with open(mode_file, encoding="ascii") as file:
                mode = file.read().strip()
            write(out, {"mode": mode, "signed": is_signed(self.headers, body, key), "path": self.path,
                        "delivery": self.headers["Hallmark-Delivery"], "event": json.loads(body)})
            if mode == "hang":
                time.sleep(60)
                return
            self.send_response({"ok": 204, "500": 500, "400": 400, "moved": 307}[mode])
            if mode == "moved":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def parsed(message):
    match = SYSLOG.fullmatch(message)
    if not match:
        return {"wrong": message.decode(errors="replace")}
    fields = {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in PARAMETER.findall(match[8].decode())}
    return {"facility": int(match[1]) // 8, "severity": int(match[1]) % 8, "time": match[2].decode(), "host": match[3].decode(),
            "app": match[4].decode(), "kind": match[6].decode(), "id": match[7].decode(), "fields": fields, "text": match[9].decode()}


def one_stream(connection, out):
    got = b""
    while data := connection.recv(65536):
        got += data
        while match := re.match(rb"([1-9]\d*) ", got):
            end = match.end() + int(match[1])
            if len(got) < end:
                break
            write(out, parsed(got[match.end():end]))
            got = got[end:]


def syslog(kind, port, out):
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.bind(("127.0.0.1", port))
    if kind == "udp":
        while True:
            write(out, parsed(heard.recv(65536)))
    heard.listen()
    while True:
        threading.Thread(target=one_stream, args=(heard.accept()[0], out), daemon=True).start()


def letter(path):
    with open(path, "rb") as file:
        raw = file.read()
    m = email.message_from_bytes(raw, policy=email.policy.default)
    print(json.dumps({"headers": sorted(m.keys()), "subject": m["Subject"], "to": m["To"], "from": m["From"], "body": m.get_content(),
                      "defects": [str(d) for d in m.defects], "longest": max(len(line) for line in raw.split(b"\n"))},
                     ensure_ascii=False))


{"webhook": lambda: webhook(int(sys.argv[2]), *sys.argv[3:]), "syslog": lambda: syslog(sys.argv[2], int(sys.argv[3]), sys.argv[4]),
 "letter": lambda: letter(sys.argv[2])}[sys.argv[1]]()
