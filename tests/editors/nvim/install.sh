#!/usr/bin/env bash
# Installs the Neovims of the editor tests under .editors/nvim; does nothing where they are there.
set -euo pipefail
cd "$(dirname "$0")/../../.."
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" tests/editors/nvim/install.py
