# SPDX-License-Identifier: Apache-2.0
"""Holds a name on a bus until it is ended: bus_name.py SOCKET NAME. Prints the bus's answer, 1 when it is ours."""
import os
import socket
import struct
import sys
import time


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def string(text):
    return struct.pack("<I", len(text)) + text.encode() + b"\0"


def call(serial, member, signature="", body=b""):
    """A method call to the bus itself (D-Bus specification, message format)."""
    fields = b""
    for code, kind, value in (
        (1, "o", "/org/freedesktop/DBus"),
        (6, "s", "org.freedesktop.DBus"),
        (2, "s", "org.freedesktop.DBus"),
        (3, "s", member),
    ):
        fields = pad(fields, 8) + bytes([code, 1]) + kind.encode() + b"\0" + string(value)
    if signature:
        fields = pad(fields, 8) + bytes([8, 1]) + b"g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
    head = b"l\1\0\1" + struct.pack("<III", len(body), serial, len(fields))
    return pad(head + fields, 8) + body


def messages(bus):
    data = b""
    while True:
        while len(data) < 16 or len(data) < size(data):
            data += bus.recv(65536)
        yield data[: size(data)]
        data = data[size(data) :]


def size(data):
    body, _, fields = struct.unpack_from("<III", data, 4)
    return 16 + fields + (-fields % 8) + body


bus = socket.socket(socket.AF_UNIX)
bus.connect(sys.argv[1])
bus.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\nBEGIN\r\n")
assert bus.recv(4096).startswith(b"OK")
bus.sendall(call(1, "Hello") + call(2, "RequestName", "su", pad(string(sys.argv[2]), 4) + struct.pack("<I", 0)))
for message in messages(bus):
    if message[1] == 2:
        body = struct.unpack_from("<I", message, 4)[0]
        if body == 4:  # the answer to RequestName; that to Hello is a text
            print(struct.unpack("<I", message[-4:])[0], flush=True)
            break
time.sleep(600)
