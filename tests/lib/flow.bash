# shellcheck shell=bash disable=SC2154 # whoever sources it has the world
# SPDX-License-Identifier: Apache-2.0
# Flows of flow.py in the world's namespaces, and what became of them over a change. Sourced by tests/lib/complex.bash,
# tests/system/* and tests/bench/*.

usec() { echo $(($(date +%s%N) / 1000)); }

# flow_start DEVICE FLOW...: of flow.py, in the background, one packet in 20 ms; the answers are in $world/flow.DEVICE.
flow_start() {
    start_inside "$1" /usr/bin/python3 -B "$world_lib/flow.py" run "$world/flow.$1" "${FLOW_MS:-20}" "${@:2}"
}

# answered DEVICE NAME FROM [TO]: how many packets that were sent after FROM were answered before TO.
answered() {
    awk -v name="$2" -v from="$3" -v to="${4:-9e18}" '$1 == name && $4 > from && $5 < to { n++ } END { print n + 0 }' \
        "$world/flow.$1"
}

# lost DEVICE NAME FROM TO: how many of those sent between these times were never answered. Answers may overtake one another.
lost() {
    awk -v name="$2" -v from="$3" -v to="$4" '$1 == name && $4 > from && $4 < to {
        if (!n++ || $3 < first) first = $3
        if ($3 > last) last = $3
    } END { print n ? last - first + 1 - n : 0 }' "$world/flow.$1"
}

connections() { awk -v name="$2" '$1 == name { n = $2 } END { print n + 0 }' "$world/flow.$1"; } # DEVICE NAME

# all_flow FROM COUNT DEVICE NAME...: whether each has had so many answers since.
all_flow() {
    local name
    for name in "${@:4}"; do
        (($(answered "$3" "$name" "$1") >= $2)) || return 1
    done
}
