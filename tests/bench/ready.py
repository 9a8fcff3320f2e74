# SPDX-License-Identifier: Apache-2.0
"""ready.py COMMAND...: starts it, and prints how long it took until it said READY=1 (sd_notify(3)), in ms, and its pid. It goes on."""
import os
import socket
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
    listener.bind(f"{folder}/notify")
    listener.settimeout(600)
    begun = time.monotonic()
    daemon = subprocess.Popen(sys.argv[1:], env={**os.environ, "NOTIFY_SOCKET": f"{folder}/notify"}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL)
    while b"READY=1" not in listener.recv(4096).split(b"\n"):
        pass
    print(f"{(time.monotonic() - begun) * 1000:.1f} {daemon.pid}", flush=True)
