# SPDX-License-Identifier: Apache-2.0
"""Stands where journald's socket is: reads entries of the native protocol (one datagram each) into a file, a JSON
object a line."""
import json
import socket
import struct
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/systemd/journal/socket")
with open(sys.argv[1], "w", buffering=1) as out:
    while True:
        data, fields = s.recv(65536), {}
        while data:
            line, _, data = data.partition(b"\n")
            key, equals, value = line.partition(b"=")
            if not equals:  # binary form: a length, the value and a newline
                (n,) = struct.unpack("<Q", data[:8])
                value, data = data[8:8 + n], data[9 + n:]
            fields[key.decode()] = value.decode()
        print(json.dumps(fields), file=out)
