#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Flows that go on while the network changes, and when each of their packets was answered.

    flow.py serve PROTOCOL:PORT[@HOST]...             echoes on these ports, over IPv4 and IPv6, until it is ended
    flow.py run FILE MS NAME=PROTOCOL:HOST[:PORT]...  sends in each flow every MS milliseconds, until it is ended

PROTOCOL is tcp (one connection, lines), udp or icmp (echo requests; no port). FILE gets a line for each answered packet:
NAME CONNECTION SEQUENCE SENT RECEIVED, times as microseconds of the Unix time. TCP sends again what was lost, so there a
packet may have been sent long before it was answered; CONNECTION counts the connections that the flow needed.
"""
import asyncio
import ipaddress
import os
import signal
import socket
import struct
import sys
import time

CONNECT_SEC = 1


def now_usec():
    return time.time_ns() // 1000


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Flow:
    def __init__(self, name, out, pace_sec):
        self.name, self.out, self.pace_sec = name, out, pace_sec
        self.connection, self.sequence, self.sent = 0, 0, {}

    def next_packet(self):
        self.sequence += 1
        self.sent[self.sequence] = now_usec()
        return b"%d" % self.sequence

    def answered(self, data):
        sent = self.sent.pop(int(data), None) if data.isdigit() else None
        if sent:
            print(self.name, self.connection, int(data), sent, now_usec(), file=self.out)


class Datagrams(Flow):
    """UDP through a connected socket; a refusal or a missing route is a packet that is not answered."""

    def open(self, host, port):
        s = socket.socket(family_of(host), socket.SOCK_DGRAM)
        s.connect((host, int(port)))
        return s

    def wrap(self, payload):
        return payload

    def unwrap(self, packet):
        return packet

    async def run(self, host, port=0):
        loop = asyncio.get_running_loop()
        s = self.open(host, port)
        s.setblocking(False)

        def on_packet():
            try:
                while True:
                    self.answered(self.unwrap(s.recv(2048)))
            except OSError:
                pass

        loop.add_reader(s, on_packet)
        while True:
            try:
                s.send(self.wrap(self.next_packet()))
            except OSError:
                pass
            await asyncio.sleep(self.pace_sec)


class Pings(Datagrams):
    def open(self, host, port):
        self.six = family_of(host) == socket.AF_INET6
        self.identifier = int.from_bytes(os.urandom(2), "big")
        s = socket.socket(family_of(host), socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if self.six else socket.IPPROTO_ICMP)
        s.connect((host, 0))
        return s

    def wrap(self, payload):
        packet = struct.pack("!BBHHH", 128 if self.six else 8, 0, 0, self.identifier, self.sequence & 0xFFFF) + payload
        return packet if self.six else packet[:2] + checksum(packet) + packet[4:]  # the kernel does it for ICMPv6

    def unwrap(self, packet):
        if not self.six:
            packet = packet[(packet[0] & 15) * 4:]
        mine = packet[0] == (129 if self.six else 0) and packet[4:6] == self.identifier.to_bytes(2, "big")
        return packet[8:] if mine else b""


def checksum(data):
    total = sum(struct.unpack(f"!{len(data + bytes(len(data) % 2)) // 2}H", data + bytes(len(data) % 2)))
    total = (total >> 16) + (total & 0xFFFF)
    return (~(total + (total >> 16)) & 0xFFFF).to_bytes(2, "big")


class Stream(Flow):
    async def run(self, host, port):
        while True:
            try:
                reader, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), CONNECT_SEC)
            except (OSError, asyncio.TimeoutError):
                await asyncio.sleep(self.pace_sec)
                continue
            self.connection += 1
            sending = asyncio.ensure_future(self.send(writer))
            try:
                while line := await reader.readline():
                    self.answered(line.strip())
            except OSError:
                pass
            sending.cancel()
            writer.close()

    async def send(self, writer):
        while True:
            writer.write(self.next_packet() + b"\n")
            await asyncio.sleep(self.pace_sec)


async def run(path, ms, arguments):
    kinds = {"tcp": Stream, "udp": Datagrams, "icmp": Pings}
    with open(path, "w", buffering=1) as out:
        flows = []
        for argument in arguments:
            name, place = argument.split("=", 1)
            protocol, rest = place.split(":", 1)
            host, port = (rest, 0) if protocol == "icmp" else rest.rsplit(":", 1)
            flows.append(kinds[protocol](name, out, float(ms) / 1000).run(str(ipaddress.ip_address(host)), port))
        await asyncio.gather(*flows)


class EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


async def echo_stream(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
    except OSError:
        pass
    writer.close()


async def serve(places):
    loop = asyncio.get_running_loop()
    for place in places:
        protocol, port = place.split(":", 1)
        port, _, host = port.partition("@")
        for any_address in (host,) if host else ("0.0.0.0", "::"):
            if protocol == "tcp":
                await asyncio.start_server(echo_stream, any_address, int(port))
                continue
            s = socket.socket(family_of(any_address), socket.SOCK_DGRAM)
            if family_of(any_address) == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((any_address, int(port)))
            await loop.create_datagram_endpoint(EchoDatagrams, sock=s)
    await asyncio.Event().wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if len(sys.argv) > 2 and sys.argv[1] == "serve":
        asyncio.run(serve(sys.argv[2:]))
    elif len(sys.argv) > 4 and sys.argv[1] == "run":
        asyncio.run(run(sys.argv[2], sys.argv[3], sys.argv[4:]))
    else:
        sys.exit(__doc__)
