# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# A complex in two namespaces: $homes households, each with a VLAN of its own at the gateway (vlan101 and up), and $n devices behind
# them, device I in household I modulo $homes. All devices are in the namespace `devices`, behind its eth0, where tests/bench/load and
# tests/lib/households.py are those: each frame goes to the household's wire by its MAC. Sourced by tests/system/*, after
# tests/lib/gateway.bash and world_begin.

# shellcheck source=../bench/neighbours.bash
source "$world_top/tests/bench/neighbours.bash"

homes_mac=02:77:00:00:00:01 # of the gateway, at each VLAN
homes_address=fd77:0:0:5::1

homes_wires() {
    local v
    for ((v = 101; v < 101 + homes; v++)); do
        echo "link add dev vlan$v address $homes_mac type veth peer name h$v netns $world_prefix-devices"
        echo "link set dev vlan$v up"
    done | ip -n "$world_prefix-gateway" -batch -
    for ((v = 101; v < 101 + homes; v++)); do echo "link set dev h$v up"; done | ip -n "$world_prefix-devices" -batch -
}

# To each device over its household's VLAN.
homes_routes() {
    local i
    ip -n "$world_prefix-gateway" address add "$homes_address/128" dev lo
    for ((i = 1; i <= n; i++)); do
        printf 'route add fd77:0:0:5:1000::%x:%x/128 dev vlan%d\n' $((i >> 16)) $((i & 65535)) $((101 + (i - 1) % homes))
    done | ip -n "$world_prefix-gateway" -6 -batch -
}

# As the switch of a building does it, but by MAC. A chain takes at most 256 interfaces.
homes_switch() {
    local i v last
    echo "table netdev homes { map wires { type ether_addr : iface_index; elements = {"
    for ((i = 0; i < n; i++)); do
        printf '02:00:%02x:%02x:%02x:%02x : h%d,\n' $((i >> 24)) $((i >> 16 & 255)) $((i >> 8 & 255)) $((i & 255)) $((101 + i % homes))
    done
    printf '} }\nchain up { type filter hook ingress device switch priority 0;\nfwd to ether saddr map @wires\n}\n'
    for ((v = 101; v < 101 + homes; v += 200)); do
        last=$((v + 199 < 100 + homes ? v + 199 : 100 + homes))
        printf 'chain down%d { type filter hook ingress devices = { %s } priority 0;\nfwd to "switch"\n}\n' "$v" \
            "$(seq -s , -f 'h%.0f' "$v" "$last")"
    done
    echo "}"
}

homes_up() {
    space devices
    inside gateway sysctl -q -w net.ipv6.conf.default.accept_dad=0
    inside devices sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
    ip -n "$world_prefix-devices" link add dev eth0 type veth peer name switch
    ip -n "$world_prefix-devices" link set dev eth0 up
    ip -n "$world_prefix-devices" link set dev switch up
    homes_wires
    homes_routes
    homes_switch | inside devices nft -f -
}

# homes_reach FROM TO HOST PORT: which of these devices, TO not included, get an answer from there.
homes_reach() {
    inside devices /usr/bin/python3 -B "$world_lib/households.py" ask eth0 "$homes_mac" "$@"
}

# homes_attest FOLDER FROM COUNT: so many devices, from this one on, with the keys of that folder of tests/bench/make_store.
homes_attest() {
    inside devices "$bin/tests/bench/load" "$1" eth0 "$homes_mac" "$homes_address" attest "$3" "$2" 0 20 "$3" 0
}
