#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rooms by what the linker sees: an object of daemon/ROOM uses functions and data of the rooms that it may see, and of no
# others, however they were declared. And in the core verdicts are written to the store, and admissions to the kernel, by one room
# alone. Within a room no more than two files use each other in a circle. Its argument is a folder that was built in; without one
# it is skipped.
source "$(dirname "$0")/../lib/lint.bash"
source "$(dirname "$0")/../lib/rooms.bash"

build=$(readlink -f "${1:-}") || build=
[[ -d $build/CMakeFiles ]] || exit 77

# objects: of all sources that there still are.
objects() {
    local object source
    while IFS= read -r object; do
        source=${object#*.dir/}
        [[ ! -f ${source%.o} ]] || echo "$build/$object"
    done < <(cd "$build" && find CMakeFiles -path 'CMakeFiles/hallmark*.dir/daemon/*' -name '*.c.o')
}

# symbols: of all objects, as SOURCE SYMBOL TYPE. A fixture has them in a file.
symbols() {
    if [[ -f symbols ]]; then
        cat symbols
    else
        objects | xargs -rd '\n' nm -A -P | sed -E 's|^.*\.dir/daemon/([^:]*)\.o: |\1 |'
    fi
}

# uses: of one source by another, as SOURCE SYMBOL SOURCE; of a symbol that several programs have, all of these.
uses() {
    symbols | awk '
        $3 ~ /^[TDBRCVW]$/ { homes[$2] = homes[$2] " " $1 }
        $3 == "U" { uses[$1 " " $2] = $2 }
        END {
            for (use in uses)
                if (uses[use] in homes)
                    print use homes[uses[use]]
        }'
}

# circles: of more than two files of one room, from uses.
circles() {
    sort | awk -v most=2 '
        function room(f) { sub(/[^\/]*$/, "", f); return f }
        function follow(from, f,    i, n, used) {
            n = split(uses[f], used, " ")
            for (i = 1; i <= n; i++) {
                if ((from, used[i]) in comes_to) continue
                comes_to[from, used[i]] = 1
                follow(from, used[i])
            }
        }
        {
            if (!($1 in uses)) files[++n_files] = $1
            uses[$1] = uses[$1] " "
            for (i = 3; i <= NF; i++)
                if ($i != $1 && room($i) == room($1)) uses[$1] = uses[$1] $i " "
        }
        END {
            for (i = 1; i <= n_files; i++) follow(files[i], files[i])
            for (i = 1; i <= n_files; i++) {
                if (files[i] in told) continue
                circle = ""; n = 0
                for (k = 1; k <= n_files; k++) {
                    if (!((files[i], files[k]) in comes_to && (files[k], files[i]) in comes_to)) continue
                    told[files[k]] = 1
                    circle = circle " " files[k]; n++
                }
                if (n > most)
                    print "daemon/" files[i] ":1: " n " files use each other in a circle:" circle ". Move what they share to a file that uses none of them"
            }
        }'
}

lint() {
    local used
    used=$(uses)
    [[ -n $used ]] || return 0
    circles <<<"$used"
    rooms <<<"$used"
}

# rooms: uses that run up, from uses.
rooms() {
    local file room symbol homes home seen
    local writes=' store_put store_order_put store_order_remove store_remove kernel_apply kernel_follow kernel_write kernel_ensure_table '
    local -A allowed=()
    while read -r file symbol homes; do
        room=${file%/*}
        [[ $file == */* ]] || room=.
        if [[ -z ${allowed[$room]:-} ]]; then
            seen=$(may "$room") || continue # layers.sh says so
            allowed[$room]=" $room base ${seen//$'\n'/ } "
        fi
        [[ $writes != *" $symbol "* || $room != core* || $room == core/settle ]] ||
            echo "daemon/$file:1: only core/settle may use $symbol: say what is to change with settle_put() (core/settle/settle.h)"
        for home in $homes; do
            [[ ${allowed[$room]} == *" ${home%/*} "* || ${allowed[$room]} == *" ${home%.c} "* ]] && continue 2
        done
        echo "daemon/$file:1: $room may not use $symbol of $homes"
    done
}

# On the objects themselves: where nobody may see anybody, much is found.
lint_sees_the_objects() (
    # shellcheck disable=SC2154 # lint_top is set by lint.bash
    cd "$lint_top" || exit 1
    may() { [[ $1 == . ]] || echo; }
    (($(lint | wc -l) > 100)) || { echo "of the objects in $build hardly any uses another" && exit 1; }
)

fixture 'good: a room before it' symbols 'core/act/turn.c turn_run T 0 10
core/act/turn.c registry_find U
core/act/turn.c memcpy U
core/devices/registry.c registry_find T 0 10'
fixture 'good: a single file of a room' symbols 'core/settle/result.c ear_sign U
token/ear.c ear_sign T 0 10'
fixture 'good: static functions of one name' symbols 'token/x.c answer t 0 10
core/act/turn.c answer t 0 10'
fixture 'good: a function that two programs have' symbols 'attester/options.c usage T 0 10
ctl/usage.c usage T 0 10
hallmarkctl.c usage U'
fixture 'good: the one room that writes' symbols 'core/settle/settle.c store_put U
store/store.c store_put T 0 10'
fixture 'another room that writes' symbols 'core/act/turn.c store_put U
store/store.c store_put T 0 10'
fixture 'a later room of the core' symbols 'core/act/turn.c review_start U
core/review/review.c review_start T 0 10'
fixture 'data of a later stage' symbols 'token/cbor.c policies U
decide/policy.c policies D 0 8'
fixture 'a decoder in the core' symbols 'core/act/turn.c evidence_decode U
token/evidence.c evidence_decode T 0 10'
fixture 'the store in a judge' symbols 'judge/judge.c store_put U
store/store.c store_put T 0 10'
fixture 'a decoder of labels in the edge' symbols 'edge/serve/serve.c label_decode U
token/label.c label_decode T 0 10'
fixture 'certificates in the edge' symbols 'edge/serve/serve.c identity_verify U
identity/identity.c identity_verify T 0 10'
fixture 'good: two files that use each other' symbols 'config/reader.c scan U
config/reader.c reader_error T 0 10
config/scan.c reader_error U
config/scan.c scan T 0 10'
fixture 'good: three files, one above the others' symbols 'config/reader.c scan U
config/reader.c reader_error T 0 10
config/scan.c reader_error U
config/scan.c scan T 0 10
config/print.c reader_error U
config/print.c print T 0 10'
fixture 'a circle of three files' symbols 'config/reader.c scan U
config/reader.c reader_error T 0 10
config/scan.c print U
config/scan.c scan T 0 10
config/print.c reader_error U
config/print.c print T 0 10'
fixture 'three files that one of them joins' symbols 'config/reader.c scan U
config/reader.c print U
config/reader.c reader_error T 0 10
config/scan.c reader_error U
config/scan.c scan T 0 10
config/print.c reader_error U
config/print.c print T 0 10'
lint_sees_the_objects && lint_main
