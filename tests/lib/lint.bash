# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Shared by tests/lint/*.sh. A lint is a function `lint` that prints each finding as FILE:LINE: text, looking at the
# tree in its current directory. lint_main runs it over the project, which must have none, and over each fixture that
# was declared, each of which must have one: a lint that finds nothing anywhere is broken.

lint_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fixture_names=() fixture_paths=() fixture_texts=()

# python PROGRAM ARGUMENT...: a program of tests/lib. One that breaks off is a finding: what it had left to look at is not good.
python() { /usr/bin/python3 -B "$lint_top/tests/lib/$1" "${@:2}" || echo "tests/lib/$1:1: it failed"; }

# fixture NAME PATH TEXT: one file in an otherwise empty tree that the lint must refuse. NAME "good ..." must pass.
fixture() {
    fixture_names+=("$1")
    fixture_paths+=("$2")
    fixture_texts+=("$3")
}

# sources FOLDER... -- PATTERN...: files of the tree, without builds, as NUL-terminated paths.
sources() {
    local folders=()
    while [[ $1 != -- ]]; do
        [[ -e $1 ]] && folders+=("$1")
        shift
    done
    shift
    ((${#folders[@]})) || return 0
    local expression=()
    for pattern; do expression+=(-o -name "$pattern"); done
    find "${folders[@]}" -type d \( -name .git -o -name 'build*' -o -name __pycache__ \) -prune -o \
        -type f \( "${expression[@]:1}" \) -print0
}

lint_fixtures() {
    local i tree found status=0
    for i in "${!fixture_names[@]}"; do
        tree=$(mktemp -d)
        mkdir -p "$tree/$(dirname "${fixture_paths[i]}")"
        printf '%s\n' "${fixture_texts[i]}" >"$tree/${fixture_paths[i]}"
        found=$(cd "$tree" && lint)
        rm -rf "$tree"
        case ${fixture_names[i]} in
        good*) [[ -z $found ]] || { echo "fixture '${fixture_names[i]}' was refused: $found" && status=1; } ;;
        *) [[ -n $found ]] || { echo "fixture '${fixture_names[i]}' passed" && status=1; } ;;
        esac
    done
    return $status
}

lint_main() {
    local found
    cd "$lint_top" || exit 1
    found=$(lint)
    [[ -z $found ]] || printf '%s\n' "$found"
    lint_fixtures && [[ -z $found ]]
}
