#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Devices of many households in one process, each with a MAC and an address of its own (tests/bench/device.h), none of which
speaks hallmark's protocol.

    households.py ask INTERFACE GATEWAY-MAC FROM TO HOST PORT
        each device from number FROM to TO, without the last, sends a datagram to the host, and again while it has no answer, for a
        few seconds. Prints the numbers of those that got one, as "1000-1003 1005".
"""
import socket
import struct
import sys
import time

import frames

NETWORK = bytes.fromhex("fd77000000000005" "10000000")  # as device_address() of the gateway fd77:0:0:5::1
BATCH, TURNS, TURN_SEC = 100, 8, 0.5
SOLICITATION, HEAD = 135, 14
RECEIVE_BYTES = 8 << 20


def mac_of(number):
    return bytes([2, 0]) + struct.pack("!I", number)


def address_of(number):
    return NETWORK + struct.pack("!I", number + 1)


def number_of(address):
    return struct.unpack("!I", address[12:])[0] - 1 if address[:12] == NETWORK else -1


def text(address):
    return socket.inet_ntop(socket.AF_INET6, address)


def frame(to, number, ethertype_and_packet):
    ethertype, packet = ethertype_and_packet
    return to + mac_of(number) + ethertype.to_bytes(2, "big") + packet


def question(gateway, number, host, port):
    o = {"src": text(address_of(number)), "dst": host, "sport": 30000, "dport": port}
    return frame(gateway, number, frames.udp(o, struct.pack("!Q", number)))


def advertisement(gateway, number, asker):
    o = {"src": text(address_of(number)), "dst": text(asker), "target": text(address_of(number)), "from": mac_of(number).hex()}
    return frame(gateway, number, frames.na(o, bytes(8)))


def receive(s, gateway, among, answered, until):
    """Answers who asks for an address of ours, and notes which got their datagram."""
    while (left := until - time.monotonic()) > 0:
        s.settimeout(left)
        try:
            data, where = s.recvfrom(2048)
        except TimeoutError:
            return
        if where[2] == frames.PACKET_OUTGOING or len(data) < HEAD + 48 or data[12:14] != b"\x86\xdd":
            continue
        packet = data[HEAD:]
        if packet[6] == frames.ICMPV6 and packet[40] == SOLICITATION and len(packet) >= 64 and (n := number_of(packet[48:64])) in among:
            s.send(advertisement(gateway, n, packet[8:24]))
        elif packet[6] == frames.UDP and (n := number_of(packet[24:40])) in among:
            answered.add(n)


def ask(interface, gateway, first, last, host, port):
    among, answered = range(first, last), set()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(frames.ETH_P_ALL)) as s:
        s.setsockopt(socket.SOL_SOCKET, 33, RECEIVE_BYTES)  # SO_RCVBUFFORCE
        s.bind((interface, 0))
        for _ in range(TURNS):
            silent = [n for n in among if n not in answered]
            for i in range(0, len(silent), BATCH):
                for n in silent[i:i + BATCH]:
                    s.send(question(gateway, n, host, port))
                receive(s, gateway, among, answered, time.monotonic() + 0.02)
            if not silent:
                break
            receive(s, gateway, among, answered, time.monotonic() + TURN_SEC)
    return sorted(answered)


def ranges(numbers):
    parts = []
    for n in numbers:
        if parts and parts[-1][1] == n - 1:
            parts[-1][1] = n
        else:
            parts.append([n, n])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in parts)


if __name__ == "__main__":
    _, _, name, mac, from_, to, destination, udp_port = sys.argv
    print(ranges(ask(name, frames.mac(mac), int(from_), int(to), destination, int(udp_port))))
