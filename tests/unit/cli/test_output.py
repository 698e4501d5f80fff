"""What commands write survives streams that are closed, full or hostile to a terminal."""

import subprocess
import sys
from pathlib import Path

import pytest

from codex_lsp.cli import output

SAY = "from codex_lsp.cli.output import *; write_line('a\\x1b[31mb'); progress('c\\x1b\\nd')"


def run(code: str, redirection: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", f'"$1" -c "$2" {redirection}', "sh", sys.executable, code], capture_output=True, check=False
    )


def test_control_characters_are_shown_not_obeyed() -> None:
    ended = run(SAY, "")
    assert ended.stdout == b"a\\x1b[31mb\n"
    assert ended.stderr == b"c\\x1b\\nd\n"


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "2>/dev/full"])
def test_a_closed_or_full_stream_is_no_failure(redirection: str) -> None:
    assert run(SAY, redirection).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_results_that_cannot_be_written_are_one_line() -> None:
    code = """
import sys
from codex_lsp.cli import output
from codex_lsp.errors import CodexLspError
try:
    output.write_json({})
except CodexLspError as error:
    sys.exit(str(error))
"""
    ended = run(code, ">/dev/full")
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"standard output cannot be written (No space left on device)")


def test_what_the_terminal_cannot_encode_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_line("lone \ud800 surrogate")
    assert capsys.readouterr().out == "lone \\ud800 surrogate\n"
