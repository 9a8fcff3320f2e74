#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The hosting site's files are YAML; each script that a workflow runs is a program that is there, each preset exists, forms ask for something,
# and actions are pinned by a whole version.
source "$(dirname "$0")/../lib/lint.bash"

lint() { python hosted.py; }

# steps TEXT: a workflow with one job of these steps.
steps() { printf 'on: push\njobs:\n  x:\n    steps:\n      - %s' "$1"; }

workflow=.github/workflows/x.yml
fixture 'good: a pinned action' $workflow "$(steps 'uses: actions/checkout@v4.2.2')"
fixture 'an action of whatever version' $workflow "$(steps 'uses: actions/checkout@v4')"
fixture 'a script that is not there' $workflow "$(steps 'run: tests/none x')"
fixture 'a preset that is not there' $workflow "$(steps 'run: cmake --preset none')"
fixture 'no YAML' $workflow 'on: [push'
fixture 'no job' $workflow 'on: push'
fixture 'a form without a field' .github/ISSUE_TEMPLATE/x.yml 'name: x
description: y
body: []'
fixture 'good: a form' .github/ISSUE_TEMPLATE/x.yml 'name: x
description: y
body:
  - type: input
    id: z
    attributes: { label: z }'
lint_main
