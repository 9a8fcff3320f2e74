# SPDX-License-Identifier: Apache-2.0
"""Stands in for systemd towards one daemon: hears what it notifies, and passes it a socket.

service.py hear SOCKET FILE             each message becomes a line of FILE, its own lines divided by "|"
service.py pass KIND PORT COMMAND...    runs it with what a socket unit would pass: udp, udp6only, tcp,
                                        two (of two ports), or four (of one)
"""
import os
import socket
import sys


def hear(path, into):
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(path)
    os.chmod(path, 0o666)
    with open(into, "w", buffering=1) as out:
        while True:
            print(heard.recv(4096).decode().replace("\n", "|"), file=out)


def opened(kind, port):
    one = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, kind == "udp6only")
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, kind == "four")
    one.bind(("::", port))
    if kind == "tcp":
        one.listen()
    return one


def pass_to(kind, port, command):
    sockets = [opened(kind, port) for _ in range(4 if kind == "four" else 1)]
    sockets += [opened("udp", port + 1)] if kind == "two" else []
    high = [os.dup2(s.fileno(), 10 + i) for i, s in enumerate(sockets)]
    for i, fd in enumerate(high):
        os.dup2(fd, 3 + i)
    os.closerange(3 + len(high), 20)
    os.environ.update(LISTEN_FDS=str(len(high)), LISTEN_PID=str(os.getpid()))
    os.execv(command[0], command)


if sys.argv[1] == "hear":
    hear(*sys.argv[2:])
else:
    pass_to(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
