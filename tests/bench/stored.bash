# shellcheck shell=bash disable=SC2034 # whoever sources it uses the variables
# SPDX-License-Identifier: Apache-2.0
# A gateway whose store has many devices in it, in a namespace of its own; they are behind its interface port1, and the namespace
# $space-devices has the other end, eth0. Sourced by tests/bench/rows/*, which are given the folder that was built in.

build=$(cd "${1:-build}" && pwd)
source tests/bench/cost.bash
source tests/bench/neighbours.bash
space=hallmark-bench-$$
world=$(mktemp -d)
gateway_address=fd77:0:0:5::1
at_once=4  # devices that are under way in a closed loop
on_cpus=() # "taskset -c LIST" for the daemon
load_on=() # the same for the devices

stored_down() {
    local one pid
    for one in "$space" "$space-devices"; do
        for pid in $(ip netns pids "$one" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
        ip netns del "$one" 2>/dev/null
    done
    rm -rf "$world"
    neighbours_restore
}
trap stored_down EXIT

((EUID == 0)) || { echo "this needs root: it makes network namespaces" >&2; exit 1; }
ip netns add "$space"
ip netns add "$space-devices"
ip -n "$space" link add port1 type veth peer name eth0 netns "$space-devices"
ip -n "$space" address add "$gateway_address/64" dev port1 nodad
ip -n "$space" link set lo up
ip -n "$space" link set port1 up
ip -n "$space-devices" link set eth0 up
gateway_mac=$(ip netns exec "$space" cat /sys/class/net/port1/address)

ctl() { "$build/hallmarkctl" --socket "$world/control" "$@"; }
desk() { "$build/hallmark-label" "$@"; }
in_zone() { ctl --json status | jq -r ".zones.$1"; }
in_kernel() { ip netns exec "$space" nft -j list set inet hallmark z_trusted 2>/dev/null | jq '[.nftables[].set.elem // [] | length] | add // 0'; }

# stored_fill COUNT: keys, label and store of so many devices, who attested an hour before for eight; what is younger than three is used again.
stored_fill() {
    local cache=$build/tests/bench/stores/$1
    if [[ -z $(find "$cache/state" -maxdepth 0 -mmin -180 2>/dev/null) || "$build/tests/bench/make_store" -nt "$cache/state" ]]; then
        say "makes $1 devices"
        rm -rf "$cache" "$cache.new"
        mkdir -p "$cache.new/state"
        chmod 700 "$cache.new/state"
        "$build/tests/bench/make_store" "$cache.new" "$1"
        mv "$cache.new" "$cache"
    fi
    rm -rf "$world/state"
    cp -a "$cache/." "$world"
}

# stored_make COUNT [LISTEN]: what the gateway is told, and what it has stored. LISTEN is what differs in that section.
stored_make() {
    stored_fill "$1"
    cp conf/schemes.conf conf/arrangements.conf "$world"
    cat >"$world/hallmarkd.conf" <<CONF
law = ".";
gateway = { name = "bench"; home = "KR-CIC"; certificate = "gateway.crt"; key = "gateway.key"; result-key = "result.key";
    state = "state"; control = "control"; brake-percent = 100; };
listen = { ${2:-} };
network = { guarded = ["port1"]; set-size = $((2 * $1 > 65536 ? 2 * $1 : 65536)); };
trust = {
    anchors = ( { name = "maker"; file = "maker.crt"; } );
    issuers = ( { name = "kr.labels.example"; key = "issuer.pub"; schemes = ["KR-CIC"]; } );
    status-lists = ( { file = "labels.status"; } );
};
zones = ( { name = "trusted"; reach = ["internet"]; } );
rules = ( { name = "certified"; zone = "trusted"; lifetime = "8h"; require = ["identity", "label"]; level = "Basic"; } );
CONF
    publish valid
}

publish() { # STATUS of the label that all have
    printf 'index,status\n7,%s\n' "$1" >"$world/statuses.csv"
    desk status --key "$world/issuer.key" --issuer kr.labels.example --uri https://kr.labels.example/status/1 \
        --size 64 --ttl 24h -o "$world/labels.status" "$world/statuses.csv" >&2
}

# stored_start: $core begins; it may not answer yet.
stored_start() {
    : >"$world/log"
    ip netns exec "$space" "${on_cpus[@]}" "$build/hallmarkd" --config "$world/hallmarkd.conf" >/dev/null 2>"$world/log" </dev/null &
    core=$!
}

# stored_await COUNT: until all of them are judged again, and in their zone, and it listens.
stored_await() {
    local i
    for ((i = 0; i < 6000; i++)); do
        grep -q 'Judged again (start)' "$world/log" && [[ $(ctl --json status 2>/dev/null | jq -r '.listens') != 0 ]] && break
        sleep 0.1
    done
    [[ $(in_zone trusted) == "$1" ]] || { tail -n 5 "$world/log" >&2; return 1; }
}

stored_stop() { # SIGNAL
    kill "-$1" "$core"
    wait "$core" 2>/dev/null || true
    ip netns exec "$space" nft delete table inet hallmark 2>/dev/null || true
}

# come_some KIND COUNT FIRST RATE AT-ONCE [LOSS]: devices, each once; says what tests/bench/load says.
come_some() {
    ip netns exec "$space-devices" "${load_on[@]}" "$build/tests/bench/load" "$world" eth0 "$gateway_mac" "$gateway_address" \
        "$1" "$2" "$3" "$4" "$5" "$2" "${6:-0}"
}

# come: the same. All must be answered.
come() {
    local said
    said=$(come_some "$@")
    [[ $(jq .answered <<<"$said") == "$2" ]] || { say "not all $2 were answered: $said" && return 1; }
    echo "$said"
}

# processes NAME: of this gateway: hallmarkd, hallmarkd-edge or hallmarkd-judge.
processes() {
    local pid
    for pid in $(ip netns pids "$space"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != "$1" ]] || echo "$pid"
    done
}

# used: "CORE EDGE JUDGES", in microseconds of CPU.
used() {
    # shellcheck disable=SC2046 # one argument for each process
    echo "$(cpu_usec $(processes hallmarkd)) $(cpu_usec $(processes hallmarkd-edge)) $(cpu_usec $(processes hallmarkd-judge))"
}

# cost COMMAND...: runs it, and sets $cost_core, $cost_edge, $cost_judges and $cost_all, in microseconds.
cost() {
    local used_before used_after
    read -ra used_before < <(used)
    "$@"
    read -ra used_after < <(used)
    cost_core=$((used_after[0] - used_before[0])) cost_edge=$((used_after[1] - used_before[1]))
    cost_judges=$((used_after[2] - used_before[2]))
    cost_all=$((cost_core + cost_edge + cost_judges))
}
