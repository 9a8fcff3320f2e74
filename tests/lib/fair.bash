# shellcheck shell=bash disable=SC2154,SC2034 # whoever sources it has the world, and uses what is set here
# SPDX-License-Identifier: Apache-2.0
# An access point at a port of the bridge, behind which somebody floods the daemon; devices behind it, and one at another port.
# Sourced by tests/system/* and tests/bench/*.
#
#   known   behind the access point; it attested there before
#   new     behind it; the gateway never heard of it
#   slow    behind it, known; a quarter of a second each way
#   other   at another port

# shellcheck source=complex.bash
source "$(dirname "${BASH_SOURCE[0]}")/complex.bash"
# shellcheck source=flood.bash
source "$(dirname "${BASH_SOURCE[0]}")/flood.bash"

fair_devices=(known new slow other)
declare -A fair_keys=([known]=wallpad [new]=heater [slow]=camera [other]=lamp)
host4+=([known]=10.77.5.31 [new]=10.77.5.32 [slow]=10.77.5.33 [hostile]=10.77.5.34 [other]=10.77.5.41)
# All of it over IPv6: a neighbour can have as many addresses as he likes.
flood_to=$(address6 known 1)

# fair_up BINARIES: and the gateway's configuration, with the limits that it has when nobody sets any.
fair_up() {
    complex_up "$1"
    fair_neighbours
    complex_access_point port5 known new slow hostile
    complex_port other port6 "${host4[other]##*.}"
    complex_configure trusted
    sed -i '/^listen = /d' "$world/hallmarkd.conf"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=self-made -days 30 \
        -keyout "$world/self-made.key" -out "$world/self-made.crt" 2>/dev/null
    PYTHONPATH="$world_lib" /usr/bin/python3 -B - "$world/pki" >"$world/submission" <<'PY'
import os
import pathlib
import sys

from hostile import Device, tokens

device = Device(pathlib.Path(sys.argv[1]), "lock")
sys.stdout.buffer.write(tokens.multipart(device.evidence(os.urandom(32)), device.label))
PY
    slow_path slow "$flood_to" 0.25
}

# How many neighbours the kernel keeps, as the package sets it: the machine's, for as long as this runs.
fair_neighbours() {
    local key value
    while IFS=' =' read -r key value; do
        echo "$key=$(sysctl -n "$key")" >>"$world/sysctl"
        sysctl -q -w "$key=$value"
    done < <(sed -n 's/^-\(net\.ipv.\.neigh\.\)/\1/p' "$world_top/systemd/hallmark.sysctl")
    trap 'sysctl -q -p "$world/sysctl" 2>/dev/null || true; world_down' EXIT
}

# fair_start: a gateway that has heard nobody but those that are known.
fair_start() {
    local device
    rm -rf "$world/state"
    mkdir "$world/state"
    gateway_start
    for device in known slow; do
        fair_attest $device || { echo "$device does not attest, though nobody floods" >&2; return 1; }
    done
}

# fair_attest DEVICE: once.
fair_attest() {
    local gateway="[$flood_to]:5684"
    [[ $1 != slow ]] || gateway=127.0.0.1:6000
    [[ $1 != new ]] || fair_forget new
    attest_as "$1" "${fair_keys[$1]}" --timeout 30 --gateway "$gateway" >/dev/null 2>&1
}

# fair_forget DEVICE: it is a new one again.
fair_forget() {
    local mac
    mac=$(mac_of "$1")
    inside gateway nft delete element bridge hallmark known "{ \"port5\" . $mac }" 2>/dev/null || true
    inside gateway nft delete element inet hallmark known "{ \"br0\" . $mac }" 2>/dev/null || true
}

# fair_flood KIND SENDERS RATE: from behind the access point, until end_flood. SENDERS as for tests/flood, or `own`: its own MAC.
fair_flood() {
    local senders=$2 flows=64 more=()
    [[ $2 != own ]] || senders="$(mac_of hostile)=$(address6 hostile)"
    [[ $2 != invented ]] || flows=1024
    case $1 in
        handshakes) more=("$world/self-made.crt" "$world/self-made.key") flows=1024 ;;
        submissions)
            attest_as hostile lock --gateway "[$flood_to]:5684" >/dev/null 2>&1 || true # what it floods with counts for nothing
            more=("$world/pki/lock.crt" "$world/pki/lock.key" "$world/submission") flows=8
            ;;
    esac
    flood hostile br0 "$1" "$senders" "$flows" "$3" "${more[@]}"
}
