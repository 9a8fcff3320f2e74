#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a hostile neighbour sends to the daemon's port, and a slow path to it.

    flood.py hellos GATEWAY RATE FLOWS SECONDS   ClientHellos with their flow's cookie, each a new handshake
    flood.py records GATEWAY RATE FLOWS SECONDS  in flows that hold half a handshake: records of a few bytes
    flood.py delay PORT GATEWAY SECONDS          a relay from a UDP port of this host, each datagram that much later

GATEWAY is an IPv4 address. The first two end by themselves and print how many datagrams they sent; the relay until it is ended.
"""
import heapq
import os
import select
import socket
import struct
import sys
import time

PORT = 5684
HELLO_VERIFY_REQUEST = 3
SUITES = b"\xc0\xae\xc0\x2b"
EXTENSIONS = (b"\x00\x0a\x00\x04\x00\x02\x00\x17"          # supported_groups: P-256
              b"\x00\x0b\x00\x02\x01\x00"                  # ec_point_formats
              b"\x00\x0d\x00\x04\x00\x02\x04\x03"          # signature_algorithms: ecdsa_secp256r1_sha256
              b"\x00\x17\x00\x00")                         # extended_master_secret


def record(kind, sequence, body):
    return struct.pack("!BHH", kind, 0xFEFD, 0) + sequence.to_bytes(6, "big") + len(body).to_bytes(2, "big") + body


def client_hello(sequence, cookie=b""):
    """RFC 6347 section 4.2.1"""
    body = (b"\xfe\xfd" + os.urandom(32) + b"\x00" + bytes([len(cookie)]) + cookie
            + struct.pack("!H", len(SUITES)) + SUITES + b"\x01\x00" + struct.pack("!H", len(EXTENSIONS)) + EXTENSIONS)
    message = 1 if cookie else 0
    length = len(body).to_bytes(3, "big")
    return record(22, sequence, b"\x01" + length + struct.pack("!H", message) + bytes(3) + length + body)


class Flow:
    def __init__(self, gateway):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((gateway, PORT))
        self.sequence, self.cookie = 0, b""
        for _ in range(20):
            self.send(client_hello(self.sequence))
            if select.select([self.socket], [], [], 0.5)[0]:
                self.read()
            if self.cookie:
                break

    def send(self, datagram):
        self.sequence += 1
        try:
            self.socket.send(datagram)
        except OSError:
            pass

    def read(self):
        """Keeps the latest cookie."""
        while select.select([self.socket], [], [], 0)[0]:
            try:
                answer = self.socket.recv(4096)
            except OSError:
                return
            if len(answer) > 28 and answer[0] == 22 and answer[13] == HELLO_VERIFY_REQUEST:
                self.cookie = answer[28:28 + answer[27]]

    def hello(self):
        self.read()
        self.send(client_hello(self.sequence, self.cookie))

    def junk(self):
        self.send(record(22, self.sequence, b"\x10\x00\x00"))


def flood(kind, gateway, rate, flows, seconds):
    flows = [Flow(gateway) for _ in range(flows)]
    for flow in flows:
        flow.hello()
    print("floods", flush=True)
    start, sent = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        while sent < (time.monotonic() - start) * rate:
            flow = flows[sent % len(flows)]
            flow.hello() if kind == "hellos" else flow.junk()
            sent += 1
        time.sleep(0.001)
    print(sent, flush=True)


def delay(port, gateway, seconds):
    inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inside.bind(("127.0.0.1", port))
    outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outside.connect((gateway, PORT))
    device, queue, n = None, [], 0
    print("relays", flush=True)
    while True:
        wait = max(0, queue[0][0] - time.monotonic()) if queue else None
        for ready in select.select([inside, outside], [], [], wait)[0]:
            data, peer = ready.recvfrom(4096)
            device = peer if ready is inside else device
            n += 1
            heapq.heappush(queue, (time.monotonic() + seconds, n, ready is inside, data))
        while queue and queue[0][0] <= time.monotonic():
            _, _, is_outward, data = heapq.heappop(queue)
            if is_outward:
                outside.send(data)
            elif device:
                inside.sendto(data, device)


if sys.argv[1] == "delay":
    delay(int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
else:
    flood(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
