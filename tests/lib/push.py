#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who is sent to without sending: an idle device to which a host pushes.

    push.py serve FILE PORT HOST...         numbers datagrams and sends each to all who have ever said something to a HOST's port,
                                            every 50 ms, until it is ended; FILE has the number sent last
    push.py listen FILE SOURCE HOST PORT    says something from SOURCE, once and at each SIGUSR1, and writes the number of each
                                            datagram that comes, a line each
"""
import os
import select
import signal
import socket
import sys


def bound(host, port):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    s.bind((host, port))
    return s


def serve(path, port, *hosts):
    sockets = {bound(host, int(port)): set() for host in hosts}
    number = 0
    while True:
        for s in select.select(list(sockets), [], [], 0.05)[0]:
            sockets[s].add(s.recvfrom(99)[1])
        number += 1
        for s, peers in sockets.items():
            for peer in peers:
                s.sendto(b"%d" % number, peer)
        with open(path + ".new", "w") as out:
            print(number, file=out)
        os.replace(path + ".new", path)


def listen(path, source, host, port):
    s = bound(source, 0)
    s.connect((host, int(port)))
    signal.signal(signal.SIGUSR1, lambda *_: s.send(b"hello"))
    s.send(b"hello")
    with open(path, "a", buffering=1) as out:
        while True:
            print(s.recv(99).decode(), file=out)


if __name__ == "__main__":
    {"serve": serve, "listen": listen}[sys.argv[1]](*sys.argv[2:])
