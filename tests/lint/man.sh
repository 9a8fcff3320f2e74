#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages say what there is, and nothing else: every command with its options, every key with its range and
# default, fields and messages of the journal, members of the bus, limits. They format without a warning in 80 columns.
# And no document names a command, an option or a metric that does not exist.
source "$(dirname "$0")/../lib/lint.bash"

lint() {
    [[ -d docs/man ]] || return 0
    command -v groff >/dev/null || { echo "docs/man:1: groff is not here to format it: apt-get install groff-base" && return; }
    /usr/bin/python3 -B "$lint_top/tests/lib/man_pages.py" "$@" 2>&1
}

# twin NAME PATTERN FILE SED-SCRIPT [--form]: the project's own tree with FILE changed so must be refused, in these words.
twin() {
    local tree found
    tree=$(mktemp -d)
    cp -r --parents ./*.md docs conf include daemon/*.c daemon/{ctl,config,core,attester,notify} "$tree"
    sed -i -E "$4" "$tree/$3"
    ! cmp -s "$3" "$tree/$3" || { echo "twin '$1' changed nothing in $3" && failed=1; }
    found=$(cd "$tree" && lint "${5:---content}")
    rm -rf "$tree"
    grep -E -e "$2" <<<"$found" >/dev/null || { echo "twin '$1' passed" && failed=1; }
}

lint_main || failed=1
page=docs/man/hallmarkctl.1
twin 'a command without an entry' 'the command close is not described' $page '/^\.It Cm close/,+1d'
twin 'an entry without a command' 'the command shut does not exist' $page 's/^\.It Cm close/.It Cm shut/'
twin 'a new command in the source' 'the command twirl is not described' daemon/ctl/commands.h 's/"close", "/"twirl", "/'
twin 'an option that a command does not take' 'diff takes "", and its heading says "\[--force\]"' $page 's/^\.It Cm diff/& Op Fl -force/'
twin 'an option that is left out' 'verify takes .*, and its heading says' docs/man/hallmark-label.1 's/ Oo Fl -at Ar TIME Oc( Op Fl -sig)/\1/'
twin 'an option in brackets that is needed' 'allow takes .* --zone Z .*, and its heading says .* \[--zone Z\]' $page 's/Fl -zone Ar Z/Oo & Oc/'
twin 'an option that no row has' 'diff: there is no option --hue' daemon/ctl/commands.h 's/"diff", ""/"diff", "--hue"/'
twin 'an option of the daemon' 'the option check is not described' docs/man/hallmarkd.8 's/Fl -check/Fl -chek/'
twin 'the wrong letter' '-k is not beside --check' docs/man/hallmarkd.8 's/Fl k , Fl -check/Fl c , Fl -check/'
twin 'an option of the one that fetches' 'the option url is not described' docs/man/hallmark-refresh.1 '/^\.It Fl -url/d'
twin 'a new option of it' 'the option name is not described' daemon/ctl/commands.h 's/(FILE\.\.\.\] \[--force\]) /\1 [--name N] /'
twin 'a setting of the attester' 'the option swname is not described' docs/man/hallmark-attester.1 '/Fl -swname/d'
twin 'a key of the one that tells' 'the key discovery is not described' docs/man/hallmark-notify.8 's/^\.It Va discovery/.It Va finding/'
twin 'a key' 'the key trust.crls.stale is not described' docs/man/hallmarkd.conf.5 's/trust\.crls\.stale/trust.crls.old/'
twin 'a range' '10000000 stands in the source' docs/man/hallmarkd.conf.5 's/1 to 10000000/1 to 1000000/'
twin 'a default' 'gateway.nft: its default is' docs/man/hallmarkd.conf.5 's,Default: /usr/sbin/nft,Default: /sbin/nft,'
twin 'a new key' 'the key listen.colour is not described' daemon/config/config.c 's/OPTIONAL\("sessions"/OPTIONAL("colour"/'
twin 'a new table of keys' 'does not know where the keys of gate_keys' daemon/config/config.c 's/struct key gateway_keys/struct key gate_keys/'
twin 'a key in the file alone' 'shade is not in' conf/hallmarkd.conf 's/^    name = /    shade = /'
twin 'a field of the journal' 'the field HALLMARK_HUE' include/hallmark/journal.h 's/"HALLMARK_MAC"/"HALLMARK_HUE"/'
twin 'a message' 'the message 4091f.* is not described' docs/man/hallmarkd.8 '/^\.It Li 4091f/d'
twin 'a method' 'the member of the bus Replay is not described' docs/man/hallmarkd.8 's/, Fn Replay//'
twin 'a page without its table' 'its tables are not all' docs/man/hallmark-protocol.7 '/^\.\\" table: reason\.h/d'
twin 'a row that the table does not show' 'its tables are not all' docs/man/tables.awk 's/X\\\(/X\\(9/'
twin 'a cause' 'the cause suite is not in' docs/protocol.md 's/\x60suite\x60/\x60suit\x60/'
twin 'a limit' 'HALLMARK_BODY_MAX is 16384' docs/man/hallmark-protocol.7 's/^16384/16385/'
twin 'a command of a document' 'hallmarkctl has no command lst' README.md 's/hallmarkctl list/hallmarkctl lst/'
twin 'a command of the other program' 'hallmarkctl has no command verify' docs/labels.md 's/hallmark-label verify/hallmarkctl verify/'
twin 'an option of a document' 'hallmarkctl open. takes no --until' README.md 's/open --for/open --until/'
twin 'a metric' 'there is no metric hallmark_tides_total' docs/operations.md 's/hallmark_drifts_total/hallmark_tides_total/'
twin 'a macro that is none' 'docs/man/hallmarkd.8:1: ' docs/man/hallmarkd.8 's/^\.Xr nft 8/.Xx nft 8/' --form
twin 'a wide line' 'wider than 80 columns' $page 's/^hallmarkctl open --for 30m/& --reason "a very long reason that no terminal of eighty columns shows"/' --form
exit "${failed:-0}"
