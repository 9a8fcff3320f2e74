#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps flows running, one packet each every 50 ms, whatever becomes of them.

    standing_flows.py serve PORT                 takes what comes by TCP and UDP, over IPv4 and IPv6, until it is ended
    standing_flows.py run ADDRESS4 ADDRESS6 PORT one TCP connection, one UDP flow and one run of pings to each address; prints
                                       "ready" once both connections stand

A connection is never begun anew: what passes later is the flow that passed before.
"""
import selectors
import socket
import struct
import sys
import time

PAUSE_SEC = 0.05


def serve(port):
    with selectors.DefaultSelector() as selector:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            s = socket.socket(socket.AF_INET6, kind)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            s.bind(("::", port))
            if kind == socket.SOCK_STREAM:
                s.listen(16)
            selector.register(s, selectors.EVENT_READ, kind)
        while True:
            for key, _ in selector.select():
                if key.data == socket.SOCK_STREAM:
                    selector.register(key.fileobj.accept()[0], selectors.EVENT_READ, None)
                elif key.data == socket.SOCK_DGRAM:
                    key.fileobj.recv(512)
                elif not key.fileobj.recv(512):
                    selector.unregister(key.fileobj)


def checksum(message):
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(family, number):
    """An echo request; the kernel fills in the checksum of ICMPv6."""
    if family == socket.AF_INET6:
        return struct.pack("!BBHHH", 128, 0, 0, 7, number & 0xFFFF)
    head = struct.pack("!BBHHH", 8, 0, 0, 7, number & 0xFFFF)
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


def run(addresses, port):
    flows = []
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        tcp = socket.create_connection((address, port), 5)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        udp = socket.socket(family, socket.SOCK_DGRAM)
        udp.connect((address, port))
        icmp = socket.socket(
            family, socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
        )
        icmp.connect((address, 0))
        flows += [(tcp, lambda n: b"hello\n"), (udp, lambda n: b"hello\n"), (icmp, lambda n, f=family: ping(f, n))]
    for s, _ in flows:
        s.setblocking(False)
    print("ready", flush=True)
    number = 0
    while True:
        number += 1
        for s, message in flows:
            try:
                s.send(message(number))
            except OSError:
                pass  # it is the gateway's counters that tell
        time.sleep(PAUSE_SEC)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    elif len(sys.argv) == 5 and sys.argv[1] == "run":
        run(sys.argv[2:4], int(sys.argv[4]))
    else:
        sys.exit(__doc__)
