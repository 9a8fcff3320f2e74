# shellcheck shell=bash disable=SC2154 # the variables of world.bash
# SPDX-License-Identifier: Apache-2.0
# A system bus of the test's own, with the project's policy, and users to ask as. Sourced by tests/system/*, after
# gateway.bash.

bus_group=64999 # hallmark's, for this bus alone

# bus_prepare: the daemon will look for its system bus in $world/bus.
bus_prepare() {
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$world/bus
    { cat /etc/group; echo "hallmark:x:$bus_group:"; } >"$world/group"
    { cat /etc/passwd; echo "hallmark:x:$bus_group:$bus_group::/:/usr/sbin/nologin"; } >"$world/passwd"
    cat >"$world/bus.conf" <<CONF
<busconfig>
  <type>system</type>
  <listen>$DBUS_SYSTEM_BUS_ADDRESS</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>${bus_policy:-$world_top/systemd/org.hallmarkd.Gateway1.conf}</include>
</busconfig>
CONF
}

# bus_start: $bus_daemon is its process. In the gateway's namespace, so that it ends with the test.
bus_start() {
    rm -f "$world/bus"
    # shellcheck disable=SC2016
    start_inside gateway unshare --mount bash -c 'mount --bind "$0/group" /etc/group &&
        mount --bind "$0/passwd" /etc/passwd && exec dbus-daemon --nofork --nopidfile --config-file="$0/bus.conf"' \
        "$world" >>"$world/bus.log" 2>&1
    bus_daemon=$started
    wait_for 10 test -S "$world/bus"
}

bus_stop() {
    kill "$bus_daemon"
    wait_for 10 bus_is_gone
}
bus_is_gone() { ! kill -0 "$bus_daemon" 2>/dev/null; }

# as WHO COMMAND...: root, member (nobody, in the group), clerk (the same, and in a group that a role may have) or nobody.
clerks=games # a group of every Debian, without members
as() {
    local who=$1
    shift
    case $who in
    root) "$@" ;;
    member) setpriv --reuid 65534 --regid 65534 --groups "$bus_group" "$@" ;;
    clerk) setpriv --reuid 65534 --regid 65534 --groups "$bus_group,$(getent group $clerks | cut -d: -f3)" "$@" ;;
    nobody) setpriv --reuid 65534 --regid 65534 --clear-groups "$@" ;;
    esac
}

# on_bus WHO VERB ARGUMENT...: of busctl.
on_bus() { as "$1" busctl --address="$DBUS_SYSTEM_BUS_ADDRESS" --timeout=10 "${@:2}"; }

gateway_object=(org.hallmarkd.Gateway1 /org/hallmarkd/gateway org.hallmarkd.Gateway1)
call() { on_bus "$1" call "${gateway_object[@]}" "${@:2}"; }
property() { on_bus "$1" get-property "${gateway_object[@]}" "$2"; }

gateway_is_on_bus() { on_bus root status org.hallmarkd.Gateway1; }
