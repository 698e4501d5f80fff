"""What `codex-lsp stats` says of a session in a real editor."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TIMEOUT_S = 120.0
POLL_S = 0.5


def wait_for_figures(data: Path, holds: Callable[[Any], bool]) -> Any:
    """Ask until the figures in the data folder `data` are as they should be: servers write them after a while."""
    deadline = time.monotonic() + TIMEOUT_S
    command = [sys.executable, "-m", "codex_lsp", "stats", "--json"]
    while True:
        run = subprocess.run(command, env=os.environ | {"XDG_DATA_HOME": str(data)}, capture_output=True, check=True)
        found = json.loads(run.stdout)
        if holds(found):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(POLL_S)
