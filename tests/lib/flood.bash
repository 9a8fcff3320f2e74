# shellcheck shell=bash disable=SC2154,SC2034 # whoever sources it has the world, and uses what is set here
# SPDX-License-Identifier: Apache-2.0
# Floods of the daemon's port, and a slow path to it. Sourced by tests/system/* and tests/bench/* after the world.

# flood_words SECONDS GATEWAY-INTERFACE KIND SENDERS FLOWS RATE [ARGUMENT...]: how to run tests/flood to the gateway's IPv4 address
# there, or to $flood_to.
flood_words() {
    local to=${flood_to:-$(inside gateway ip -4 -o address show dev "$2" | sed -E 's/.* inet ([0-9.]+).*/\1/')}
    words=("$bin/tests/flood/flood" eth0 "$(inside gateway cat "/sys/class/net/$2/address")" "$to" "${@:3:4}" "$1" "${@:7}")
}

# flood_for SECONDS PLACE GATEWAY-INTERFACE KIND …: from the eth0 of this place.
flood_for() {
    local words
    flood_words "$1" "${@:3}"
    inside "$2" "${words[@]}"
}

# flood PLACE GATEWAY-INTERFACE KIND …: the same until end_flood.
flood() {
    local words
    flood_words 3600 "${@:2}"
    start_inside "$1" "${words[@]}" >"$world/flood"
    flood_process=$started
    wait_for 10 grep -q floods "$world/flood"
}

# end_flood: $flooded is how many datagrams a second it sent.
end_flood() {
    kill "$flood_process" 2>/dev/null || true
    wait_for 10 grep -q second "$world/flood" || true
    flooded=$(sed -nE 's/.*, ([0-9]+) a second/\1/p' "$world/flood")
}

# slow_path PLACE ADDRESS SECONDS: a relay to the gateway at 127.0.0.1:6000 of this place, each datagram that much later.
slow_path() {
    start_inside "$1" /usr/bin/python3 -B "$world_lib/slow_path.py" 6000 "$2" "$3" >"$world/slow_path.$1"
    wait_for 30 grep -q relays "$world/slow_path.$1"
}
