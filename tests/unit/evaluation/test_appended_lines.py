"""Files that grow by whole lines: torn ends, two writers, and a disk that is full."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codex_lsp.errors import CodexLspError, UsageError
from codex_lsp.evaluation.appended_lines import AppendedLines


def test_lines_are_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    with AppendedLines(path) as file:
        file.write({"a": "\ud800"})
        assert json.loads(path.read_text()) == {"a": "\ud800"}
    with AppendedLines(path) as file:
        file.write({"a": 2})
    assert len(path.read_text().splitlines()) == 2


@pytest.mark.parametrize("torn", [b'{"a": 2', b'{"a": "' + b"x" * 200_000])
def test_a_torn_last_line_is_dropped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"a": 1}\n' + torn)
    with AppendedLines(path) as file:
        file.write({"a": 3})
    assert path.read_bytes() == b'{"a": 1}\n{"a": 3}\n'


def test_a_file_that_is_nothing_but_torn(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b"{")
    with AppendedLines(path):
        assert path.read_bytes() == b""


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    with AppendedLines(path), pytest.raises(UsageError, match="another run is writing it"), AppendedLines(path):
        pass


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CodexLspError, match="cannot be written"), AppendedLines(tmp_path):
        pass


_FULL = """
import resource, sys
from pathlib import Path
from codex_lsp.errors import CodexLspError
from codex_lsp.evaluation.appended_lines import AppendedLines

resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
with AppendedLines(Path(sys.argv[1])) as file:
    try:
        for number in range(100):
            file.write({"number": number})
    except CodexLspError as error:
        print(error)
"""


def test_a_full_disk_loses_the_line_in_flight_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    run = subprocess.run([sys.executable, "-c", _FULL, str(path)], capture_output=True, text=True, check=True)
    assert "make room there, and the same command goes on" in run.stdout
    lines = path.read_text().splitlines(keepends=True)
    assert [json.loads(line)["number"] for line in lines] == list(range(len(lines)))
    assert len(lines) == 100 // len('{"number": 0}\n')
    assert lines[-1].endswith("\n")
