# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Room for as many neighbours as a complex has. The table is the whole machine's, and by default has 1,024 entries; the package sets more
# (systemd/hallmark.sysctl). Only the machine's own network namespace shows it: who makes another one does this before.

neighbours=()
if [[ -e /proc/sys/net/ipv6/neigh/default/gc_thresh3 ]]; then
    mapfile -t neighbours < <(sysctl net.ipv6.neigh.default.gc_thresh{1,2,3} | tr -d ' ')
    sysctl -q -w net.ipv6.neigh.default.gc_thresh3=300000 net.ipv6.neigh.default.gc_thresh2=200000 \
        net.ipv6.neigh.default.gc_thresh1=150000
fi

neighbours_restore() { ((${#neighbours[@]} == 0)) || sysctl -q -w "${neighbours[@]}"; }
