#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The units: systemd reads them without a word, each service is exposed no more than 1.5 by `systemd-analyze security` (hallmarkd 1.7:
# it reads /proc/PID/loginuid of those who give orders, so ProtectProc= and what it counts are left out), and the
# files of sysusers.d, tmpfiles.d and sysctl.d are understood. Their programs are stood for by scripts in a root of our own.
source "$(dirname "$0")/../lib/lint.bash"

most=1.5 most_of_hallmarkd=1.7

# stage ROOT: our units where systemd looks for them, its own targets beside them, and programs that do nothing.
stage() {
    local program
    mkdir -p "$1"/{etc,usr/bin,usr/sbin,usr/lib/systemd/system}
    ln -s usr/lib "$1/lib"
    for program in sbin/hallmarkd bin/hallmarkctl bin/hallmark-refresh bin/hallmark-attester sbin/hallmark-notify; do
        printf '#!/bin/sh\n' >"$1/usr/$program"
        chmod 755 "$1/usr/$program"
    done
    cp --no-dereference /lib/systemd/system/*.target "$1/usr/lib/systemd/system"
    cp systemd/*.service systemd/*.socket systemd/*.timer "$1/usr/lib/systemd/system" 2>/dev/null
}

units() { find systemd -maxdepth 1 \( -name '*.service' -o -name '*.socket' -o -name '*.timer' \) -printf '%f\n' | sort; }

# What it says, and whether it failed without a word.
verify() {
    local found names status=0
    mapfile -t names < <(units)
    found=$(systemd-analyze verify --man=no --root="$1" "${names[@]}" 2>&1) || status=$?
    [[ -z $found ]] || sed -E "s|^$1/usr/lib/||; s|^|systemd/:1: |" <<<"$found"
    [[ $status == 0 || -n $found ]] || echo "systemd/:1: systemd-analyze verify failed with status $status"
}

exposure() {
    local unit score limit
    for unit in $(units | grep '\.service$'); do
        limit=$most
        [[ $unit != hallmarkd.service ]] || limit=$most_of_hallmarkd
        score=$(systemd-analyze security --offline=true --no-pager "systemd/$unit" 2>/dev/null |
            sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p')
        awk -v score="${score:-99}" -v most="$limit" 'BEGIN { exit !(score > most) }' &&
            echo "systemd/$unit:1: exposed ${score:-beyond measure}, more than $limit: systemd-analyze security --offline=true"
    done
}

# Of two that are never there at once, one could start while the other still has the port: there must be an order, either way.
conflicts() {
    local unit other others order='^(After|Before)=(.* )?'
    for unit in $(units); do
        mapfile -t others < <(sed -n 's/^Conflicts=//p' "systemd/$unit" | tr ' ' '\n')
        for other in "${others[@]}"; do
            grep -qE "$order$other( |\$)" "systemd/$unit" || grep -qsE "$order$unit( |\$)" "systemd/$other" ||
                echo "systemd/$unit:1: Conflicts=$other, and neither is After= the other"
        done
    done
}

# As the package installs them; dry runs say what they do not understand.
others() {
    local root=$1 file
    mkdir -p "$root/usr/lib/"{sysusers.d,tmpfiles.d}
    if [[ -f systemd/hallmark.sysusers ]]; then
        systemd-sysusers --root="$root" "$PWD/systemd/hallmark.sysusers" 2>&1 | grep -v '^Creating' |
            sed 's|^|systemd/hallmark.sysusers:1: |'
    fi
    if [[ -f systemd/hallmark.tmpfiles ]]; then
        systemd-tmpfiles --create --root="$root" "$PWD/systemd/hallmark.tmpfiles" 2>&1 | sed 's|^|systemd/hallmark.tmpfiles:1: |'
    fi
    for file in systemd/*.sysctl; do
        [[ ! -f $file ]] || grep -nHvE '^(#.*|-?[a-z0-9./_-]+ = [0-9]+)$' "$file"
    done
}

lint() {
    local root
    [[ -d systemd ]] || return 0
    root=$(mktemp -d)
    stage "$root"
    [[ -z $(units) ]] || verify "$root"
    exposure
    conflicts
    others "$root"
    rm -rf "$root"
}

# shellcheck disable=SC2154 # lint.bash sets it
closed=$(<"$lint_top/systemd/hallmark-clock.service")
fixture 'good: locked in' systemd/x.service "$closed"
fixture 'an unknown key' systemd/x.service "$closed
Restrict=all"
fixture 'a program that nobody installs' systemd/x.service "${closed/sbin\/hallmarkd/sbin\/hallmarkx}"
fixture 'good: one after the other' systemd/x.service "${closed/\[Unit]/[Unit]
Conflicts=y.service
After=y.service}"
fixture 'one and the other in no order' systemd/x.service "${closed/\[Unit]/[Unit]
Conflicts=y.service}"
fixture 'exposed' systemd/x.service '[Service]
ExecStart=/usr/sbin/hallmarkd'
fixture 'a socket for no service' systemd/x.socket '[Socket]
ListenDatagram=[::]:5684'
fixture 'a time that is none' systemd/x.timer '[Timer]
OnBootSec=soon'
fixture 'good: a user' systemd/hallmark.sysusers 'u hallmark - "x" /var/lib/hallmark'
fixture 'no kind of line' systemd/hallmark.sysusers 'q hallmark'
fixture 'good: a directory' systemd/hallmark.tmpfiles 'd /var/lib/hallmark 0700 root root'
fixture 'a mode that is none' systemd/hallmark.tmpfiles 'd /var/lib/hallmark 0x00 root root'
fixture 'good: a setting' systemd/hallmark.sysctl '-net.ipv4.ip_forward = 0'
fixture 'no setting' systemd/hallmark.sysctl 'net.ipv4.ip_forward'
lint_main
