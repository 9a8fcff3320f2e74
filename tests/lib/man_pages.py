#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares docs/man/ with the sources in the current directory, both ways, and the commands that other documents name.
Prints each finding as FILE:LINE: text; with --content or --form only what is of that. For tests/lint/man.sh."""

import glob
import re
import subprocess
import sys

PAGES = "docs/man/"
HIDDEN = {"edge", "zygote", "clock"}  # options of hallmarkd for its own processes
# What the bus has beside the daemon's own interface.
FOREIGN = {"LogLevel", "LogTarget", "SyslogIdentifier"}
# Where the keys of each table of daemon/config/ stand.
PREFIXES = {
    "root_keys": [""],
    "gateway_keys": ["gateway."],
    "listen_keys": ["listen."],
    "network_keys": ["network."],
    "segment_keys": ["network.segments."],
    "bridge_keys": ["network.bridges."],
    "server_keys": ["network.servers."],
    "shared_keys": ["network.shared."],
    "trust_keys": ["trust."],
    "anchor_keys": ["trust.anchors."],
    "issuer_keys": ["trust.issuers."],
    "signed_keys": ["trust.registers.", "trust.status-lists.", "trust.references."],
    "crl_keys": ["trust.crls."],
    "zone_keys": ["zones."],
    "rule_keys": ["rules."],
    "role_keys": ["roles."],
    "scheme_keys": ["schemes."],
    "arrangement_keys": ["arrangements."],
    "inventory_keys": ["inventory."],
    "law_keys": [],  # some of root_keys
}

findings = []


def find(path, line, text):
    findings.append(f"{path}:{line}: {text}")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def page_text(path):
    """As it is installed: with its tables."""
    return subprocess.run(["awk", "-f", PAGES + "tables.awk", path], capture_output=True, check=True, encoding="utf-8").stdout


def declaration(pattern, *globs):
    """The text between the braces of the array whose declaration the pattern matches."""
    for path in sorted(sum((glob.glob(g, recursive=True) for g in globs), [])):
        found = re.search(pattern + r"[^;{]*=\s*\{(.*?)\n\};", read(path), re.S)
        if found is None:
            found = re.search(pattern + r"[^;{]*=\s*\{(.*?)\n\t\};", read(path), re.S)
        if found:
            return found.group(1)
    raise SystemExit(f"{globs[0]}:1: nothing matches \"{pattern}\": mend tests/lib/man_pages.py")


def compare(path, what, wanted, named):
    """named: name → line. Every name of one side must be on the other."""
    for name in wanted:
        if name not in named:
            find(path, 1, f"{what} {name} is not described")
    for name, line in named.items():
        if name not in wanted:
            find(path, line, f"{what} {name} does not exist")


class Page:
    def __init__(self, name):
        self.path = PAGES + name
        self.lines = []  # of [number, text], with continued lines joined
        joined = None
        for number, line in enumerate(page_text(self.path).splitlines(), 1):
            if joined:
                joined[1] += line
            else:
                joined = [number, line]
                self.lines.append(joined)
            if joined[1].endswith("\\"):
                joined[1] = joined[1][:-1]
            else:
                joined = None

    def items(self, macro, section=None):
        """Each `.It MACRO ...`, as its line's number, the rest of it and the text below."""
        item, here, items = None, section is None, []
        for number, line in self.lines:
            if line.startswith(".Sh "):
                here = section is None or line == ".Sh " + section
            if re.match(r"\.(It|El|Sh|Ss)\b", line):
                item = None
            if here and line.startswith(f".It {macro} "):
                item = [number, line[len(f".It {macro} "):], ""]
                items.append(item)
            elif item:
                item[2] += line + "\n"
        return items

    def names(self, macro, section=None):
        names = {}
        for number, text, _ in self.items(macro, section):
            for part in re.split(r" , ", text):
                names[part.removeprefix(macro + " ").split()[0]] = number
        return names

    def options(self):
        options = {}
        for number, line in self.lines:
            for option in re.findall(r"Fl -([a-z][a-z-]*)", line):
                options.setdefault(option, number)
        return options


# --- hallmarkctl and hallmark-label ---


def rows(table):
    """The rows of a table of commands.h: the texts of each, in their order."""
    source = read("daemon/ctl/commands.h")
    body = re.search(rf"#define {table}\(.*?\)(.*?[^\\])\n", source, re.S).group(1).replace("\\\n", " ")
    for row in re.findall(r"\b(?:X|TEXT|FLAG)\(((?:[^()\"]|\"[^\"]*\")*)\)", body):
        yield [re.sub(r'"\s*"', "", field).strip('"') for field in split(row)]


def split(row):
    """The fields of a row of a table in C."""
    fields, depth, quoted = [""], 0, False
    for c in row:
        quoted ^= c == '"'
        depth += (c == "(") - (c == ")") if not quoted else 0
        if c == "," and depth == 0 and not quoted:
            fields.append("")
        else:
            fields[-1] += c
    return [field.strip() for field in fields]


def options_in(arguments):
    return set(re.findall(r"--([a-z][a-z-]*)", arguments.replace("-o ", "--output ")))


def program_sources(name, table):
    """Command → arguments; options of every command."""
    always = re.search(r'\.always = "([^"]*)"', read(f"daemon/{name}.c")).group(1)
    return {row[1]: row[2] for row in rows(table)}, options_in(always) | {"help", "version", "synopsis"}


def heading_text(heading):
    """The arguments of an item's heading as they stand in commands.h: Oo Fl -for Ar T Oc is [--for T]."""
    text, closing = "", ""
    for token in heading.split():
        if token == "Op":
            closing = "]"
        text += {"Oo": "[", "Op": "[", "Oc": "]", "Fl": " -", "Ar": " ", "|": "|"}.get(token, " " + token)
    text = re.sub(r" +", " ", text + closing).replace("- -", "--").replace("- o", "-o")
    return re.sub(r" ?\| ?", "|", text.replace("[ ", " [").replace(" ...", "...")).replace("  ", " ").strip()


def check_program(name, table):
    page = Page(f"{name}.1")
    commands, always = program_sources(name, table)
    known = {row[1] for row in rows("CTL_OPTIONS")}
    named, options = {}, set(always)
    for number, text, _ in page.items("Cm"):
        command = re.split(r" (?:Ar|Fl|Oo|Op)\b", text)[0].strip()
        named[command] = number
        told, wanted = heading_text(text[len(command):]), commands.get(command)
        if wanted is not None and told != wanted.replace(" | ", "|"):
            find(page.path, number, f"{command} takes \"{wanted}\", and its heading says \"{told}\"")
    for command, arguments in commands.items():
        options |= options_in(arguments)
        for option in options_in(arguments) - known:
            find("daemon/ctl/commands.h", 1, f"{command}: there is no option --{option}")
    compare(page.path, "the command", commands, named)
    compare(page.path, "the option", options, page.options())
    return commands, always


# --- The other programs ---


def check_daemon():
    page = Page("hallmarkd.8")
    table = declaration(r"struct option \w*options\[\]", "daemon/hallmarkd.c")
    rows = re.findall(r"\{\s*\"([^\"]+)\",[^}]*?,\s*([^,}]+?)\s*\}", table)
    options = {name for name, _ in rows} - HIDDEN
    compare(page.path, "the option", options, page.options())
    described = {}
    for number, text, _ in page.items("Fl"):
        described |= {name: number for name in re.findall(r"(?:^|Fl )-([a-z][a-z-]*)", text)}
    for option in options - set(described):
        find(page.path, 1, f"the option {option} has no entry of its own")
    letters = re.search(r'getopt_long\(argc, argv, "([^"]*)"', read("daemon/hallmarkd.c")).group(1)
    for name, short in rows:
        letter = re.fullmatch(r"'(.)'", short)
        pair = letter and letter.group(1) in letters and f".It Fl {letter.group(1)} , Fl -{name}"
        if name in options and pair and not any(line.startswith(pair) for _, line in page.lines):
            find(page.path, described.get(name, 1), f"-{letter.group(1)} is not beside --{name}")
    return options


def check_refresh():
    page = Page("hallmark-refresh.1")
    commands, options = program_sources("hallmark-refresh", "HALLMARK_REFRESH_COMMANDS")
    options |= options_in(commands[""])
    compare(page.path, "the option", options, {name[1:]: number for name, number in page.names("Fl").items()})
    compare(page.path, "the option", options, page.options())


def check_attester():
    page = Page("hallmark-attester.1")
    options = set(re.findall(r'\{\s*"([^"]+)"', declaration(r"struct setting settings\[\]", "daemon/attester/*.c")))
    options |= set(re.findall(r'\{\s*"([^"]+)"', declaration(r"struct option own_options\[", "daemon/attester/*.c")))
    named = {}
    for number, text, _ in page.items("Fl"):
        named |= {name: number for name in re.findall(r"(?:^|Fl )-([a-z][a-z-]*)", text)}
    compare(page.path, "the option", options, named)
    compare(page.path, "the option", options, page.options())
    return options


def check_notify():
    page, source = Page("hallmark-notify.8"), "".join(read(path) for path in glob.glob("daemon/notify/settings*.c"))
    options = set(re.findall(r'\{ "([a-z]+)", \w+_argument', read("daemon/hallmark-notify.c")))
    compare(page.path, "the option", options, page.options())
    keys = set(re.findall(r'\b(?:REQUIRED|OPTIONAL)\("([a-z]+)"', source))
    told = {name for _, line in page.lines for name in re.findall(r"[a-z]+", line[7:] if line.startswith(".It Va ") else line[4:])
            if re.match(r"\.(It )?Va ", line)}
    compare(page.path, "the key", keys, dict.fromkeys(told, 1))
    for number, line in enumerate(read("conf/notify.conf").splitlines(), 1):
        for name in re.findall(r"(?:^|[{;#])\s*([a-z]+) =", line):
            if name not in keys:
                find("conf/notify.conf", number, f"{name} is not a key")


# --- hallmarkd.conf ---


def number_of(text):
    """A figure of a C initialiser, or None when it is a name."""
    return eval(text, {}) if re.fullmatch(r"[0-9 <()+*-]+", text) else None  # noqa: digits and operators alone


def config_keys():
    """Key → (lowest, highest, default) as far as the table has them."""
    keys = {}
    for path in sorted(glob.glob("daemon/config/*.c")):
        for table, body in re.findall(r"static const struct key (\w+)\[\] = \{(.*?)\n\};", read(path), re.S):
            if table not in PREFIXES:
                find(path, 1, f"tests/lib/man_pages.py does not know where the keys of {table} stand")
            for row in re.findall(r"(?:REQUIRED|OPTIONAL)\((.*?)\)(?=,\s*(?:/\*|REQUIRED|OPTIONAL|$)|,?\s*\n)", body, re.S):
                fields = split(row)
                span = re.search(r"KEY_RANGE\((.*)\)", row, re.S)
                figures = [number_of(f) for f in split(span.group(1))] if span else []
                text = re.search(r'\.text = "([^"]*)"', row)
                for prefix in PREFIXES.get(table, []):
                    keys[prefix + fields[0].strip('"')] = (fields[1], figures, text and text.group(1))
    return keys


def check_config():
    page = Page("hallmarkd.conf.5")
    keys = config_keys()
    named, sections = {}, {line[4:] for _, line in page.lines if line.startswith(".Ss ")}
    for number, name, text in page.items("Va"):
        named[name] = number
        kind, figures, default = keys.get(name, (None, [], None))
        is_number = kind == "KEY_NUMBER"
        for figure in figures if is_number else []:
            if figure and str(figure) not in re.findall(r"\d+", text):
                find(page.path, number, f"{name}: {figure} stands in the source and not here")
        if default and f"Default: {default}." not in text.replace("\n", " "):
            find(page.path, number, f"{name}: its default is {default}")
    compare(page.path, "the key", {k for k in keys if k not in sections}, named)
    check_config_file(page, {name.split(".")[-1] for name in list(named) + list(sections)})


def check_config_file(page, known):
    for number, line in enumerate(read("conf/hallmarkd.conf").splitlines(), 1):
        for name in re.findall(r"(?:^|[{;])\s*([a-z][a-z-]*) =", line.split("#")[0]):
            if name not in known:
                find("conf/hallmarkd.conf", number, f"{name} is not in {page.path}")


# --- What the headers promise ---


def check_headers():
    journal, page = read("include/hallmark/journal.h"), Page("hallmarkd.8")
    fields = re.findall(r'#define HALLMARK_FIELD_\w+[\s\\]+"(\w+)"', journal)
    messages = re.findall(r'#define HALLMARK_MESSAGE_\w+[\s\\]+"([0-9a-f]{32})"', journal)
    compare(page.path, "the field", fields, page.names("Ev", "JOURNAL"))
    compare(page.path, "the message", messages, page.names("Li", "JOURNAL"))
    check_bus(page)

    page = Page("hallmark-protocol.7")
    rows = [re.findall(r'X\((\d+), \w+, "([a-z-]+)"', read(f"include/hallmark/{name}.h"))
            for name in ("check", "reason", "handshake_cause")]
    told = re.findall(r"\.It (\d+)\n\.Cm ([a-z-]+) :\n\w", "\n".join(line for _, line in page.lines))
    if sum(rows, []) != told:
        find(page.path, 1, "its tables are not all the rows of include/hallmark: look at docs/man/tables.awk")
    told = re.findall(r"^\|.*\| `([a-z-]+)` \|.*\|$", read("docs/protocol.md"), re.M)
    for _, name in rows[2]:
        if name not in told:
            find("docs/protocol.md", 1, f"the cause {name} is not in the table of section 2.1")
    limits = dict(re.findall(r"#define (HALLMARK_\w+_MAX) (\d+)\b", read("include/hallmark/protocol.h")))
    compare(page.path, "the limit", limits, page.names("Dv"))
    for number, name, text in page.items("Dv"):
        if name in limits and not text.startswith(limits[name] + " "):
            find(page.path, number, f"{name} is {limits[name]}")


def check_bus(page):
    members = set()
    for path in glob.glob("daemon/core/**/*.c", recursive=True):
        members |= set(re.findall(r'\b\w*(?:METHOD|PROPERTY|SIGNAL)\w*\(\s*"([A-Z]\w+)"', read(path)))
    named, here = {}, False
    for number, line in page.lines:
        here = line == ".Sh D-BUS" if line.startswith(".Sh ") else here
        if here and re.match(r"\.(It Fn|It Va|Va) ", line):
            named |= {name: number for name in re.findall(r"\b[A-Z]\w+", line.replace(".It", ""))
                      if name not in ("Fn", "Va")}
    compare(page.path, "the member of the bus", members - FOREIGN, named)


# --- Commands in any document ---


def commands_of(path):
    """Each command line of our programs in literal text, as line number and words."""
    is_page = path.startswith(PAGES)
    is_literal = False
    for number, line in enumerate(read(path).splitlines(), 1):
        if re.match(r"```|\.(Bd|Ed)\b", line):
            is_literal = not is_literal
            continue
        texts = [line] if is_literal else re.findall(r"`(hallmark[^`]*)`", line)
        if is_page and not is_literal:
            texts = re.findall(r"\.Ic (hallmark.*)", line)
        for text in texts:
            text = re.sub(r"\s+#.*", "", text).replace("\\e", "")
            for program, rest in re.findall(r"(?:^|[|;&(]|\bsudo)\s*(hallmarkctl|hallmark-label|hallmarkd)\s+([^|;&>)]*)", text):
                yield number, program, rest.split()


def check_command(path, number, program, arguments, programs):
    commands, always = programs[program]
    given = {a[2:].split("=")[0] for a in arguments if re.match(r"--[a-z]", a)}
    plain, skip = [], False
    for a in arguments:
        if not skip and not a.startswith("-"):
            plain.append(a)
        skip = not skip and a in ("--config", "--socket")
    name = " ".join(plain[:2]) if " ".join(plain[:2]) in commands else "".join(plain[:1])
    if name in commands:
        for option in given - options_in(commands[name]) - always:
            find(path, number, f"`{program} {name}` takes no --{option}")
    elif re.match(r"[a-z]", name) and name not in {command.split()[0] for command in commands}:
        find(path, number, f"{program} has no command {name}")


def check_commands(programs, daemon_options):
    for path in ["README.md", "SECURITY.md"] + glob.glob("docs/*.md") + glob.glob(PAGES + "*"):
        try:
            lines = list(commands_of(path))
        except FileNotFoundError:
            continue
        for number, program, arguments in lines:
            if program != "hallmarkd":
                check_command(path, number, program, arguments, programs)
                continue
            for option in {a[2:].split("=")[0] for a in arguments if re.match(r"--[a-z]", a)} - daemon_options:
                find(path, number, f"hallmarkd has no option --{option}")


def check_metrics():
    source = "".join(read(path) for path in glob.glob("daemon/ctl/ask/metrics*.c"))
    known = set(re.findall(r"\bhallmark_[a-z_]+", source))
    for path in glob.glob("docs/*.md"):
        for number, line in enumerate(read(path).splitlines(), 1):
            for name in re.findall(r"`(hallmark_[a-z_]+)`", line):
                if re.sub(r"_(total|info)$", "", name) not in known:
                    find(path, number, f"there is no metric {name}")


# --- Form ---


def check_form():
    for path in sorted(glob.glob(PAGES + "*.[1-8]")):
        made = subprocess.run(["groff", "-mdoc", "-ww", "-Tutf8", "-P-c", "-rLL=78n"], input=page_text(path).encode(),
                              capture_output=True, check=False)
        for warning in made.stderr.decode().splitlines():
            find(path, 1, warning)
        for line in made.stdout.decode().splitlines():
            if len(re.sub(".\b", "", line)) > 80:
                find(path, 1, f"wider than 80 columns: {line.strip()}")


def check_content():
    programs = {
        "hallmarkctl": check_program("hallmarkctl", "HALLMARKCTL_COMMANDS"),
        "hallmark-label": check_program("hallmark-label", "HALLMARK_LABEL_COMMANDS"),
    }
    daemon_options = check_daemon()
    check_refresh()
    check_attester()
    check_notify()
    check_config()
    check_headers()
    check_commands(programs, daemon_options)
    check_metrics()


def main():
    if "--form" not in sys.argv:
        check_content()
    if "--content" not in sys.argv:
        check_form()
    for finding in findings:
        print(finding)
    return 0


sys.exit(main())
