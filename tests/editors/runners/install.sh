#!/usr/bin/env bash
# Installs vitest and jest under .editors/runners, for the tests that run generated tests with them.
# Safe to run again: a stamp names the versions that are there.
set -euo pipefail

PACKAGES="vitest@4.1.12 jest@30.5.2 ts-jest@29.4.15 typescript@5.9.3"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
home="$root/.editors/runners"

if [ -f "$home/installed" ] && [ "$(cat "$home/installed")" = "$PACKAGES" ]; then
    exit 0
fi
command -v npm >/dev/null || { echo "install.sh: npm is missing; run make test-editors, which brings it" >&2; exit 1; }
rm -rf "$home"
mkdir -p "$home"
cd "$home"
# A package of its own, so that npm does not walk up to another one.
echo '{ "private": true }' >package.json
echo "Installing $PACKAGES"
# shellcheck disable=SC2086  # one word is one package
npm install --ignore-scripts --no-audit --no-fund $PACKAGES
echo "$PACKAGES" >installed
