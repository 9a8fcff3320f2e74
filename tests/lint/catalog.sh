#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The journal's catalog has one entry for each message id and no other; each says what it is by its head, names a command to
# type, fits a terminal, and uses fields that there are. Its translations have the same entries with the same fields and commands.
# journalctl itself must take all.
source "$(dirname "$0")/../lib/lint.bash"

header=include/hallmark/journal.h
catalog=systemd/hallmark.catalog

ids() { tr '\n' ' ' <$header | grep -oE 'HALLMARK_MESSAGE_[A-Z_]+[^"#]*"[0-9a-f]{32}"' | grep -oE '[0-9a-f]{32}'; }
entries() { sed -nE 's/^-- ([0-9a-f]{32})$/\1/p' $catalog; }
fields() { grep -oE '"HALLMARK_[A-Z_]+"' $header | tr -d '"'; }

# Each entry's lines, and a command to type. An entry is the same text where the gateway only monitors: what it says of devices that
# a decision blocks has a condition.
check_entries() {
    awk -v catalog=$catalog '
        function tell(what) { print catalog ":1: " id " " what }
        function check() {
            if (id !~ /^[0-9a-f]+$/ || length(id) != 32) return
            if (!subject) tell("has no line Subject:")
            if (!defined) tell("has no line Defined-By:")
            if (!documentation) tell("has no line Documentation:")
            if (!command) tell("names no command to type")
            if (text ~ /(already|now) enforces|devices? [a-z ]*(are|is) blocked/ && tolower(text) !~ /(where|if) .*enforce|only monitors/)
                tell("says that devices are blocked, and not: where the gateway enforces")
        }
        /^-- / {
            check()
            id = $2
            subject = defined = documentation = command = 0
            text = ""
        }
        /^Subject: ./ { subject = 1 }
        /^Defined-By: hallmark$/ { defined = 1 }
        /^Documentation: man:hallmarkd\(8\)$/ { documentation = 1 }
        !/^[A-Z][a-z-]*: / && /(^    |: )(hallmarkctl|hallmarkd|systemctl|journalctl|timedatectl|ip|nft|df) / { command = 1 }
        { text = text $0 " " }
        END { check() }' $catalog
}

# What a translation may not change, of all entries in their order: heads, fields, and commands without what is said of them.
fixed() { # CATALOG
    awk '
        /^-- / { id = $2; print }
        /^Subject: ./ { print id, "Subject" }
        /^(Defined-By|Documentation): / { print id, $0 }
        /^    (hallmark[a-z-]*|systemctl|journalctl|timedatectl|ip|bridge|nft|df) / {
            command = $0
            sub(/^ +/, "", command)
            sub(/   *[^ ].*/, "", command)
            print id, command
        }
        { while (match($0, /@[A-Z_]+@/)) {
              field = id " " substr($0, RSTART, RLENGTH)
              if (!(field in seen)) fields[++n_fields] = field
              seen[field]
              $0 = substr($0, RSTART + RLENGTH)
          } }
        END { for (i = 1; i <= n_fields; i++) print fields[i] | "sort" }' "$1"
}

check_translation() { # CATALOG
    diff <(fixed $catalog) <(fixed "$1") | sed -nE "s|^[<>] |$1:1: not as in $catalog: |p"
    LC_ALL=C.UTF-8 wc -L <"$1" | awk -v file="$1" '$1 > 80 { print file ":1: a line has " $1 " columns" }'
}

lint() {
    local id field root translation
    [[ -f $header && -f $catalog ]] || return 0
    for id in $(ids | sort | uniq -d) $(entries | sort | uniq -d); do echo "$catalog:1: $id is there twice"; done
    for id in $(comm -23 <(ids | sort -u) <(entries | sort -u)); do echo "$header:1: $id has no entry in the catalog"; done
    for id in $(comm -13 <(ids | sort -u) <(entries | sort -u)); do echo "$catalog:1: $id is no message id"; done
    check_entries
    for field in $(comm -23 <(grep -oE '@[A-Z_]+@' $catalog | tr -d @ | sort -u) <(fields | sort -u)); do
        echo "$catalog:1: @$field@ is no field"
    done
    grep -nE '^.{81}' $catalog | sed "s|^|$catalog:|"
    root=$(mktemp -d)
    mkdir -p "$root/usr/lib/systemd/catalog" "$root/var/lib/systemd/catalog"
    for translation in systemd/hallmark.*.catalog; do
        [[ ! -e $translation ]] || check_translation "$translation"
    done
    cp systemd/*.catalog "$root/usr/lib/systemd/catalog"
    journalctl --root="$root" --update-catalog 2>&1 | sed "s|^|$catalog:1: |"
    [[ -s $root/var/lib/systemd/catalog/database ]] || echo "$catalog:1: journalctl makes no database of it"
    rm -rf "$root"
}

lint_main || exit

# What it must refuse: the project's own two files, with one defect each.
refuse() { # NAME SED-OF-HEADER SED-OF-CATALOG WHAT-IS-SAID [SED-OF-TRANSLATION]
    local tree found
    tree=$(mktemp -d)
    mkdir -p "$tree/include/hallmark" "$tree/systemd"
    sed -E "$2" $header >"$tree/$header"
    sed -E "$3" $catalog >"$tree/$catalog"
    sed -E "${5:-}" systemd/hallmark.ko.catalog >"$tree/systemd/hallmark.ko.catalog"
    found=$(cd "$tree" && lint)
    rm -rf "$tree"
    [[ $found == *$4* ]] || { echo "the tree '$1' passed: $found" && exit 1; }
}
refuse 'an id without an entry' 's/4091ffa2/4091ffa3/' '' 'has no entry'
refuse 'an entry without an id' '' 's/^-- 4091ffa2/-- 4091ffa3/' 'is no message id'
refuse 'an entry twice' '' 's/^-- df68bf1a48e7494188788b2097fbcaa9/-- 4091ffa2a5e84db091385bc27b8cff7c/' 'twice'
refuse 'no command' '' '/^-- 23d31d65/,/^-- 5ef67297/{/hallmarkd --check/d; /hallmarkctl reload/d}' 'no command'
refuse 'no subject' '' 's/^Subject: The new.*//' 'no line Subject:'
refuse 'what holds only with enforcement' '' \
    's/^(@HALLMARK_ZONE_BEFORE@ before\.).*/\1 The kernel already enforces the new zone./; /^limits the device/d; /^--no-enforcement or is/d' \
    'where the gateway enforces'
refuse 'a field that is none' '' 's/@HALLMARK_LOST@/@HALLMARK_LOSS@/' 'is no field'
refuse 'a line that is too long' '' 's/^uses a clock that cannot be set.*/&&&&/' 'catalog:'
refuse 'a header that journalctl does not know' '' 's/^-- 056697f1.*/-- 056697f1/' 'has no entry'
refuse 'a translation without an entry' '' '' 'not as in' '/^-- 056697f1/,/^-- 06e0e6e0/d'
refuse 'a translation with another command' '' '' 'not as in' 's/^    hallmarkctl diff  .*/    hallmarkctl status/'
refuse 'a translation with another field' '' '' 'not as in' 's/@HALLMARK_LOST@/@HALLMARK_ZONES@/'
refuse 'a translation that is too wide' '' '' 'columns' 's/^커널의 set이.*/&&/'
