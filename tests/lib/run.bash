# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Builds presets, runs ctest and adds up. Sourced by tests/check and .ci/run, with the top of the tree as directory.

passed=0 failed=0 skipped=0

# build PRESET [CMAKE-OPTION...]: a failed build ends the run.
build() {
    local preset=$1
    shift
    echo "== build $preset"
    if ! cmake --preset "$preset" "$@" >"$(log_of "$preset")" 2>&1 ||
        ! cmake --build --preset "$preset" >>"$(log_of "$preset")" 2>&1; then
        tail -n 60 "$(log_of "$preset")"
        failed=$((failed + 1))
        summary
        exit 1
    fi
}

log_of() {
    mkdir -p build
    echo "build/$1.log"
}

# attribute NAME REPORT: a number of ctest's report; 0 when there is none.
attribute() {
    local value
    value=$(sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\"\$/\1/p" "$2" 2>/dev/null | head -n 1)
    echo "${value:-0}"
}

# run_tests PRESET [CTEST-OPTION...]: adds ctest's own figures to the sum; no test at all counts as a failure.
run_tests() {
    local preset=$1 report tests failures skips
    shift
    echo "== test $preset"
    report=$PWD/build/$preset.xml
    rm -f "$report"
    ctest --preset "$preset" --parallel "$(($(nproc) + 2))" --output-junit "$report" "$@" </dev/null || true
    tests=$(attribute tests "$report")
    failures=$(attribute failures "$report")
    skips=$(attribute skipped "$report")
    if ! ((tests)); then
        echo "$preset: no test ran" >&2
        failed=$((failed + 1))
        return
    fi
    passed=$((passed + tests - failures - skips))
    failed=$((failed + failures))
    skipped=$((skipped + skips))
}

# summary: the closing line; false when anything failed.
summary() {
    local line="$passed passed, $failed failed"
    ((skipped)) && line+=", $skipped skipped"
    echo "$line"
    ((failed == 0))
}
