"""What the model card says of a model's scores, out of a result of `codex-lsp evaluate lines --json`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError

_MEND = "write one with `codex-lsp evaluate lines CORPUS --model EXPORT --json > RESULT.json`"
_COMBINATIONS = {
    "uniform_with_suffix": "cursor at any character, with suffix",
    "uniform_left_to_right": "cursor at any character, left to right",
    "first_non_blank_with_suffix": "cursor at the line's first non-blank, with suffix",
    "first_non_blank_left_to_right": "cursor at the line's first non-blank, left to right",
}
_TIMES = {
    "first_token": "milliseconds to the first token",
    "token": "milliseconds a decode step",
    "completion": "milliseconds a completion",
}
_ALIKE = ("material", "seed", "cursors", "n", "combinations", "bytes_per_language", "window_characters", "similarity")
"""What two results have to share for their columns to stand beside each other."""
_BENCHMARKS = {"humaneval": "HumanEval", "infilling single-line": "HumanEval infilling, single line"}
"""Those that a card speaks of, by the names of results; without one the cells say so, lest silence pass for a score."""


def read_result(path: Path) -> dict[str, Any]:
    """A result file, checked.

    Raises:
        TrainingError: It cannot be read, or is something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__}); {_MEND}") from error
    if not is_result(found):
        raise TrainingError(f"{path}: no result of line completion; {_MEND}")
    return cast("dict[str, Any]", found)


def merged(results: Sequence[tuple[Path, Mapping[str, Any]]]) -> dict[str, Any]:
    """The first result with what the others add.

    A result of the same model adds the languages that the first lacks; one of another model becomes a baseline beside
    it, with its own baselines.

    Raises:
        TrainingError: One of another model was measured at other places, or otherwise.
    """
    (first, result), *others = results
    baselines, commands = dict(result["baselines"]), [result["manifest"]["command"]]
    languages = dict(result["by"]["languages"])
    for path, other in others:
        commands.append(other["manifest"]["command"])
        if _model(other) == _model(result):
            languages = {**other["by"]["languages"], **languages}
            continue
        odd = next((name for name in _ALIKE if other["manifest"].get(name) != result["manifest"].get(name)), None)
        if odd is not None:
            raise TrainingError(f"{path}: has another {odd} than {first}; measure both at the same places")
        column = {name: value for name, value in other.items() if name not in ("baselines", "manifest")}
        baselines |= {_model(other): column, **other["baselines"]}
    by = {**result["by"], "languages": dict(sorted(languages.items()))}
    return {
        **result,
        "by": by,
        "baselines": baselines,
        "manifest": {**result["manifest"], "command": "\n".join(commands)},
    }


def read_benchmark_result(path: Path) -> list[dict[str, Any]]:
    """What `evaluate humaneval --json` and its like wrote, as the rows of a card.

    Raises:
        TrainingError: It cannot be read, or is something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        made = found["manifest"]["run"]
        return [
            {
                "benchmark": str(made["benchmark"]),
                "measure": name,
                "value": float(found[name]),
                "interval": [float(bound) for bound in found["intervals"][name]],
                "temperature": found["temperatures"][name],
                "command": str(found["manifest"]["command"]),
            }
            for name in found["intervals"]
            if found[name] is not None
        ]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TrainingError(
            f"{path}: no result of a benchmark ({type(error).__name__}); write one with `codex-lsp evaluate humaneval "
            "--json > RESULT.json`"
        ) from error


def _model(result: Mapping[str, Any]) -> str:
    return Path(result["manifest"]["model"]).name


def is_result(value: object) -> bool:
    """Whether a value is what `evaluate lines --json` writes."""
    if not isinstance(value, dict):
        return False
    found = cast("dict[str, Any]", value)
    made = found.get("manifest")
    named = isinstance(made, dict) and cast("dict[str, Any]", made).get("kind") == "lines"
    return named and all(isinstance(found.get(name), dict) for name in ("by", "decode_ms", "baselines"))


def score_lines(result: Mapping[str, Any] | None) -> list[str]:
    """The card's section on scores, in Markdown; None where nothing was measured.

    Raises:
        TrainingError: It is something else than a result.
    """
    if result is None:
        return ["## How it scores", "", "Not measured: this is an intermediate checkpoint."]
    if not is_result(result):
        raise TrainingError(f"the scores in the manifest are no result of line completion; {_MEND}")
    columns = [("this model", result), *result["baselines"].items()]
    return [
        "## How it scores",
        "",
        _measured_on(result["manifest"]),
        "",
        f"| measure | {' | '.join(name for name, _ in columns)} |",
        f"|---{'|---' * len(columns)}|",
        *_rows([column for _, column in columns]),
        *_benchmark_rows(result.get("benchmarks", ()), len(columns)),
        "",
        "The rest of a drawn line is taken out of the document, what follows the line stays or (left to right) is "
        "dropped, and the answer is the first line of what an editor would show as best. It is exact when it equals "
        "what stood there after trailing blanks are stripped; showing nothing is a miss. Edit similarity is "
        f"{result['manifest']['similarity']}, bits per byte are left to right over the first "
        f"{result['manifest']['window_characters']} characters of files, the header given. Decode steps take all "
        f"{result['manifest']['n']} rows of a completion one token on; times are of the machine that measured.",
        "",
        f"Measured {result['manifest']['date'][:10]} by codex-lsp {result['manifest']['versions']['codex-lsp']}:",
        "",
        "```sh",
        result["manifest"]["command"],
        *dict.fromkeys(row["command"] for row in result.get("benchmarks", ())),
        "```",
    ]


def _measured_on(made: Mapping[str, Any]) -> str:
    packages = made["material"]["packages"]
    what = f"packages no part of which was trained on ({', '.join(packages)})" if packages else "source files"
    return f"On {made['material']['files']} files of {what}, current file only, {made['cursors']} cursors each:"


def _rows(columns: list[Mapping[str, Any]]) -> list[str]:
    model = columns[0]
    rows = [_row("bits per byte", [_number(column["bits_per_byte"]) for column in columns])]
    for language, figures in model["by"]["languages"].items():
        if figures["bits_per_byte"] is not None:
            found = [column["by"]["languages"].get(language, {}).get("bits_per_byte") for column in columns]
            rows.append(
                _row(f"bits per byte, {language} ({figures['bytes']} bytes)", [_number(bits) for bits in found])
            )
    for combination, shown in _COMBINATIONS.items():
        found = [column["by"]["combinations"].get(combination) for column in columns]
        exact = ["open" if figures is None else f"{figures['line_exact_match']:.1%}" for figures in found]
        near = ["open" if figures is None else _number(figures["line_edit_similarity"]) for figures in found]
        rows += [_row(f"line exact match, {shown}", exact), _row(f"line edit similarity, {shown}", near)]
    for key, shown in _TIMES.items():
        times = [column["decode_ms"][key] for column in columns]
        rows.append(_row(f"{shown}, p50 / p95", [f"{_number(ms['p50'], 1)} / {_number(ms['p95'], 1)}" for ms in times]))
    return rows


def _benchmark_rows(found: Sequence[Mapping[str, Any]], columns: int) -> list[str]:
    others = ["open"] * (columns - 1)
    rows = [_row(_benchmark_name(row), [_share(row["value"], row["interval"]), *others]) for row in found]
    known = {row["benchmark"] for row in found}
    return rows + [_row(name, ["open", *others]) for key, name in _BENCHMARKS.items() if key not in known]


def _benchmark_name(row: Mapping[str, Any]) -> str:
    name = _BENCHMARKS.get(row["benchmark"], row["benchmark"])
    return f"{name} {row['measure']}, temperature {row['temperature']:g}"


def _share(value: float, interval: Sequence[float]) -> str:
    return f"{value:.2%} ({interval[0]:.2%} to {interval[1]:.2%})"


def _row(name: str, cells: list[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def _number(value: float | None, digits: int = 3) -> str:
    return "open" if value is None else f"{value:.{digits}f}"
