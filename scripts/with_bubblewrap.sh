#!/usr/bin/env bash
# Runs a command with bubblewrap on the PATH, and brings it where it is missing and can be: from the mirror that apt uses,
# unpacked into .editors/bubblewrap, without touching the system.
#   scripts/with_bubblewrap.sh .venv/bin/python -m pytest
# Without it the command runs all the same and what needs a sandbox says so; in continuous integration that is a failure.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home="$root/.editors/bubblewrap"

bring() {
    [ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
    echo "Installing bubblewrap" >&2
    rm -rf "$home"
    mkdir -p "$home/lists/partial" "$home/cache/archives/partial"
    # A private state, so that any user can do this and the system's own lists stay as they are.
    local apt=(apt-get -q -o "Dir::State::lists=$home/lists" -o "Dir::Cache=$home/cache" -o APT::Sandbox::User= -o Debug::NoLocking=true)
    "${apt[@]}" -o Acquire::Languages=none update >&2 || return 1
    (cd "$home" && "${apt[@]}" download bubblewrap >&2 && dpkg -x bubblewrap_*.deb .) || return 1
    rm -rf "$home/lists" "$home/cache"
    "$home/usr/bin/bwrap" --version >&2
}

if ! command -v bwrap >/dev/null; then
    if [ -x "$home/usr/bin/bwrap" ] || bring; then
        export PATH="$home/usr/bin:$PATH"
    elif [ -n "${CI:-}" ]; then
        echo "with_bubblewrap.sh: bubblewrap is missing and cannot be brought; install it" >&2
        exit 1
    fi
fi
exec "$@"
