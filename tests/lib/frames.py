#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Frames as a hostile device makes them, by hand, and what of them arrives.

    frames.py capture INTERFACE FILE           a line of hex for each frame that comes in, until it is ended
    frames.py send INTERFACE MARK KIND [KEY=VALUE...]
    frames.py batch INTERFACE                  the same for each line of standard input: MARK KIND [KEY=VALUE...]

KIND is udp, syn, arp, na, ns, ra, redirect, dhcp, or ethertype. Keys: from, to (MACs; from=random: another for each frame),
src, dst (addresses of either version), sport, dport, sender, target (addresses that ARP or ND speak of), mac (that they name;
`from`), op (of ARP; 1 asks, 2 answers), type (of ethertype), data (hex, before the mark), count. MARK, 16 hex digits, stands in
each frame, so that it is found wherever it arrives.
"""
import os
import socket
import struct
import sys

ETH_P_ALL, IPV4, IPV6, ARP = 3, 0x0800, 0x86DD, 0x0806
UDP, TCP, ICMP, ICMPV6 = 17, 6, 1, 58
PACKET_OUTGOING = 4


def mac(text):
    return bytes([2]) + os.urandom(5) if text == "random" else bytes.fromhex(text.replace(":", ""))


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return (~(total + (total >> 16)) & 0xFFFF).to_bytes(2, "big")


def with_checksum(o, protocol, payload, at):
    """The payload with its checksum at this place, over the pseudo header of either version."""
    src, dst = address(o["src"]), address(o["dst"])
    pseudo = src + dst + (struct.pack("!II", len(payload), protocol) if len(src) == 16
                          else struct.pack("!HH", protocol, len(payload)))
    if protocol == ICMP:
        pseudo = b""
    return payload[:at] + checksum(pseudo + payload) + payload[at + 2:]


def packet(o, protocol, payload):
    """Returns the ethertype and the IP packet."""
    src, dst = address(o["src"]), address(o["dst"])
    if len(src) == 16:
        return IPV6, struct.pack("!IHBB", 6 << 28, len(payload), protocol, 255) + src + dst + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 255, protocol, 0) + src + dst
    return IPV4, head[:10] + checksum(head) + head[12:] + payload


def option(mark):
    """An option of neighbour discovery of an experimental type (RFC 4727), which others pass over."""
    return bytes([253, 2]) + mark + bytes(6)


def link_layer(kind, o):
    return bytes([kind, 1]) + mac(o.get("mac", o["from"]))


def udp(o, mark):
    data = bytes.fromhex(o.get("data", "")) + mark
    head = struct.pack("!HHHH", int(o.get("sport", 40000)), int(o["dport"]), 8 + len(data), 0)
    return packet(o, UDP, with_checksum(o, UDP, head + data, 6))


def syn(o, mark):
    head = struct.pack("!HHIIBBHHH", int(o.get("sport", 40000)), int(o["dport"]), 1, 0, 5 << 4, 2, 1024, 0, 0)
    return packet(o, TCP, with_checksum(o, TCP, head + mark, 16))


def dhcp(o, mark):
    """An answer to anybody; what is in it does not matter to who must not let it pass."""
    body = bytes([2, 1, 6, 0]) + bytes(232) + bytes.fromhex("63825363350102ff")
    return udp({**o, "data": body.hex()}, mark)


def arp(o, mark):
    target = o.get("target", o["sender"])
    return ARP, (struct.pack("!HHBBH", 1, IPV4, 6, 4, int(o.get("op", 2))) + mac(o.get("mac", o["from"])) +
                 address(o["sender"]) + bytes(6) + address(target) + mark)


def icmpv6(o, body):
    return packet(o, ICMPV6, with_checksum(o, ICMPV6, body, 2))


def na(o, mark):
    return icmpv6(o, struct.pack("!BBHI", 136, 0, 0, 0x60000000) + address(o["target"]) + link_layer(2, o) + option(mark))


def ns(o, mark):
    return icmpv6(o, struct.pack("!BBHI", 135, 0, 0, 0) + address(o["target"]) + link_layer(1, o) + option(mark))


def ra(o, mark):
    return icmpv6(o, struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + link_layer(1, o) + option(mark))


def redirect(o, mark):
    target, destination = address(o["target"]), address(o["destination"])
    if len(target) == 16:
        return icmpv6(o, struct.pack("!BBHI", 137, 0, 0, 0) + target + destination + option(mark))
    original = packet({"src": o["dst"], "dst": o["destination"]}, UDP, bytes(8))[1]
    body = struct.pack("!BBH", 5, 1, 0) + target + original + mark
    return packet(o, ICMP, with_checksum(o, ICMP, body, 2))


def ethertype(o, mark):
    return int(o["type"], 0), bytes.fromhex(o.get("data", "")) + mark


KINDS = {f.__name__: f for f in (udp, syn, dhcp, arp, na, ns, ra, redirect, ethertype)}


def send(s, mark, kind, *arguments):
    o = dict(argument.split("=", 1) for argument in arguments)
    for i in range(int(o.get("count", 1))):
        if i and "sport" in o:
            o["sport"] = str(int(o["sport"]) % 60000 + 1)
        number, body = KINDS[kind](o, bytes.fromhex(mark))
        s.send(mac(o["to"]) + mac(o["from"]) + number.to_bytes(2, "big") + body)


def send_each(interface, lines):
    """Through one socket: to close one takes the kernel a moment, in which a limit of a rate recovers."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as s:
        s.bind((interface, 0))
        for line in lines:
            send(s, *line)


def capture(interface, path):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as s, \
            open(path, "w", buffering=1) as out:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind((interface, ETH_P_ALL))
        print("ready", file=out)
        while True:
            frame, where = s.recvfrom(4096)
            if where[2] != PACKET_OUTGOING:
                print(frame.hex(), file=out)


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "capture":
        capture(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "batch":
        send_each(sys.argv[2], (line.split() for line in sys.stdin))
    elif len(sys.argv) > 4 and sys.argv[1] == "send":
        send_each(sys.argv[2], [sys.argv[3:]])
    else:
        sys.exit(__doc__)
