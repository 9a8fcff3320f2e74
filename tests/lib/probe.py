#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures with real packets what can be reached.

    probe.py serve PROTOCOL:PORT...            answers on these ports over IPv4 and IPv6, until it is ended
    probe.py reach NAME=PROTOCOL:HOST:PORT...  prints "NAME yes" or "NAME no" for each, all tried at once

PROTOCOL is tcp (a connection, one line there and back) or udp (one datagram there and back, tried three times). The environment's
PROBE_SEC is how long one place is waited for.
"""
import concurrent.futures
import os
import selectors
import socket
import sys

PATIENCE_SEC = float(os.environ.get("PROBE_SEC") or 0.9)
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def listen(protocol, port):
    s = socket.socket(socket.AF_INET6, KINDS[protocol])
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    if protocol == "tcp":
        s.listen(64)
    return s


def answer(s):
    if s.type == socket.SOCK_DGRAM:
        message, peer = s.recvfrom(512)
        s.sendto(message, peer)
        return
    connection, _ = s.accept()
    with connection:
        connection.settimeout(15)
        try:
            connection.sendall(connection.recv(512))
        except OSError:
            pass


def serve(places):
    with selectors.DefaultSelector() as selector:
        for place in places:
            protocol, port = place.split(":")
            selector.register(listen(protocol, int(port)), selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                answer(key.fileobj)


def reaches(place):
    protocol, rest = place.split(":", 1)
    host, port = rest.rsplit(":", 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, KINDS[protocol]) as s:
        s.settimeout(PATIENCE_SEC if protocol == "tcp" else PATIENCE_SEC / 3)
        try:
            s.connect((host, int(port)))
        except OSError:
            return False
        for _ in range(1 if protocol == "tcp" else 3):
            try:
                s.sendall(b"hello\n")
                if s.recv(512) == b"hello\n":
                    return True
            except OSError:
                pass
    return False


def reach(arguments):
    names, places = zip(*(argument.split("=", 1) for argument in arguments))
    with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
        for name, reached in zip(names, pool.map(reaches, places)):
            print(name, "yes" if reached else "no")


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] in ("serve", "reach"):
        {"serve": serve, "reach": reach}[sys.argv[1]](sys.argv[2:])
    else:
        sys.exit(__doc__)
