#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""slow_path.py PORT GATEWAY SECONDS: a relay from a UDP port of this host to the daemon's, each datagram that much later, until it
is ended."""
import heapq
import select
import socket
import sys
import time


def relay(port, gateway, seconds):
    inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inside.bind(("127.0.0.1", port))
    outside = socket.socket(socket.AF_INET6 if ":" in gateway else socket.AF_INET, socket.SOCK_DGRAM)
    outside.connect((gateway, 5684))
    device, queue, n = None, [], 0
    print("relays", flush=True)
    while True:
        wait = max(0, queue[0][0] - time.monotonic()) if queue else None
        for ready in select.select([inside, outside], [], [], wait)[0]:
            try:
                data, peer = ready.recvfrom(4096)
            except ConnectionRefusedError:  # no daemon there at the moment
                continue
            device = peer if ready is inside else device
            n += 1
            heapq.heappush(queue, (time.monotonic() + seconds, n, ready is inside, data))
        while queue and queue[0][0] <= time.monotonic():
            _, _, is_outward, data = heapq.heappop(queue)
            try:
                if is_outward:
                    outside.send(data)
                elif device:
                    inside.sendto(data, device)
            except OSError:  # it is lost
                pass


relay(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
