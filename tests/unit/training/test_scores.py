"""The card's scores: every figure of a result, its baselines beside it, and what is open."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex_lsp.errors import TrainingError
from codex_lsp.training.scores import is_result, merged, read_benchmark_result, read_result, score_lines


def column(bits: float | None, exact: float) -> dict[str, Any]:
    times = {"p50": 1.25, "p95": 20.0}
    return {
        "bits_per_byte": bits,
        "line_exact_match": exact,
        "line_edit_similarity": 0.5,
        "by": {
            "combinations": {
                "uniform_with_suffix": {
                    "line_exact_match": exact,
                    "line_edit_similarity": 0.5,
                    "cursors": 300,
                    "silent": 1,
                }
            },
            "languages": {"python": {"bits_per_byte": bits, "bytes": 1000}, "go": {"bits_per_byte": None, "bytes": 0}},
        },
        "decode_ms": {"first_token": times, "token": times, "completion": {"p50": None, "p95": None}},
    }


def result() -> dict[str, Any]:
    return {
        **column(1.234, 0.25),
        "baselines": {"kneser-ney-6-gram": column(2.5, 0.1), "mute": column(None, 0.0)},
        "manifest": {
            "kind": "lines",
            "model": "models/own",
            "seed": 0,
            "command": "codex-lsp evaluate lines corpus --json",
            "date": "2030-01-02T03:04:05+00:00",
            "versions": {"codex-lsp": "0.2.0"},
            "similarity": "Ratcliff-Obershelp",
            "window_characters": 4096,
            "n": 4,
            "cursors": 300,
            "material": {"files": 12, "packages": ["click", "twisted"]},
        },
    }


def test_every_figure_is_shown_beside_the_baselines() -> None:
    card = score_lines(result())
    assert "| measure | this model | kneser-ney-6-gram | mute |" in card
    assert "| bits per byte | 1.234 | 2.500 | open |" in card
    assert "| bits per byte, python (1000 bytes) | 1.234 | 2.500 | open |" in card
    assert "| line exact match, cursor at any character, with suffix | 25.0% | 10.0% | 0.0% |" in card
    assert "| line edit similarity, cursor at any character, left to right | open | open | open |" in card
    assert "| milliseconds a decode step, p50 / p95 | 1.2 / 20.0 | 1.2 / 20.0 | 1.2 / 20.0 |" in card
    assert "| HumanEval | open | open | open |" in card
    assert "codex-lsp evaluate lines corpus --json" in card
    said = "\n".join(card)
    assert "(click, twisted)" in said
    assert "go (0 bytes)" not in said
    widths = {line.count("|") for line in card if line.startswith("|")}
    assert widths == {5}


def test_without_a_result_the_card_says_so() -> None:
    assert "Not measured" in score_lines(None)[-1]


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    for text in ("", "[]", "{}", '{"manifest": {"kind": "run"}}', '{"manifest": {"kind": "lines"}, "by": 1}'):
        path.write_text(text)
        with pytest.raises(TrainingError, match=r"result\.json"):
            read_result(path)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_result(tmp_path / "none.json")
    with pytest.raises(TrainingError, match="no result"):
        score_lines({"cursors": 3})
    assert not is_result(None)


def test_a_result_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(json.dumps(result()))
    assert read_result(tmp_path / "result.json") == result()


def test_results_of_the_same_places_stand_beside_each_other() -> None:
    other = result()
    other["manifest"] |= {"model": "models/draft", "command": "codex-lsp evaluate lines corpus --model draft --json"}
    other["baselines"] = {"another": column(3.0, 0.0)}
    card = score_lines(merged([(Path("own"), result()), (Path("other"), other)]))
    assert "| measure | this model | kneser-ney-6-gram | mute | draft | another |" in card
    assert card[-2].splitlines() == [result()["manifest"]["command"], other["manifest"]["command"]]


@pytest.mark.parametrize("name", ["seed", "cursors", "material"])
def test_results_of_other_places_are_refused(name: str) -> None:
    other = result()
    other["manifest"] |= {"model": "models/draft", name: "another"}
    with pytest.raises(TrainingError, match=f"other: has another {name} than own"):
        merged([(Path("own"), result()), (Path("other"), other)])


def test_another_result_of_the_model_adds_languages() -> None:
    other = result()
    other["manifest"] |= {"cursors": 1, "material": {"files": 99, "packages": []}}
    other["by"]["languages"] = {
        "python": {"bits_per_byte": 9.0, "bytes": 1},
        "sql": {"bits_per_byte": 2.0, "bytes": 10},
    }
    card = score_lines(merged([(Path("own"), result()), (Path("other"), other)]))
    assert "| bits per byte, python (1000 bytes) | 1.234 | 2.500 | open |" in card
    assert "| bits per byte, sql (10 bytes) | 2.000 | open | open |" in card


def humaneval() -> dict[str, Any]:
    return {
        "pass@1": 0.021,
        "pass@10": None,
        "intervals": {"pass@1": [0.004, 0.045], "pass@10": None},
        "temperatures": {"pass@1": 0.2, "pass@10": None},
        "manifest": {"run": {"benchmark": "humaneval"}, "command": "codex-lsp evaluate humaneval"},
    }


def test_a_benchmark_stands_among_the_scores(tmp_path: Path) -> None:
    path = tmp_path / "humaneval.json"
    path.write_text(json.dumps(humaneval()))
    card = "\n".join(score_lines(result() | {"benchmarks": read_benchmark_result(path)}))
    assert "| HumanEval pass@1, temperature 0.2 | 2.10% (0.40% to 4.50%) | open | open |" in card
    assert "| HumanEval infilling, single line | open | open | open |" in card
    assert "| HumanEval | open" not in card
    assert "pass@10" not in card
    assert card.rstrip().endswith("codex-lsp evaluate humaneval\n```")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"manifest": {"run": {"benchmark": "humaneval"}}}'])
def test_what_is_no_result_of_a_benchmark_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "humaneval.json"
    path.write_text(text)
    with pytest.raises(TrainingError, match=r"no result of a benchmark .*evaluate humaneval"):
        read_benchmark_result(path)
