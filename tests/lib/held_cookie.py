#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A ClientHello whose cookie was made before what happens in between.

    held_cookie.py GATEWAY

Begins a handshake with `openssl s_client`, prints "cookie" when the gateway has sent one, waits for a line on standard input, and then
shows the cookie. Prints what the gateway answers first: "server-hello", when the cookie is good, "verify-request", or "nothing".
"""
import select
import socket
import subprocess
import sys

ANSWERS = {2: "server-hello", 3: "verify-request"}
MESSAGE_TYPE = 13  # behind the header of a record
PATIENCE_SEC = 5


def main(gateway):
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind(("127.0.0.1", 0))
    outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outside.connect((gateway, 5684))
    process = subprocess.Popen(["openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{client.getsockname()[1]}"],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        hello, peer = client.recvfrom(4096)
        outside.send(hello)
        request = outside.recv(4096)
        if ANSWERS.get(request[MESSAGE_TYPE]) != "verify-request":
            sys.exit("no cookie")
        client.sendto(request, peer)
        shown = hello
        while shown[MESSAGE_TYPE + 12:] == hello[MESSAGE_TYPE + 12:]:  # repeated, before the cookie came
            shown = client.recv(4096)
        print("cookie", flush=True)
        sys.stdin.readline()
        outside.send(shown)
        ready, _, _ = select.select([outside], [], [], PATIENCE_SEC)
        print(ANSWERS.get(outside.recv(4096)[MESSAGE_TYPE], "another") if ready else "nothing", flush=True)
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
