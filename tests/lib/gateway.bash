# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# hallmarkd in the world's gateway, the devices' attesters, and the operator's questions. Sourced by tests/demo and
# tests/system/*.

# shellcheck source=world.bash
source "$(dirname "${BASH_SOURCE[0]}")/world.bash"

# What lets one device attest as often as a test likes.
unlimited="sender-handshakes = 1000; sender-sessions = 1000; session-requests = 1000; device-attestations = 10000;"

# gateway_configure BASIC-LIFETIME [unlimited]: a Korean apartment's gateway, in $world/hallmarkd.conf.
gateway_configure() {
    local listen=''
    [[ -z ${2:-} ]] || listen="listen = { new-flows-per-second = 100; $unlimited };"
    cp "$world_top"/conf/schemes.conf "$world_top"/conf/arrangements.conf "$world"
    mkdir -p "$world/state"
    cat >"$world/hallmarkd.conf" <<CONF
law = ".";

gateway = {
    name = "apartment.example"; home = "KR-CIC"; policy = "apartment";
    certificate = "pki/gateway.crt"; key = "pki/gateway.key"; result-key = "pki/result.key";
    state = "state"; control = "control";
};
$listen
network = {
    guarded = ["port1", "port2", "port3", "port4", "port5"];
    uplinks = ["wan0"];
    segments = (
        { name = "household-101"; interfaces = ["port1", "port2", "port5"]; },
        { name = "household-102"; interfaces = ["port3", "port4"]; }
    );
};
trust = {
    anchors = (
        { name = "Haneul"; file = "pki/haneul.crt"; },
        { name = "Merlion"; file = "pki/merlion.crt"; },
        { name = "Schloss"; file = "pki/schloss.crt"; }
    );
    issuers = (
        { name = "kr.labels.example"; key = "pki/kr.pub"; schemes = ["KR-CIC"]; role = "scheme"; },
        { name = "sg.labels.example"; key = "pki/sg.pub"; schemes = ["SG-CLS"]; },
        { name = "de.labels.example"; key = "pki/de.pub"; schemes = ["DE-ITSK"]; }
    );
};
zones = (
    { name = "quarantine"; reach = []; },
    { name = "restricted"; reach = ["$internet4 tcp/443", "$internet6 tcp/443"]; },
    { name = "trusted"; reach = ["internet", "segment"]; }
);
rules = (
    { name = "certified Standard"; zone = "trusted"; lifetime = "24h"; require = ["identity", "label"]; level = "Standard"; },
    { name = "certified Basic"; zone = "trusted"; lifetime = "$1"; require = ["identity", "label"]; level = "Basic"; },
    { name = "labelled elsewhere"; zone = "restricted"; lifetime = "1h"; require = ["identity", "label"]; }
);
CONF
}

gateway_options=() # more for hallmarkd
gateway_program='' # in place of hallmarkd

# gateway_start: starts hallmarkd and waits until it answers; $core is its process. Its log grows in $world/log.
gateway_start() {
    : >>"$world/log"
    start_inside gateway "${gateway_program:-$bin/hallmarkd}" --config "$world/hallmarkd.conf" "${gateway_options[@]}" >>"$world/log" 2>&1
    core=$started
    wait_for 10 gateway_answers && return
    echo "hallmarkd did not start:" >&2
    cat "$world/log" >&2
    exit 1
}

# gateway_start_in_journal: the same with a stderr that is the journal's, whose entries come into $world/entries: a listener
# of our own stands where journald's socket is, in a mount namespace of its own.
gateway_start_in_journal() {
    cat >"$world/run" <<'SH'
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal
/usr/bin/python3 -B "$listener" "$world/entries" &
while [[ ! -S /run/systemd/journal/socket ]]; do sleep 0.1; done
JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$bin/hallmarkd" --config "$world/hallmarkd.conf"
SH
    : >>"$world/log"
    export world bin listener=$world_lib/journal_listener.py
    start_inside gateway unshare --mount bash "$world/run" 2>>"$world/log"
    core=$started
    wait_for 60 gateway_answers
}

gateway_answers() { [[ $(status_of edge) -gt 0 ]]; }

# gateway_kill [SIGNAL]: the core; as hard as can be unless told. Its edge and judges must not outlive it.
gateway_kill() {
    kill "-${1:-KILL}" "$core"
    wait_for 5 gateway_is_gone
}
gateway_is_gone() { [[ -z $(gateway_processes) ]]; }

gateway_processes() {
    local pid
    for pid in $(ip netns pids "$world_prefix-gateway"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != hallmarkd* ]] || echo "$pid"
    done
}

ctl() { "$bin/hallmarkctl" --socket "$world/control" "$@"; }
desk() { "$bin/hallmark-label" "$@"; }

# status_of FIELD: of `hallmarkctl status`.
status_of() { ctl --json status | jq -r ".$1"; }

# deaths: how many edges and zygotes ended, how many judges were replaced, and how often two of them disagreed.
deaths() { status_of '| "\(.edge_restarts) \(.zygote_restarts) \(.judges_replaced) \(.judge_disagreements)"'; }

# field_of DEVICE FIELD: of `hallmarkctl list`, "" for a device that the gateway does not know.
field_of() {
    ctl --json list | jq -r --arg ueid "$(ueid_of "$1")" ".[] | select(.ueid == \$ueid) | .$2"
}

claims_of() { cat "$world/pki/$1.claims"; }
ueid_of() { sed -nE 's/.*--ueid ([0-9a-f]+).*/\1/p' "$world/pki/$1.claims"; }

# attest DEVICE [OPTION...]: from the device's namespace, over IPv4.
attest() { attest_as "$1" "$@"; }

# attest_as PLACE DEVICE [OPTION...]: with DEVICE's keys, from the namespace of PLACE.
attest_as() {
    local place=$1 device=$2 claims
    shift 2
    read -ra claims < <(claims_of "$device")
    inside "$place" "$bin/hallmark-attester" --gateway "$(address4 "$place" 1)" --ca "$world/pki/gateway-ca.crt" \
        --cert "$world/pki/$device.crt" --key "$world/pki/$device.key" --label "$world/pki/$device.label" \
        --verifier-key "$world/pki/result.pub" "${claims[@]}" "$@"
}

# --- The kernel's own word ---

# kernel_zone DEVICE: the zone whose set holds the device's port and MAC, or quarantine.
kernel_zone() {
    local mac zone
    mac=$(inside "$1" cat /sys/class/net/eth0/address)
    for zone in trusted restricted; do
        inside gateway nft list set inet hallmark "z_$zone" 2>/dev/null |
            grep -F "\"port$(number_of "$1")\" . $mac" >/dev/null && echo "$zone" && return
    done
    echo quarantine
}

# forget_speakers: the gateway has heard nobody yet, as after a start.
forget_speakers() {
    local set
    for set in {speaks,spoken,spoke,begun}{4,6}; do inside gateway nft flush set inet hallmark "$set"; done
}

# kernel_left DEVICE ZONE: whole seconds that the kernel still gives the device, rounded down; 0 when it is in no set.
kernel_left() {
    local mac
    mac=$(inside "$1" cat /sys/class/net/eth0/address)
    inside gateway nft -j list set inet hallmark "z_$2" |
        jq --arg mac "$mac" '[.nftables[].set.elem[]?.elem | select(.val.concat[1] == $mac) | .expires] | add // 0'
}

# --- A session of the wallpad that stays open ---

session_open() {
    [[ -p $world/told ]] || mkfifo "$world/told"
    : >"$world/heard"
    ip netns exec "$world_prefix-wallpad" /usr/bin/python3 -B "$world_lib/held_session.py" "$(address4 wallpad 1)" \
        "$world/pki" wallpad <"$world/told" >"$world/heard" &
    disown
    exec {told}>"$world/told"
}
session_close() { exec {told}>&-; }
has_heard_more_than() { (($(wc -l <"$world/heard") > $1)); } # lines
# session_attest: what the gateway answers in that session.
session_attest() {
    local before
    before=$(wc -l <"$world/heard")
    echo >&"$told"
    wait_for 15 has_heard_more_than "$before"
    tail -n 1 "$world/heard"
}
