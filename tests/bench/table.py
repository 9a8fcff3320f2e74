# SPDX-License-Identifier: Apache-2.0
"""What tests/bench/run measured, as one table in Markdown. A column is a file of JSON lines, one for each figure.

    table.py FILE...                      prints it
    table.py --write DOCUMENT FILE...     puts it between the two marker lines of the document
    table.py --curves FILE FOLDER         what gnuplot draws: storm.*.tsv, growth.*.tsv

A figure has the median of its values, and how many there are. A goal stands beside it; a figure that misses it has a mark."""
import json
import re
import statistics
import sys
from pathlib import Path

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

V = "v"  # verifications of a P-256 signature by bare OpenSSL in the same run
RATIO = "×"
BUSY = " Other work ran there: times of the wall clock (s, ms, /s) in this column say little, and are not held against goals."
ENOUGH = 5  # samples; where there are fewer, their number stands beside the median

# Answers to operators: figure, text, goal in milliseconds beside 131,072 devices, whether it should cost the same beside any number.
ANSWERS = [
    ("page", "a page of 200", 50, True),
    ("end", "a page of 200 by the end of the admission", 50, True),
    ("list", "all devices, for each 200", 50, True),
    ("segment", "the first device of one household", 50, False),
    ("completion", "up to 200 ids that begin with two digits", 50, False),
    ("name", "one device by its name and household", 50, False),
    ("status", "the status", 50, False),
    ("metrics", "metrics, with those of each household", 50, False),
    ("report", "the report of a month", None, False),
]
FEW, MANY, MOST = 1000, 10000, 131072
CPU_MS = "ms of CPU"
SCALE = []
for name, text, goal, is_flat in ANSWERS:
    SCALE += [(f"scale.{name}.{n}", f"{text}; {n:,} devices" if n == FEW else f"· {n:,}", CPU_MS, goal) for n in (FEW, MANY, MOST)]
    if is_flat:
        SCALE.append((f"scale.{name}.ratio", f"· {MOST:,} ÷ {FEW:,}", RATIO, 1.5))

# What the groups are, and of each the rows: figure, text, unit, goal (at most; with a leading ">" at least), goal on Debian 13 if it differs.
GROUPS = [
    ("Floor: bare OpenSSL in memory", [
        ("floor.verify_usec", "one ES256 verification, the unit of this table", "µs", None),
        ("floor.sign", "one ES256 signature", V, None),
        ("floor.handshake", "DTLS 1.2 handshake, both sides with certificates: the server", V, None),
        ("floor.handshake_device", "the device's side of it", V, None),
        ("floor.admission", "all cryptography of an admission: handshake, evidence, label, result", V, None),
    ]),
    ("One admission, all processes together", [
        ("admission.first", "first admission", V, 20, 16),
        ("admission.first.core", "· core", V, None),
        ("admission.first.edge", "· edge", V, None),
        ("admission.first.judges", "· zygote and judges", V, None),
        ("admission.renewal", "renewal", V, 20, 16),
        ("admission.renewal.core", "· core", V, None),
        ("admission.renewal.edge", "· edge", V, None),
        ("admission.renewal.judges", "· zygote and judges", V, None),
        ("admission.change", "change of zone", V, None),
        ("readmission", "re-admission: handshake and GET /admission", V, None),
        ("readmission.to_discovery", "· ÷ handshake and GET of the same edge, without the core", RATIO, 1.15),
        ("readmission.to_handshake", "· ÷ OpenSSL's handshake in memory, without sockets", RATIO, None),
    ]),
    ("Beside other servers, with the same certificates", [
        ("libcoap", "libcoap: handshake and GET", V, None),
        ("discovery", "hallmark: handshake and GET", V, None),
        ("libcoap.to_discovery", "· hallmark ÷ libcoap", RATIO, None),
        ("libcoap.to_first", "first admission ÷ libcoap's handshake and GET", RATIO, 0.65),
        ("libcoap.to_renewal", "renewal ÷ libcoap's handshake and GET", RATIO, 0.65),
        ("eap.freeradius", "FreeRADIUS: EAP-TLS", V, None),
        ("eap.to_freeradius", "first admission ÷ FreeRADIUS", RATIO, 0.8),
        ("eap.hostapd", "hostapd's EAP server: EAP-TLS", V, None),
        ("eap.to_hostapd", "first admission ÷ hostapd", RATIO, 0.85),
    ]),
    ("Growth: one more first admission", [
        ("growth.known.10", "10 known devices", V, None),
        ("growth.known.1000", "1,000 known devices", V, None),
        ("growth.known.10000", "10,000 known devices", V, None),
        ("growth.known.100000", "100,000 known devices", V, None),
        ("growth.known.ratio", "· 100,000 ÷ 10", RATIO, 1.1),
        ("growth.sessions.1", "1 live session", V, None),
        ("growth.sessions.1000", "1,000 live sessions", V, None),
        ("growth.sessions.10000", "10,000 live sessions", V, None),
        ("growth.sessions.ratio", "· 10,000 ÷ 1", RATIO, 1.1),
    ]),
    ("Storm of 10,000 known devices, from the first datagram to the last answer", [
        ("storm.admission.0.seconds", "they ask for their admission", "s", None),
        ("storm.admission.0.lost", "· not answered within two minutes", "", 0),
        ("storm.admission.0.ratio", "· ÷ cryptography of all, both sides, on all CPUs", RATIO, 1.5),
        ("storm.admission.50.seconds", "the same, 5 % of datagrams lost each way", "s", None),
        ("storm.admission.50.lost", "· not answered within two minutes", "", 0),
        ("storm.admission.50.most", "· the longest wait", "s", 60),
        ("storm.attest.0.seconds", "they attest", "s", None),
        ("storm.attest.0.lost", "· not answered within two minutes", "", 0),
        ("storm.attest.0.ratio", "· ÷ cryptography of all, both sides, on all CPUs", RATIO, 1.5),
        ("storm.attest.0.cost", "· of the gateway's CPU, for each", V, None),
        ("storm.attest.50.seconds", "the same, 5 % of datagrams lost each way", "s", None),
        ("storm.attest.50.lost", "· not answered within two minutes", "", 0),
        ("storm.attest.50.most", "· the longest wait", "s", 60),
    ]),
    ("Admissions a second", [
        ("cpus.first.one", "first admissions, the daemon on one CPU", "/s", None),
        ("cpus.first.two", "on two, of which the devices need one too", "/s", None),
        ("cpus.first.ratio", "· two ÷ one", RATIO, ">1.8"),
        ("cpus.renewal.one", "renewals, the daemon on one CPU", "/s", None),
        ("cpus.renewal.two", "on two, of which the devices need one too", "/s", None),
        ("cpus.renewal.ratio", "· two ÷ one", RATIO, ">1.8"),
    ]),
    ("The kernel's tables alone, one of 10,000 admissions", [
        ("kernel.routed.admit-by-turns.10000", "routed, 64 in one transaction", V, None),
        ("kernel.routed.admit-at-once.10000", "routed, all in one", V, None),
        ("kernel.bridged.admit-by-turns.10000", "bridged, 64 in one transaction", V, None),
        ("kernel.bridged.admit-at-once.10000", "bridged, all in one", V, None),
    ]),
    ("Start and review", [
        ("boot.10000", "start to enforcing, 10,000 verdicts", "ms", None),
        ("boot.100000", "start to enforcing, 100,000 verdicts", "ms", 500),
        ("review.10000", "review of 10,000 after one status list, to the kernel's word", "s", 1),
        ("review.10000.cost", "· CPU for each", V, None),
        ("review.100000", "review of 100,000", "s", 10),
        ("review.100000.cost", "· CPU for each", V, None),
    ]),
    ("Questions of operators, the core's CPU for one answer, beside so many devices in 700 households", SCALE),
    ("Memory (PSS)", [
        ("memory.idle_kib", "all processes, idle, 10 known devices", "KiB", 24 * 1024),
        ("memory.verdict_kib.10000", "a verdict, of 10,000", "KiB", None),
        ("memory.verdict_kib.100000", "a verdict, of 100,000", "KiB", 1.5),
        ("memory.session_kib.1000", "a live session, of 1,000", "KiB", None),
        ("memory.session_kib.10000", "a live session, of 10,000", "KiB", 46),
    ]),
    ("Reach, p99", [
        ("reach.passed", "submission at the core to the first packet answered, idle", "ms", None),
        ("reach.stopped", "operator's order to the last packet that passed, idle", "ms", None),
        ("reach.load.passed", "submission at the core to the first packet answered, half load", "ms", 10),
        ("reach.load.stopped", "operator's order to the last packet that passed, half load", "ms", 20),
    ]),
]

# Figures of others: name, what is divided by what.
QUOTIENTS = [
    ("readmission.to_discovery", "readmission", "discovery"),
    ("libcoap.to_discovery", "discovery", "libcoap"),
    ("libcoap.to_first", "admission.first", "libcoap"),
    ("libcoap.to_renewal", "admission.renewal", "libcoap"),
    ("eap.to_freeradius", "admission.first", "eap.freeradius"),
    ("eap.to_hostapd", "admission.first", "eap.hostapd"),
    ("growth.known.ratio", "growth.known.100000", "growth.known.10"),
    ("growth.sessions.ratio", "growth.sessions.10000", "growth.sessions.1"),
]
QUOTIENTS += [(f"scale.{name}.ratio", f"scale.{name}.{MOST}", f"scale.{name}.{FEW}") for name, _, _, is_flat in ANSWERS if is_flat]


def read(path):
    """FILE -> the machine's line, and the figures by name."""
    machine, figures = {}, {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if "machine" in entry:
            machine = entry
        elif "figure" in entry:
            figures[entry["figure"]] = entry
    for name, above, below in QUOTIENTS:
        over, under = median(figures.get(above)), median(figures.get(below))
        if over is not None and under:
            figures[name] = {"figure": name, "values": [over / under], "is_quotient": True}
    return machine, figures


def median(figure):
    return statistics.median(figure["values"]) if figure and figure.get("values") else None


def number(value):
    if value >= 1000 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def reaches(value, goal):
    return value >= float(goal[1:]) if isinstance(goal, str) else value <= goal


def is_busy(machine):
    return float(machine.get("load", 0)) > 1


def is_of_wall_clock(row):
    return row[2] in ("s", "ms", "/s", "") or re.fullmatch(r"(cpus|storm)\..*ratio", row[0])


def goal_of(row, machine):
    return row[4] if len(row) > 4 and machine.get("debian") == "13" else row[3]


def cell(row, machine, figures):
    figure = figures.get(row[0])
    value = median(figure)
    if value is None:
        return "–"
    goal = goal_of(row, machine)
    mark = "" if goal is None or (is_busy(machine) and is_of_wall_clock(row)) else " ✓" if reaches(value, goal) else " ✗"
    n = figure.get("samples", len(figure["values"]))
    few = f" ({n})" if n < ENOUGH and "is_quotient" not in figure else ""
    return f"{number(value)}{row[2] and ' '}{row[2]}{few}{mark}"


def goal_text(row):
    def one(goal):
        return f"≥ {goal[1:]}" if isinstance(goal, str) else f"≤ {number(goal) if goal >= 1000 else goal}"
    if row[3] is None:
        return ""
    return one(row[3]) + (f"; Debian 13: {one(row[4])}" if len(row) > 4 else "")


def table(columns):
    heads = [f"{machine.get('machine', 'this machine')}" for machine, _ in columns]
    lines = ["| | goal | " + " | ".join(heads) + " |", "|---|---|" + "---|" * len(columns)]
    for title, rows in GROUPS:
        lines.append(f"| **{title}** | |" + " |" * len(columns))
        lines += [f"| {row[1]} | {goal_text(row)} | " + " | ".join(cell(row, *column) for column in columns) + " |" for row in rows]
    return "\n".join(lines)


def stages(column):
    """Where the CPU goes, of the first column: stages of each process, in verifications."""
    kinds = ("first", "renewal", "change")
    names = sorted({name.split(".", 2)[2] for name in column[1] if re.fullmatch(r"admission\.\w+\.\w+\.\w+", name)})
    if not names:
        return ""
    lines = ["| process, stage | " + " | ".join(kinds) + " |", "|---|" + "---|" * len(kinds)]
    for name in names:
        values = [median(column[1].get(f"admission.{kind}.{name}")) for kind in kinds]
        lines.append(f"| {name.replace('.', ': ')} | " + " | ".join("–" if v is None else number(v) for v in values) + " |")
    return "\n".join(lines)


def legend(columns):
    lines = ["v: verifications of the first row, by the same machine in the same minutes. Values are medians of five samples or more, "
             "else their number is in parentheses; ✓ and ✗: the goal is reached, or not."]
    for machine, _ in columns:
        lines.append(f"{machine.get('machine', '')}: {machine.get('cpu', '')}, {machine.get('cpus', '')} CPUs, kernel {machine.get('kernel', '')}, "
                     f"{machine.get('openssl', '')}; commit {machine.get('commit', '')}, {machine.get('date', '')}, load average at the start "
                     f"{machine.get('load', '')}." + (BUSY if is_busy(machine) else ""))
    return "\n\n".join(lines)


def whole(columns):
    parts = [table(columns), legend(columns)]
    by_stage = stages(columns[0])
    if by_stage:
        parts.append("By stage, as the processes count them (`hallmarkctl metrics`), in verifications of "
                     f"{columns[0][0].get('machine', 'this machine')}:\n\n{by_stage}")
    return "\n\n".join(parts)


def write(document, text):
    path = Path(document)
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{document} has no lines {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def curves(path, folder):
    _, figures = read(path)
    for name, entry in figures.items():
        if "curve" in entry:
            steps = [f"{ms / 1000:.3f}\t{(i + 1) * 5 * entry['part']:.1f}" for i, ms in enumerate(entry["curve"])]
            Path(folder, f"{name.removesuffix('.curve')}.tsv").write_text("\n".join(steps) + "\n", encoding="utf-8")
    for kind in ("known", "sessions"):
        points = sorted((int(m[1]), median(entry)) for name, entry in figures.items()
                        if (m := re.fullmatch(rf"growth\.{kind}\.(\d+)", name)))
        if points:
            Path(folder, f"growth.{kind}.tsv").write_text("".join(f"{n}\t{v}\n" for n, v in points), encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["--curves"]:
        curves(*arguments[1:])
    elif arguments[:1] == ["--write"]:
        write(arguments[1], whole([read(path) for path in arguments[2:]]))
    else:
        print(whole([read(path) for path in arguments]))


main(sys.argv[1:])
