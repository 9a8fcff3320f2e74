#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills hallmarkd at random moments under load and compares store, kernel and list each time.

    crashes.py BINARIES FOLDER KILLS SECONDS SEED

Runs in the gateway's network namespace. FOLDER/hallmarkd.conf is the configuration; each FOLDER/load.* holds a command a line,
which one thread runs in random order while the daemon is up. Prints "0 TEXT" for what held and "1 TEXT" for what did not, and
"- TEXT" for figures. It ends early when the seconds are over.
"""
import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

RANK = {"quarantine": 0, "restricted": 1, "trusted": 2}
ORDER_QUARANTINE = 1
ATTESTED = 1  # cause of an entry of the record
SETTLE_SEC = 10
ENDING_SEC = 2  # an admission that ends about now may be here or there
LOAD_SEC = (0.01, 0.25)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


class Load(threading.Thread):
    """Runs commands one after the other; what runs when the daemon dies is ended."""

    def __init__(self, path, seed):
        super().__init__(name=path.suffix[1:], daemon=True)
        self.commands, self.random = path.read_text().splitlines(), random.Random(seed)
        self.may_run, self.lock, self.process, self.done = threading.Event(), threading.Lock(), None, 0

    def run(self):
        while True:
            self.may_run.wait()
            with self.lock:
                if not self.may_run.is_set():
                    continue
                self.process = subprocess.Popen(["bash", "-c", self.random.choice(self.commands)],
                                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                stderr=subprocess.DEVNULL, start_new_session=True)
            self.done += self.process.wait() in (0, 1, 2)

    def stop(self):
        self.may_run.clear()
        with self.lock:
            if self.process and self.process.returncode is None:
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.killpg(self.process.pid, signal.SIGKILL)


class Gateway:
    def __init__(self, binaries, folder):
        self.binaries, self.folder = binaries, folder
        self.log = open(folder / "log", "a")
        self.core = None

    def ctl(self, *words):
        return run(str(self.binaries / "hallmarkctl"), "--socket", str(self.folder / "control"), *words)

    def start(self):
        self.core = subprocess.Popen([str(self.binaries / "hallmarkd"), "--config", str(self.folder / "hallmarkd.conf")],
                                     stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        end = time.monotonic() + SETTLE_SEC
        while time.monotonic() < end and self.core.poll() is None:
            try:
                return self.list()
            except subprocess.CalledProcessError:
                time.sleep(0.01)
        raise SystemExit("1 hallmarkd does not start any more; see its log")

    def kill(self):
        children = pathlib.Path(f"/proc/{self.core.pid}/task/{self.core.pid}/children").read_text().split()
        self.core.kill()
        self.core.wait()
        while any(pathlib.Path(f"/proc/{child}").exists() and
                  pathlib.Path(f"/proc/{child}/stat").read_text().split()[2] != "Z" for child in children):
            time.sleep(0.005)

    def list(self):
        """(interface, MAC) by UEID, and zone by UEID, as the daemon says."""
        places, zones = {}, {}
        for device in json.loads(self.ctl("--json", "list")):
            places[device["ueid"]] = (device["interface"], device["mac"])
            zones[device["ueid"]] = device["zone"]
        return places, zones

    def kernel(self):
        """Zone by place; and the places whose element would stay for ever."""
        zones, permanent = {}, []
        for item in json.loads(run("nft", "-j", "list", "table", "inet", "hallmark"))["nftables"]:
            name = item.get("set", {}).get("name", "")
            if not name.startswith("z_"):
                continue
            for element in item["set"].get("elem", []):
                place = tuple(element.get("elem", {}).get("val", element)["concat"])
                zones[place] = "twice" if place in zones else name[2:]
                if "expires" not in element.get("elem", {}):
                    permanent.append(place)
        return zones, permanent

    def stored(self):
        """
        Zone by UEID that the store holds, an operator's order laid over it (None: it ends about now); and the number of its
        entry in the record where the device's own evidence made it, else None.
        """
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder / "state", copy)
        database = sqlite3.connect(next(path for path in copy.iterdir() if path.suffix not in (".lock",) and
                                        not path.name.endswith(("-wal", "-shm"))))
        now, zones = time.time(), {}
        entries = {ueid.lower(): number if cause == ATTESTED else None for ueid, number, cause in database.execute(
            "SELECT hex(ueid), max(sequence), cause FROM record JOIN verdict USING (device) GROUP BY device")}
        for ueid, zone, until in database.execute("SELECT hex(ueid), zone, until FROM verdict"):
            ends = abs(until - now) < ENDING_SEC
            zones[ueid.lower()] = None if ends else zone if until > now else "quarantine"
        if database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'operator_order'").fetchone()[0]:
            for (ueid,) in database.execute("SELECT hex(ueid) FROM verdict JOIN operator_order USING (device)"
                                            " WHERE kind = ?", (ORDER_QUARANTINE,)):
                zones[ueid.lower()] = "quarantine"
        database.close()
        return zones, entries

    def has_told(self, entry):
        """Whether the journal names this entry of the record: it does after the kernel has acknowledged."""
        return f"; record {entry}:" in (self.folder / "log").read_text()


class Crashes:
    def __init__(self, binaries, folder, seed):
        self.gateway = Gateway(binaries, folder)
        self.random = random.Random(seed)
        self.loads = [Load(path, f"{seed} {path.name}") for path in sorted(folder.glob("load.*"))]
        self.places = {}
        self.count = collections.Counter()
        self.findings = collections.defaultdict(list)

    def compare_dead(self, number):
        """
        Between death and restart. What ends an admission is on disk before the kernel acts, so the kernel has no denial that
        the store lacks. Where one turn holds a denial and a grant, or a review does, the grant too is on disk first.
        """
        kernel, permanent = self.gateway.kernel()
        self.findings["permanent"] += [f"kill {number}: {place}" for place in permanent]
        zones, entries = self.gateway.stored()
        for ueid, zone in zones.items():
            held = kernel.get(self.places.get(ueid), "quarantine")
            if zone is None or ueid not in self.places or held == zone:
                continue
            entry = entries.get(ueid)
            if held == "twice":
                self.findings["twice"].append(f"kill {number}: {ueid}")
            elif RANK[held] > RANK[zone]:
                self.count["more in the kernel: a grant that was not stored yet, or a denial stored first"] += 1
            elif not entry or not self.gateway.has_told(entry):
                self.count["less in the kernel: a grant that was stored first, with a denial"] += 1
            else:
                key = "lost denial" if held == "quarantine" else "lost demotion"
                self.findings[key].append(f"kill {number}: {ueid} is {held} and stored as {zone}, entry {entry}")

    def differences(self, places, zones):
        kernel, permanent = self.gateway.kernel()
        wanted = {places[ueid]: zone for ueid, zone in zones.items() if zone != "quarantine"}
        found = [f"{place} is {kernel.get(place, 'nowhere')}, to be {wanted.get(place, 'nowhere')}"
                 for place in kernel.keys() | wanted.keys() if kernel.get(place) != wanted.get(place)]
        return found + [f"{place} is permanent" for place in permanent]

    def compare_alive(self, number):
        """After restart. The review at start may still move devices, so list and kernel may need a second look."""
        end = time.monotonic() + SETTLE_SEC
        self.places, zones = self.gateway.list()
        while found := self.differences(self.places, zones):
            self.count["looks again after a restart"] += 1
            if time.monotonic() > end:
                self.findings["restart"].append(f"kill {number}: {'; '.join(found[:3])}")
                return
            time.sleep(0.02)
            self.places, zones = self.gateway.list()

    def round(self, number):
        for load in self.loads:
            load.may_run.set()
        time.sleep(self.random.uniform(*LOAD_SEC))
        self.gateway.kill()
        for load in self.loads:
            load.stop()
        self.compare_dead(number)
        begin = time.monotonic()
        self.gateway.start()
        self.count["milliseconds of restart, all together"] += round((time.monotonic() - begin) * 1000)
        self.compare_alive(number)

    def run(self, kills, seconds):
        end = time.monotonic() + seconds
        self.places, zones = self.gateway.start()
        self.compare_alive(0)
        for load in self.loads:
            load.start()
        number = 0
        while number < kills and time.monotonic() < end:
            number += 1
            self.round(number)
        self.report(number, kills, len(zones))

    def report(self, number, kills, devices):
        load = ", ".join(f"{load.name} {load.done}" for load in self.loads)
        print(f"- {number} kills of {kills}, {devices} devices; commands that came to their end: {load}")
        for text, n in sorted(self.count.items()):
            print(f"- {text}: {n}")
        for key, text in (("restart", "after each restart the kernel holds what the verdicts allow, and nothing else"),
                          ("permanent", "no element is permanent"), ("twice", "none is in two zones"),
                          ("lost denial", "no denial is in the kernel before it is stored"),
                          ("lost demotion", "nor a demotion to a lesser zone")):
            found = self.findings[key]
            print(int(bool(found)), text + (f"; {len(found)} times: " + " | ".join(found[:3]) if found else ""))


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    Crashes(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[5]).run(int(sys.argv[3]), float(sys.argv[4]))
