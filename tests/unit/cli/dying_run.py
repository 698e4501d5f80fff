"""Runs `codex-lsp` and dies in the middle of a line of a file of its run: FOLDER FILE LINES, then the arguments.

As a machine that loses power would: so many whole lines and a torn one stand in the file, and nothing is tidied up.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from codex_lsp.cli.main import main
from codex_lsp.evaluation import harness_run

_MADE_BY = {harness_run.SAMPLES: "sample_line", harness_run.RESULTS: "result_line"}
_TORN_BYTES = 20


def dying(made_by: Callable[..., Mapping[str, Any]], path: Path, lines: int) -> Callable[..., Mapping[str, Any]]:
    """What makes the lines, until there are enough of them."""
    calls = itertools.count()

    def line(*arguments: object) -> Mapping[str, Any]:
        made = made_by(*arguments)
        if next(calls) == lines:
            with path.open("ab") as file:
                file.write(json.dumps(made).encode()[:_TORN_BYTES])
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    return line


if __name__ == "__main__":
    folder, file, lines, *arguments = sys.argv[1:]
    setattr(harness_run, _MADE_BY[file], dying(getattr(harness_run, _MADE_BY[file]), Path(folder) / file, int(lines)))
    sys.exit(main([*arguments, "--out", folder]))
