# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Counts expectations. Sourced by tests/demo and tests/system/*.

held=0 missed=0 missed_texts=()
red='' green='' bold='' plain=''
if [[ -t 1 ]]; then
    red=$'\e[31m' green=$'\e[32m' bold=$'\e[1m' plain=$'\e[0m'
fi

step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# indent: four columns, from standard input.
indent() { sed 's/^/    /'; }

# verdict STATUS TEXT [OUTPUT]: counts one expectation.
verdict() {
    if ((!$1)); then
        held=$((held + 1))
        printf '  %sheld%s    %s\n' "$green" "$plain" "$2"
        return
    fi
    missed=$((missed + 1))
    missed_texts+=("$2")
    printf '  %sFAILED%s  %s\n' "$red" "$plain" "$2"
    [[ -z ${3:-} ]] || printf '%s\n' "$3" | sed 's/^/          /'
}

# expect TEXT COMMAND...: the command succeeds.
expect() {
    local text=$1 output status=0
    shift
    output=$("$@" 2>&1) || status=$?
    verdict $((status != 0)) "$text" "$output"
}

# expect_status WANTED TEXT COMMAND...: the command ends with this status.
expect_status() {
    local wanted=$1 text=$2 output status=0
    shift 2
    output=$("$@" 2>&1) || status=$?
    verdict $((status != wanted)) "$text" "status $status, wanted $wanted: $output"
}

# expect_is TEXT WANTED GOT
expect_is() { verdict "$([[ $2 == "$3" ]]; echo $?)" "$1" "wanted: $2, got: $3"; }

# expect_match TEXT REGEX GOT
expect_match() { verdict "$([[ $3 =~ $2 ]]; echo $?)" "$1" "no match of $2 in: $3"; }

# wait_for SECONDS COMMAND...: until the command succeeds; false when it never did. The seconds are those of an idle machine: a loaded
# one has a minute more.
wait_for() {
    local end=$((SECONDS + $1 + 60))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# tally NAME: the closing line; false when an expectation failed or there was none.
tally() {
    printf '\n%s: %d expectations held, %d failed\n' "$1" "$held" "$missed"
    ((missed == 0)) || printf '  FAILED: %s\n' "${missed_texts[@]}"
    ((missed == 0 && held > 0))
}
