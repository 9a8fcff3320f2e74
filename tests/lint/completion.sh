#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Both completions know the commands and options of daemon/hallmarkctl.c, each with its own, and no others; and bash's
# completes. A new row of commands[] wants one row in conf/completion/hallmarkctl.bash and one in _hallmarkctl.
source "$(dirname "$0")/../lib/lint.bash"

# COMMAND: OPTIONS, sorted, of the table in the C file.
of_program() {
    tr '\n\t' '  ' <"$1" | sed -E 's/.*struct command commands\[\] = \{//; s/\};.*//' |
        grep -oE '\{ "[a-z ]+",([^{}"]|"[^"]*")*\}' |
        while IFS= read -r row; do
            printf '%s:' "$(sed -E 's/^\{ "([a-z ]+)".*/\1/' <<<"$row")"
            sed -E 's/"[^"]*"//g' <<<"$row" | grep -oE 'OPT\([A-Z_]+\)' | sed -E 's/OPT\((.*)\)/--\1/; y/_/-/' |
                tr '[:upper:]' '[:lower:]' | sort -u | sed 's/^/ /' | tr -d '\n'
            echo
        done | sort
}

# The same of a completion: rows ['a b']='--x --y' or 'a b' '--x --y'.
of_completion() {
    [[ -f $1 ]] || return 0
    sed -nE "s/^    (\[?'?)([a-z]+( [a-z]+)?)('?\]=|' )'([^']*)'$/\2:\5/p" "$1" |
        while IFS=: read -r name options; do
            printf '%s:' "$name"
            tr ' ' '\n' <<<"$options" | grep . | sort | sed 's/^/ /' | tr -d '\n'
            echo
        done | sort
}

# Options with a value, of long_options[].
valued() { sed -nE 's/.*\{ "([a-z-]+)", required_argument.*/--\1/p' "$1" | sort; }
valued_of_completion() { [[ ! -f $1 ]] || tr '\n' ' ' <"$1" | grep -oE "valued=['(][^')]*" | grep -oE '\--[a-z-]+' | sort; }

lint() {
    local program=daemon/hallmarkctl.c file
    [[ -f $program ]] || return 0
    for file in conf/completion/hallmarkctl.bash conf/completion/_hallmarkctl; do
        diff <(of_program "$program") <(of_completion "$file") |
            sed -nE "s|^< (.*)|$program:1: $file lacks \"\1\"|p; s|^> (.*)|$file:1: the program has no \"\1\"|p"
        diff <(valued "$program") <(valued_of_completion "$file") |
            sed -nE "s|^< (.*)|$file:1: does not know that \1 has a value|p; s|^> (.*)|$file:1: \1 has no value|p"
    done
    [[ ! -f conf/completion/hallmarkctl.bash ]] || bash_completes
    if [[ -f conf/completion/_hallmarkctl ]] && command -v zsh >/dev/null; then zsh_completes; fi
}

# complete_bash WORD...: what bash offers for the last word, in a line.
complete_bash() {
    bash -c 'source conf/completion/hallmarkctl.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _hallmarkctl
        printf "%s\n" "${COMPREPLY[@]}" | sort | xargs' bash "$@" 2>&1
}

# complete_zsh WORD...: what zsh is given to choose from, whatever the last word begins with.
complete_zsh() {
    zsh -fc 'compadd() { [[ $1 != -- ]] || shift; print -l -- "$@"; }
        _files() { print files; }
        words=("$@") CURRENT=$#
        source conf/completion/_hallmarkctl' zsh "$@" 2>&1 | sort | xargs
}

# offers SHELL WANTED WORD...
offers() {
    local file=conf/completion/hallmarkctl.bash wanted=$2 got
    [[ $1 == bash ]] || file=conf/completion/_hallmarkctl
    got=$("complete_$1" "${@:3}")
    [[ $got == "$wanted" ]] || echo "$file:1: for \"${*:2}\" it offers \"$got\" and not \"$wanted\""
}

# A program that answers as the daemon does.
stub() {
    local folder
    folder=$(mktemp -d)
    printf '#!/bin/sh\necho '\''[{"device":"abcdef0123456789","zone":"trusted"},{"device":"1234567890","zone":"garage"}]'\' \
        >"$folder/hallmarkctl"
    chmod +x "$folder/hallmarkctl"
    echo "$folder"
}

bash_completes() {
    local stub
    stub=$(stub)
    offers bash 'quarantine' hallmarkctl qua
    offers bash 'trust' hallmarkctl trus
    offers bash 'add list refresh remove' hallmarkctl trust ''
    offers bash '--force' hallmarkctl trust refresh --fo
    offers bash '--config --confirm' hallmarkctl reload --con
    offers bash '12345678 abcdef01' "$stub/hallmarkctl" explain ''
    offers bash 'abcdef01' "$stub/hallmarkctl" --json log show ab
    offers bash 'garage' "$stub/hallmarkctl" allow 1234 --zone ga
    offers bash '' /nonexistent/hallmarkctl explain ''
    offers bash 'crl' hallmarkctl trust add cr
    rm -r "$stub"
}

zsh_completes() {
    local stub
    stub=$(stub)
    zsh -n conf/completion/_hallmarkctl 2>&1 | sed 's|^|conf/completion/_hallmarkctl:1: |'
    offers zsh 'add list refresh remove' hallmarkctl trust ''
    offers zsh '--config --force --help --json --socket --version' hallmarkctl trust refresh --
    offers zsh '12345678 abcdef01' "$stub/hallmarkctl" --json explain ''
    offers zsh 'garage restricted trusted trusted' "$stub/hallmarkctl" allow 1234 --zone ''
    offers zsh '' /nonexistent/hallmarkctl explain ''
    offers zsh 'files' hallmarkctl inspect ''
    rm -r "$stub"
}

fixture 'a command that no completion has' daemon/hallmarkctl.c 'static const struct command commands[] = {
	{ "dance", "", "", ctl_dance, 0, 0, 0 },
};'
lint_main
