# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The world's gateway as a machine: Debian with a whole systemd, booted in the gateway's network namespace from an overlay that is
# thrown away. Sourced by tests/system/*.

# shellcheck source=gateway.bash
source "$(dirname "${BASH_SOURCE[0]}")/gateway.bash"

# machine_make: $machine is its root, not yet booted.
machine_make() {
    machine_base=$("$world_lib/machine-root")
    mkdir "$world/machine"
    mount -t tmpfs -o mode=755 tmpfs "$world/machine"
    trap machine_down EXIT
    mkdir "$world/machine/root"
    machine=$world/machine/root
    machine_mount
}

machine_mount() {
    mkdir "$world/machine/upper" "$world/machine/work"
    mount -t overlay -o "lowerdir=$machine_base,upperdir=$world/machine/upper,workdir=$world/machine/work" overlay "$machine"
    mkdir -p "$machine/var/log/journal" # what happened before a power cut is asked for after it
}

# machine_renew: other hardware in its place, as machine_make leaves it.
machine_renew() {
    umount -l "$machine"
    rm -rf "$world/machine/upper" "$world/machine/work"
    machine_mount
}

# machine_boot: until systemd has started all that it starts. A kernel that boots has no tables.
machine_boot() {
    inside gateway nft flush ruleset
    boots=$((${boots:-0} + 1)) # systemd-nspawn that was killed leaves something of that name
    systemd-nspawn --quiet "--machine=$world_prefix-$boots" --directory="$machine" --boot --register=no --keep-unit --console=pipe \
        "--network-namespace-path=/run/netns/$world_prefix-gateway" --capability=CAP_NET_ADMIN </dev/null >>"$world/console" 2>&1 &
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
machine() { nsenter --target "$leader" --all --root --wd "$@"; }

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

# --- hallmark in it ---

# packages_build [VERSION] [HALLMARKD]: the Debian packages of the build, in $world/packages and the machine's /opt/packages; HALLMARKD is a
# file that they have in place of the built one.
# shellcheck disable=SC2120 # both may be left out
packages_build() {
    local deb source=$world/source/hallmark
    rm -rf "$world/source" "$world/packages" "$machine/opt/packages"
    mkdir -p "$source" "$world/packages"
    cp -r "$world_top/debian" "$source"
    [[ -z ${1:-} ]] || sed -i "1s/(.*)/($1)/" "$source/debian/changelog"
    (cd "$source" && HALLMARK_BUILT=$bin DEB_BUILD_OPTIONS=noautodbgsym debian/rules binary) >"$world/packages.log" 2>&1 ||
        { cat "$world/packages.log" >&2 && exit 1; }
    mv "$world"/source/*.deb "$world/packages"
    if [[ -n ${2:-} ]]; then
        deb=$(echo "$world"/packages/hallmark_*.deb)
        dpkg-deb --raw-extract "$deb" "$world/source/other"
        install -m 755 "$2" "$world/source/other/usr/sbin/hallmarkd"
        dpkg-deb --root-owner-group --build "$world/source/other" "$deb" >/dev/null
    fi
    cp -r "$world/packages" "$machine/opt/packages"
}

# machine_configure: what docs/operations.md has an operator put into /etc/hallmark, for the world's devices.
machine_configure() {
    local etc=$machine/etc/hallmark
    gateway_configure 8h
    cp -r "$world/pki" "$etc/trust"
    cp "$world/pki/gateway.crt" "$etc/gateway.crt"
    install -m 600 "$world/pki/gateway.key" "$etc/gateway.key"
    install -m 600 "$world/pki/result.key" "$etc/result.key"
    sed -e '/^law = /d; s,pki/\(gateway\|result\)\.,\1.,g; s|pki/|trust/|g; s|state = "state"; control = "control";||' \
        "$world/hallmarkd.conf" >"$etc/hallmarkd.conf"
}

service() { machine systemctl show --value --property "$1" hallmarkd.service; }
machine_ctl() { machine hallmarkctl "$@"; }
is_active() { [[ $(service ActiveState) == active ]]; }

# said PATTERN: the daemon's journal of this boot has such a line.
said() { machine journalctl --boot --unit hallmarkd --output cat --no-pager | grep -E -- "$1" >/dev/null; }

# machine_zone DEVICE: as the daemon says.
machine_zone() {
    machine_ctl --json list | jq -r --arg ueid "$(ueid_of "$1")" '.[] | select(.ueid == $ueid) | .zone'
}
