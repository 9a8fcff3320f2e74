# shellcheck shell=bash disable=SC2034 # whoever sources it uses the variables
# SPDX-License-Identifier: Apache-2.0
# An apartment complex in network namespaces, and its gateway's configuration. Sourced by tests/system/*; needs root.
#
#   household 101: wallpad (home1), heater (home2)               an interface each
#   household 102: lamp (eth0.101), candle (eth0.102)            named as VLANs are (cables: not every kernel has VLANs)
#   household 103: camera, speaker, silent (port1..3 of br0)     ports of a bridge
#   in no household: lock (port4 of br0)
#
# The complex server is behind srv0: it may begin flows to tcp/443 of all devices, and to tcp/80 of household 101's. The
# Internet is behind wan0: beside the update host there is the makers' cloud, which the restricted zone reaches by any
# protocol, and flows run to it. The gateway is .1 in each network.

# shellcheck source=gateway.bash
source "$(dirname "${BASH_SOURCE[0]}")/gateway.bash"
# shellcheck source=flow.bash
source "$(dirname "${BASH_SOURCE[0]}")/flow.bash"

devices=(wallpad heater lamp candle camera speaker silent lock)
bridged=(camera speaker silent lock)
declare -A neighbour=([wallpad]=heater [heater]=wallpad [lamp]=candle [candle]=lamp [camera]=speaker [speaker]=camera
    [silent]=camera)
declare -A stranger=([wallpad]=lamp [heater]=camera [lamp]=wallpad [candle]=camera [camera]=lock [speaker]=lamp
    [silent]=lock [lock]=camera)
declare -A interface=([wallpad]=home1 [heater]=home2 [lamp]=eth0.101 [candle]=eth0.102 [camera]=br0 [speaker]=br0
    [silent]=br0 [lock]=br0)
declare -A port=([camera]=port1 [speaker]=port2 [silent]=port3 [lock]=port4)
declare -A host4=([wallpad]=10.77.1.2 [heater]=10.77.2.2 [lamp]=10.77.3.2 [candle]=10.77.4.2 [camera]=10.77.5.11
    [speaker]=10.77.5.12 [silent]=10.77.5.13 [lock]=10.77.5.14)
server4=10.77.100.2 server6=fd77:0:0:100::2 cloud4=198.51.100.3 cloud6=2001:db8:ffff::3
places+=(server alarm meter)
title+=([server]="server" [alarm]="its alarm" [meter]="its metering")

# address4 DEVICE [1]: the device's, or the gateway's in its network.
address4() { [[ ${2:-} == 1 ]] && echo "${host4[$1]%.*}.1" || echo "${host4[$1]}"; }
address6() {
    local network=${host4[$1]#10.77.}
    echo "fd77:0:0:${network%.*}::${2:-${host4[$1]##*.}}"
}
mac_of() { inside "$1" cat /sys/class/net/eth0/address; }

# complex_up BINARIES
complex_up() {
    local device
    world_begin "$1"
    world_link inet wan0 198.51.100 2001:db8:ffff::
    inside inet ip address add "$cloud4/24" dev eth0
    inside inet ip address add "$cloud6/64" dev eth0 nodad
    world_link server srv0 10.77.100 fd77:0:0:100::
    world_link wallpad home1 10.77.1 fd77:0:0:1::
    world_link heater home2 10.77.2 fd77:0:0:2::
    world_link lamp eth0.101 10.77.3 fd77:0:0:3::
    world_link candle eth0.102 10.77.4 fd77:0:0:4::
    complex_bridge
    /usr/bin/python3 -B "$world_lib/make_world.py" "$world/pki" heater=wallpad candle=lamp camera=wallpad speaker=lamp
    start_inside server /usr/bin/python3 -B "$world_lib/probe.py" serve tcp:443
    start_inside inet /usr/bin/python3 -B "$world_lib/flow.py" serve tcp:7000 "udp:7000@$cloud4" "udp:7000@$cloud6"
    for device in "${devices[@]}"; do
        start_inside "$device" /usr/bin/python3 -B "$world_lib/flow.py" serve udp:7000
    done
    world_listen
}

# As docs/enforcement.md asks for, nothing that the bridge forwards is shown to the table inet (br_netfilter). Its MAC is one of its
# own: else it would be another whenever a port comes.
complex_bridge() {
    local device
    if inside gateway test -e /proc/sys/net/bridge/bridge-nf-call-iptables; then
        inside gateway sysctl -q -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
    fi
    inside gateway ip link add br0 address 02:00:00:00:77:05 type bridge no_linklocal_learn 1
    world_side gateway br0 10.77.5.1/24 fd77:0:0:5::1/64
    for device in "${bridged[@]}"; do
        complex_port "$device" "${port[$device]}" "${host4[$device]##*.}"
    done
}

# complex_port NAME PORT HOST: a cable between a namespace's eth0, which is that host of the bridge's network, and a port of br0.
complex_port() { complex_cable gateway br0 "$@"; }

# complex_access_point PORT NAME...: a bridge at that port of br0, and behind it these places, which host4 knows.
complex_access_point() {
    local name
    space "ap-$1"
    inside "ap-$1" ip link add ap0 type bridge
    inside "ap-$1" ip link set ap0 up
    ip link add "$1" netns "$world_prefix-gateway" type veth peer name uplink netns "$world_prefix-ap-$1"
    inside "ap-$1" ip link set uplink master ap0 up
    inside gateway ip link set "$1" master br0 up
    for name in "${@:2}"; do complex_cable "ap-$1" ap0 "$name" "$name" "${host4[$name]##*.}"; done
}

complex_cable() { # NAMESPACE BRIDGE NAME PORT HOST
    space "$3"
    ip link add "$4" netns "$world_prefix-$1" type veth peer name eth0 netns "$world_prefix-$3"
    world_side "$3" eth0 "10.77.5.$5/24" "fd77:0:0:5::$5/64"
    inside "$3" ip route add default via 10.77.5.1
    inside "$3" ip -6 route add default via fd77:0:0:5::1
    inside "$1" ip link set "$4" master "$2" up
}

# --- The gateway ---

# complex_rules ZONE: of the devices whose label counts as Basic; others with a label are restricted.
complex_rules() {
    sed -i '/^rules/,$d' "$world/hallmarkd.conf"
    cat >>"$world/hallmarkd.conf" <<CONF
rules = (
    { name = "certified Basic"; zone = "$1"; lifetime = "8h"; require = ["identity", "label"]; level = "Basic"; },
    { name = "labelled elsewhere"; zone = "restricted"; lifetime = "1h"; require = ["identity", "label"]; }
);
CONF
}

# complex_configure ZONE [unlimited]
complex_configure() {
    gateway_configure 8h
    sed -i '/^network/,/^};/d; /^zones/,/^);/d; /^rules/,$d' "$world/hallmarkd.conf"
    cat >>"$world/hallmarkd.conf" <<CONF
network = {
    guarded = ["home*", "eth0.*", "br0"];
    bridges = ( { name = "br0"; ports = ["port*"]; } );
    uplinks = ["wan0"];
    segments = (
        { name = "household-101"; interfaces = ["home1", "home2"]; },
        { name = "household-102"; interfaces = ["eth0.10*"]; },
        { name = "household-103"; interfaces = ["port1", "port2", "port3"]; }
    );
    servers = (
        { name = "alarm"; interface = "srv0"; address = "$server4"; services = ["tcp/443"]; },
        { name = "alarm 6"; interface = "srv0"; address = "$server6"; services = ["tcp/443"]; },
        { name = "meters"; interface = "srv0"; address = "$server4"; services = ["tcp/80"]; segments = ["household-101"]; },
        { name = "meters 6"; interface = "srv0"; address = "$server6"; services = ["tcp/80"]; segments = ["household-101"]; }
    );
};
listen = { new-flows-per-second = 100; ${2:+$unlimited} };
zones = (
    { name = "quarantine"; reach = []; },
    { name = "restricted"; reach = ["$internet4 tcp/443", "$internet6 tcp/443", "$cloud4", "$cloud6"]; },
    { name = "trusted"; reach = ["internet", "segment", "$server4", "$server6"]; }
);
CONF
    complex_rules "$1"
}

# kernel_zone DEVICE: the zone whose set holds the device's interface and MAC, or quarantine.
kernel_zone() {
    local mac zone
    mac=$(mac_of "$1")
    for zone in trusted restricted; do
        inside gateway nft list set inet hallmark "z_$zone" 2>/dev/null |
            grep -F "\"${interface[$1]}\" . $mac" >/dev/null && echo "$zone" && return
    done
    echo quarantine
}

# --- What can be reached, and by whom ---

probe() {
    local device=$1 near=${neighbour[$1]:-} far=${stranger[$1]} next=()
    local -x PROBE_SEC=${2:-}
    [[ -z $near ]] || next=("near4=tcp:$(address4 "$near"):80" "near6=tcp:$(address6 "$near"):80")
    inside "$device" /usr/bin/python3 -B "$world_lib/probe.py" reach \
        "dns4=udp:$(address4 "$device" 1):53" "dns6=udp:$(address6 "$device" 1):53" \
        "web4=tcp:$(address4 "$device" 1):80" "web6=tcp:$(address6 "$device" 1):80" \
        "update4=tcp:$internet4:443" "update6=tcp:$internet6:443" \
        "inet4=tcp:$internet4:80" "inet6=tcp:$internet6:80" "${next[@]}" \
        "far4=tcp:$(address4 "$far"):80" "far6=tcp:$(address6 "$far"):80" \
        "server4=tcp:$server4:443" "server6=tcp:$server6:443"
    inside server /usr/bin/python3 -B "$world_lib/probe.py" reach \
        "alarm4=tcp:$(address4 "$device"):443" "alarm6=tcp:$(address6 "$device"):443" \
        "meter4=tcp:$(address4 "$device"):80" "meter6=tcp:$(address6 "$device"):80"
}
