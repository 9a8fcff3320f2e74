#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Nothing names a developer's machine or the host of a package registry: the project builds from the distribution.
source "$(dirname "$0")/../lib/lint.bash"

machine='(^|[^[:alnum:]_.])/(wo''rk|home/[a-z]+|ro''ot|tmp/stu''dio)/'
registry='pypi\.o''rg|files\.pythonh''osted|registry\.npm''js|crates\.i''o|proxy\.gol''ang|deb\.deb''ian|ftp\.deb''ian|rubyg''ems|conan\.i''o|ghcr\.i''o|docker\.i''o'

lint() {
    sources daemon include tests conf systemd debian docs .ci CMakeLists.txt CMakePresets.json README.md -- '*' |
        xargs -0r grep -nHIE -- "$machine|$registry"
}

fixture 'good: a relative path' tests/x.sh 'cd work/main; ls /etc/hallmark /var/lib/hallmark'
fixture 'a path of a machine' tests/x.sh 'cd /wo''rk/main'
fixture 'a home folder' docs/x.md 'see /home/''alice/x'
fixture 'a registry' CMakeLists.txt 'https://crates.i''o/x'
lint_main
