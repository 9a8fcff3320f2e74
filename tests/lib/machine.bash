# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The world's gateway as a machine: Debian with a whole systemd, booted in the gateway's network namespace from an overlay that is
# thrown away. Sourced by tests/system/*.

# shellcheck source=gateway.bash
source "$(dirname "${BASH_SOURCE[0]}")/gateway.bash"

# machine_make: $machine is its root, not yet booted.
machine_make() {
    local base
    base=$("$world_lib/machine-root")
    mkdir "$world/machine"
    mount -t tmpfs -o mode=755 tmpfs "$world/machine"
    trap machine_down EXIT
    mkdir "$world/machine/upper" "$world/machine/work" "$world/machine/root"
    machine=$world/machine/root
    mount -t overlay -o "lowerdir=$base,upperdir=$world/machine/upper,workdir=$world/machine/work" overlay "$machine"
    mkdir -p "$machine/var/log/journal" # what happened before a power cut is asked for after it
}

# machine_boot: until systemd has started all that it starts.
machine_boot() {
    systemd-nspawn --quiet --directory="$machine" --boot --register=no --keep-unit --console=pipe \
        "--network-namespace-path=/run/netns/$world_prefix-gateway" </dev/null >>"$world/console" 2>&1 &
    nspawn=$!
    disown "$nspawn"
    wait_for 60 machine_is_up && return
    echo "the machine did not boot" >&2
    tail -n 40 "$world/console" >&2
    exit 1
}

machine_is_up() {
    leader=$(pgrep -P "$nspawn") || return
    [[ $(machine systemctl is-system-running 2>/dev/null) =~ running|degraded ]]
}

# machine COMMAND...: as root in the machine.
machine() { nsenter --target "$leader" --all "$@"; }

machine_off() {
    machine systemctl poweroff
    wait_for 30 machine_is_off
}
machine_is_off() { ! kill -0 "$nspawn" 2>/dev/null; }

# machine_cut: the power goes.
machine_cut() {
    kill -9 "$leader" "$nspawn" 2>/dev/null || true
    wait_for 10 machine_is_off
}

machine_down() {
    [[ -z ${leader:-} ]] || machine_cut
    umount -l "$world/machine/root" "$world/machine" 2>/dev/null
    world_down
}
