#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each Internet-Draft is named with its version, one version of it in the whole tree: that of the table in docs/protocol.md. The
# table and include/hallmark/protocol.h name the same drafts.
source "$(dirname "$0")/../lib/lint.bash"

draft='draft-[a-z0-9]+(-[a-z0-9]+)*[a-z0-9]'

# named FILE...: each draft as FILE:LINE:NAME, without what stands in front of it or behind it.
named() {
    grep -HnoE "$draft" "$@" || true
}

lint() {
    local table=() header=() files=() line name
    mapfile -d '' files < <(sources README.md CONTRIBUTING.md NEWS docs include daemon conf systemd tests -- '*.md' '*.[ch1-8]' '*.py' '*.conf' NEWS)
    ((${#files[@]})) || return 0
    [[ -f docs/protocol.md ]] && mapfile -t table < <(grep -oE "^\| $draft \|" docs/protocol.md | grep -oE "$draft" | sort -u)
    [[ -f include/hallmark/protocol.h ]] && mapfile -t header < <(grep -oE "$draft" include/hallmark/protocol.h | sort -u)

    while IFS= read -r line; do
        name=${line##*:}
        if [[ ! $name =~ -[0-9]{2}$ ]]; then
            echo "${line%:*}: name the version of $name"
        elif [[ " ${table[*]} " != *" $name "* ]]; then
            echo "${line%:*}: $name is not among the drafts of docs/protocol.md: ${table[*]}"
        fi
    done < <(named "${files[@]}")
    [[ ! -f docs/protocol.md || ! -f include/hallmark/protocol.h || ${table[*]} == "${header[*]}" ]] ||
        echo "include/hallmark/protocol.h:1: names ${header[*]}, and docs/protocol.md ${table[*]}"
}

fixture 'a draft without a version' daemon/x.c '/* draft-ietf-rats-ear section 3 */'
fixture 'a draft that the table does not have' include/hallmark/x.h '/* draft-ietf-rats-ear-05 */'
fixture 'good: a draft of the table' docs/protocol.md '| draft-ietf-rats-ear-04 | results |'
fixture 'another version than the table' docs/protocol.md '| draft-ietf-rats-ear-04 | results |
as draft-ietf-rats-ear-03 says'
lint_main || exit

# The header's own twin: the project's, with another version of one draft, and without one.
for change in 's/draft-ietf-rats-ear-04/draft-ietf-rats-ear-05/' 's/draft-ietf-rats-ar4si-[0-9]*//'; do
    tree=$(mktemp -d)
    mkdir -p "$tree/docs" "$tree/include/hallmark"
    cp docs/protocol.md "$tree/docs"
    sed "$change" include/hallmark/protocol.h >"$tree/include/hallmark/protocol.h"
    found=$(cd "$tree" && lint)
    rm -rf "$tree"
    [[ -n $found ]] || { echo "protocol.h with $change passed" && exit 1; }
done
