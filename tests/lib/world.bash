# shellcheck shell=bash disable=SC2034 # whoever sources it uses the variables
# SPDX-License-Identifier: Apache-2.0
# A small world in network namespaces: a gateway, an Internet host behind it, five devices on device ports of their own
# in two households. Sourced by tests/demo and tests/system/*; needs root.
#
#   household 101: wallpad (port1), lamp (port2), silent (port5)      household 102: lock (port3), forged (port4)
#
# The gateway routes: device N is 10.77.N.2 and fd77:0:0:N::2 behind portN; the Internet host is 198.51.100.2 and
# 2001:db8:ffff::2 behind wan0.

export TZ=UTC LC_ALL=C.UTF-8 LANGUAGE= # texts are compared

world_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world_top=$(cd "$world_lib/../.." && pwd)
# shellcheck source=expect.bash
source "$world_lib/expect.bash"

devices=(wallpad lamp lock forged silent)
declare -A neighbour=([wallpad]=lamp [lamp]=wallpad [lock]=forged [forged]=lock [silent]=lamp)
declare -A stranger=([wallpad]=lock [lamp]=forged [lock]=wallpad [forged]=lamp [silent]=lock)
internet4=198.51.100.2 internet6=2001:db8:ffff::2

# What is measured of each device, in the order of the table.
places=(dns web update inet near far)
declare -A title=([dns]="gateway DNS" [web]="gateway web" [update]="update host" [inet]="Internet" [near]="neighbour"
    [far]="other home")
spaces=() # namespaces that this script made

number_of() {
    local i
    for i in "${!devices[@]}"; do
        [[ ${devices[i]} != "$1" ]] || echo $((i + 1))
    done
}
address4() { echo "10.77.$(number_of "$1").${2:-2}"; }
address6() { echo "fd77:0:0:$(number_of "$1")::${2:-2}"; }

# inside NAME COMMAND...: runs it in the namespace of gateway, inet or a device.
inside() {
    local where=$1
    shift
    ip netns exec "$world_prefix-$where" "$@"
}

space() {
    ip netns add "$world_prefix-$1"
    spaces+=("$1")
}

# world_link NAMESPACE PORT ADDRESS4 ADDRESS6: a cable between eth0 of the namespace (.2) and a port of the gateway (.1).
world_link() {
    local name=$1 port=$2 four=$3 six=$4
    space "$name"
    ip link add "$port" netns "$world_prefix-gateway" type veth peer name eth0 netns "$world_prefix-$name"
    world_side gateway "$port" "$four.1/24" "${six}1/64"
    world_side "$name" eth0 "$four.2/24" "${six}2/64"
    inside "$name" ip route add default via "$four.1"
    inside "$name" ip -6 route add default via "${six}1"
}

world_side() {
    inside "$1" ip link set lo up
    inside "$1" sysctl -q -w net.ipv6.conf.all.accept_dad=0 "net/ipv6/conf/$2/accept_dad=0" \
        "net/ipv6/conf/$2/accept_ra=0"
    inside "$1" ip address add "$3" dev "$2"
    inside "$1" ip address add "$4" dev "$2" nodad
    inside "$1" ip link set "$2" up
}

# world_begin BINARIES: the folder, and a gateway without devices. Everything is taken down when the script ends.
world_begin() {
    ((EUID == 0)) || { echo "this needs root: it makes network namespaces" >&2; exit 1; }
    bin=$(cd "$1" && pwd)
    world_prefix=hallmark-$$
    world=$(mktemp -d)
    trap world_down EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$world"
    space gateway
    inside gateway sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# world_up BINARIES: namespaces, keys and listeners.
world_up() {
    local device
    world_begin "$1"
    world_link inet wan0 198.51.100 2001:db8:ffff::
    for device in "${devices[@]}"; do
        world_link "$device" "port$(number_of "$device")" "10.77.$(number_of "$device")" \
            "fd77:0:0:$(number_of "$device")::"
    done
    /usr/bin/python3 -B "$world_lib/make_world.py" "$world/pki"
    world_listen
}

world_listen() {
    local name
    for name in inet "${devices[@]}"; do
        start_inside "$name" /usr/bin/python3 -B "$world_lib/probe.py" serve tcp:80 tcp:443
    done
    start_inside gateway /usr/bin/python3 -B "$world_lib/probe.py" serve udp:53 tcp:80
    wait_for 10 everything_is_reached || {
        echo "the world's listeners did not start" >&2
        exit 1
    }
}

# start_inside NAME COMMAND...: in the background; $started is its process id.
start_inside() {
    ip netns exec "$world_prefix-$1" "${@:2}" </dev/null &
    started=$!
    disown "$started"
}

# Ends what runs in the namespaces of this script, and nothing else.
world_down() {
    local pid name
    set +e
    for name in "${spaces[@]}"; do
        for pid in $(ip netns pids "$world_prefix-$name" 2>/dev/null); do kill -9 "$pid"; done
    done 2>/dev/null
    for name in "${spaces[@]}"; do ip netns del "$world_prefix-$name"; done 2>/dev/null
    rm -rf "$world"
}

# --- What can be reached ---

# probe DEVICE [SECONDS]: how long it waits for answers, else a moment.
probe() {
    local device=$1 near=${neighbour[$1]} far=${stranger[$1]}
    local -x PROBE_SEC=${2:-}
    inside "$device" /usr/bin/python3 -B "$world_lib/probe.py" reach \
        "dns4=udp:$(address4 "$device" 1):53" "dns6=udp:$(address6 "$device" 1):53" \
        "web4=tcp:$(address4 "$device" 1):80" "web6=tcp:$(address6 "$device" 1):80" \
        "update4=tcp:$internet4:443" "update6=tcp:$internet6:443" \
        "inet4=tcp:$internet4:80" "inet6=tcp:$internet6:80" \
        "near4=tcp:$(address4 "$near"):80" "near6=tcp:$(address6 "$near"):80" \
        "far4=tcp:$(address4 "$far"):80" "far6=tcp:$(address6 "$far"):80"
}

# measure: fills reached[DEVICE PLACE] with yes and no, all devices at once.
declare -A reached
measure() {
    local device pids=()
    for device in "${devices[@]}"; do
        probe "$device" >"$world/probe.$device" &
        pids+=("$!")
    done
    wait "${pids[@]}"
    for device in "${devices[@]}"; do take_probe "$device"; done
}
take_probe() {
    local place answer
    while read -r place answer; do
        reached[$1 $place]=$answer
    done <"$world/probe.$1"
}

cell() {
    local four=${reached[$1 ${2}4]:-?} six=${reached[$1 ${2}6]:-?} colour=$red
    [[ $four != yes && $six != yes ]] || colour=$green
    printf '  %s%-11s%s' "$colour" "$four / $six" "$plain"
}

table() {
    local device place
    printf '%s  %-9s' "$bold" device
    for place in "${places[@]}"; do printf '%-13s' "${title[$place]}"; done
    printf '%s\n' "$plain"
    for device in "${devices[@]}"; do
        printf '  %-7s' "$device"
        for place in "${places[@]}"; do cell "$device" "$place"; done
        printf '\n'
    done
    printf '  (IPv4 / IPv6)\n'
}

everything_is_reached() {
    measure
    [[ ${#reached[@]} -gt 0 && " ${reached[*]} " != *" no "* ]]
}

# expect_reach DEVICE PLACE...: it reaches these places, over IPv4 and IPv6, and no others. What was missed is asked for once more
# with patience: a loaded machine answers late, and what is shut stays so.
expect_reach() {
    local device=$1 wanted="" got place
    shift
    for place in "${places[@]}"; do
        [[ " $* " != *" $place "* ]] || wanted+=" ${place}4 ${place}6"
    done
    got=$(reached_by "$device")
    if [[ $got != "$wanted" ]]; then
        probe "$device" 15 >"$world/probe.$device"
        take_probe "$device"
        got=$(reached_by "$device")
    fi
    expect_is "$device reaches ${*:-nothing}${wanted:+, over IPv4 and IPv6}, and nothing else" "$wanted" "$got"
}
reached_by() {
    local place version
    for place in "${places[@]}"; do
        for version in 4 6; do
            [[ ${reached[$1 $place$version]:-} != yes ]] || printf ' %s' "$place$version"
        done
    done
}
