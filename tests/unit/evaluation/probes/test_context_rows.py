"""Ready-made contexts, in the format of openai/code-align-evals-data."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.probes.alignment_contexts import from_rows
from codex_lsp.evaluation.probes.context_rows import context_rows


def row(kind: str, name: str, *, context: str) -> dict[str, Any]:
    return {
        "task_type": "py_synthesize_function",
        "task_id": f"{kind}/0#{name}",
        "metadata": {"author": "us"},
        "env_data": {
            "prompt": f"{context}\n\n#CONTEXT FUNS END\ndef {name}(x):\n    '''Twice.'''\n",
            "entry_point": name,
            "canonical_solution": "    return 2 * x\n",
            "test": "def check(candidate):\n    assert candidate(2) == 4\n\n"
            f"if __name__ == '__main__':\n    check({name})\n",
        },
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(one) + "\n" for one in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def test_good_and_buggy_rows_are_paired_by_name(tmp_path: Path) -> None:
    good = write(tmp_path / "good.jsonl", [row("good", name, context="def a(): return 1") for name in ("f", "g", "h")])
    buggy = write(tmp_path / "buggy.jsonl.gz", [row("bad", name, context="def a(): return 2") for name in ("g", "f")])
    found = from_rows(context_rows(good), context_rows(buggy))
    assert [one.task.entry_point for one in found] == ["f", "g"]
    first = found[0]
    assert first.task.prompt == "def f(x):\n    '''Twice.'''\n"
    assert first.task.test == "def check(candidate):\n    assert candidate(2) == 4\n\n"
    assert (first.good, first.buggy) == ("def a(): return 1\n\n", "def a(): return 2\n\n")


@pytest.mark.parametrize("text", ["", "{}\n", '{"env_data": {"prompt": 3}}\n', "nothing\n", "[]\n"])
def test_what_is_no_such_file_is_told_by_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"rows\.jsonl"):
        context_rows(path)
    with pytest.raises(UsageError, match="no such file"):
        context_rows(tmp_path / "missing.jsonl")
