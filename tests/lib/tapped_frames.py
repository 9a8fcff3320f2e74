# SPDX-License-Identifier: Apache-2.0
"""Frames as a hostile host would send them, and taps that say where each arrived.

Each frame ends in a mark of its own, by which it is known wherever it comes out, routed or not.
"""
import ctypes
import ipaddress
import itertools
import os
import select
import socket
import struct
import time

CLONE_NEWNET = 0x40000000
PACKET_IGNORE_OUTGOING = 23
SOL_PACKET = 263
WAIT = 0.15  # s: the kernel's own way from port to port takes microseconds

ARP, IP4, IP6, VLAN = 0x0806, 0x0800, 0x86DD, 0x8100
BROADCAST = "ff:ff:ff:ff:ff:ff"
libc = ctypes.CDLL(None, use_errno=True)
marks = itertools.count(1)


def within(namespace, make):
    """What make() gives, made in that namespace; a socket stays there."""
    before = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), namespace)
        return make()
    finally:
        libc.setns(before, CLONE_NEWNET)
        os.close(before)
        os.close(there)


def wire(interface):
    def make():
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        s.bind((interface, 0))
        s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        return s
    return make


def listener(port):
    def make():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("0.0.0.0", port))
        return s
    return make


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def address(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(source, kind, payload, to=BROADCAST):
    return mac(to) + mac(source) + struct.pack("!H", kind) + payload


def arp(sender_mac, sender, target, op=1, hardware=1):
    return (struct.pack("!HHBBH", hardware, IP4, 6, 4, op) + mac(sender_mac) + address(sender) + bytes(6)
            + address(target))


def ip4(source, to, protocol, body, mark):
    body += mark
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + address(source) + address(to)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ip6(source, to, protocol, body, mark):
    body += mark
    return struct.pack("!IHBB", 6 << 28, len(body), protocol, 255) + address(source) + address(to) + body


def udp(sport, dport, mark):
    return struct.pack("!HHHH", sport, dport, 8 + len(mark), 0)


SYN, SYN_ACK = 2, 18


def tcp(source, to, sport, dport, flags, mark):
    head = struct.pack("!HHIIBBHHH", sport, dport, 1, 2 if flags == SYN_ACK else 0, 5 << 4, flags, 1024, 0, 0)
    pseudo = address(source) + address(to) + struct.pack("!HH", 6, len(head) + len(mark))
    return head[:16] + struct.pack("!H", checksum(pseudo + head + mark)) + head[18:]


def icmp4(kind, mark):
    head = struct.pack("!BBHI", kind, 0, 0, 0)
    return head[:2] + struct.pack("!H", checksum(head + mark)) + head[4:]


def icmp6(source, to, kind, body, mark, word=0):
    """`word` is what each kind has behind the checksum."""
    head = struct.pack("!BBHI", kind, 0, 0, word) + body
    pseudo = address(source) + address(to) + struct.pack("!II", len(head) + len(mark), 58)
    return head[:2] + struct.pack("!H", checksum(pseudo + head + mark)) + head[4:]


class Net:
    """Named taps; `places` gives each as (namespace, interface), or (namespace, UDP port)."""

    def __init__(self, places):
        self.taps = {name: within(namespace, wire(at) if isinstance(at, str) else listener(at))
                     for name, (namespace, at) in places.items()}

    def arrivals(self, mark, since):
        found = []
        while True:
            ready, _, _ = select.select(list(self.taps.values()), [], [], max(0, since + WAIT - time.monotonic()))
            if not ready:
                return found
            for name, tap in self.taps.items():
                if tap in ready and tap.recv(2048).rstrip(b"\0").endswith(mark):
                    found.append(name)

    def send(self, place, make, n=1):
        """Sends n frames that make(mark) gives from a place. Returns where they came out, each as often as it did."""
        mark = b"hallmark%05d!" % next(marks)
        data = make(mark)
        since = time.monotonic()
        for _ in range(n):
            self.taps[place].send(data)
        return sorted(self.arrivals(mark, since))
