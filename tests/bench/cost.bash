# shellcheck shell=bash disable=SC2034,SC2154 # whoever sources it has $build, and uses what calibrate sets
# SPDX-License-Identifier: Apache-2.0
# What processes used of the CPU, in units that two machines share. Sourced by tests/bench/*, with $build.

# figure NAME VALUE...: one line of JSON, of which tests/bench/table.py shows the median.
figure() {
    local name=$1
    shift
    jq -nc --arg name "$name" '{figure: $name, values: ($ARGS.positional | map(tonumber))}' --args "$@"
}

# nothing_of NAME WHY...: a figure that could not be made.
nothing_of() { jq -nc --arg name "$1" --arg why "${*:2}" '{figure: $name, values: [], why: $why}'; }

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
ms() { echo $(($(date +%s%N) / 1000000)); }
calculate() { awk "BEGIN { printf \"%.6g\", $1 }"; }

# calibrate: of bare OpenSSL at this moment, in microseconds of its CPU: $verify_usec, $sign_usec, $handshake_usec (the server's side of a
# DTLS handshake with the same chain), $device_usec (the device's), and $floor_usec: of the cryptography of an admission, which is the
# server's handshake, evidence and label verified, and a result signed.
calibrate() {
    local said
    said=$("$build/tests/bench/floor" "${floor_count:-200}")
    read -r verify_usec sign_usec handshake_usec device_usec < <(jq -r '"\(.verify) \(.sign) \(.handshake) \(.handshake_device)"' <<<"$said")
    floor_usec=$(calculate "$handshake_usec + 2 * $verify_usec + $sign_usec")
}

# in_verifications USEC: between two calls of calibrate; the mean of both counts.
in_verifications() {
    local first=$verify_usec
    calibrate
    verify_usec=$(calculate "($verify_usec + $first) / 2")
    calculate "$1 / $verify_usec"
}

# cpu_usec PID...: what they used, and their children that have ended. What their threads used is exact, the children's in ticks.
cpu_usec() {
    local pid sum=0 own ended tick
    tick=$(getconf CLK_TCK)
    for pid in "$@"; do
        own=$(cat "/proc/$pid/task/"*/schedstat 2>/dev/null | awk '{ sum += $1 } END { printf "%.0f", sum }')
        ended=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk -v tick="$tick" '{ printf "%.0f", ($14 + $15) * 1000000 / tick }')
        sum=$((sum + own / 1000 + ${ended:-0}))
    done
    echo "$sum"
}

# pss_kib PID...: resident, with what processes share counted once.
pss_kib() {
    local pid
    for pid in "$@"; do awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null || true; done | awk '{ sum += $1 } END { print sum + 0 }'
}
