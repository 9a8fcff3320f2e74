#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A responder of multicast DNS on one link, until it is ended: answers one-shot questions (RFC 6762 section 6.7) about a service.

    mdns_responder.py [--after SECONDS] INTERFACE INSTANCE,... HOST PORT,... ADDRESS...

Each instance is at each port of the host. It answers after so many seconds, prints "ready" when it listens, and then a line for
each question that it answers: who asked.
"""
import argparse
import ipaddress
import select
import socket
import struct
import time

SERVICE = "_hallmark._udp.local"
PTR, TXT, AAAA, SRV, A = 12, 16, 28, 33, 1


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def decode(message, at):
    labels = []
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), at + 1


def records(instances, host, ports, addresses):
    for instance in instances.split(","):
        yield SERVICE, PTR, encode(instance)
        for port in ports.split(","):
            yield instance, SRV, struct.pack("!HHH", 0, 0, int(port)) + encode(host)
        yield instance, TXT, b"\0"
    for address in map(ipaddress.ip_address, addresses):
        yield host, A if address.version == 4 else AAAA, address.packed


def answer(question, known):
    """The message with all records of that name and type, or None."""
    name, at = decode(question, 12)
    kind, _ = struct.unpack_from("!HH", question, at)
    found = [data for owner, k, data in known if owner == name and k == kind]
    if not found:
        return None
    head = question[:2] + struct.pack("!HHHHH", 0x8400, 1, len(found), 0, 0)
    rows = (encode(name) + struct.pack("!HHIH", kind, 1, 10, len(data)) + data for data in found)
    return head + question[12 : at + 4] + b"".join(rows)


def listen(interface):
    index = socket.if_nametoindex(interface)
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    four.bind(("", 5353))
    four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", socket.inet_aton("224.0.0.251"), bytes(4), index))
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    six.bind(("::", 5353))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, "ff02::fb") + struct.pack("i", index))
    return four, six


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--after", type=float, default=0)
    for name in ("interface", "instances", "host", "ports"):
        parser.add_argument(name)
    parser.add_argument("addresses", nargs="+")
    given = parser.parse_args()
    known = list(records(given.instances, given.host, given.ports, given.addresses))
    sockets = listen(given.interface)
    print("ready", flush=True)
    while True:
        for s in select.select(sockets, [], [])[0]:
            question, peer = s.recvfrom(9000)
            message = answer(question, known)
            if message:
                time.sleep(given.after)
                print(*peer, flush=True)
                s.sendto(message, peer)


if __name__ == "__main__":
    main()
