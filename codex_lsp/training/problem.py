"""A standalone problem to learn from: a function's head and docstring, its body, and checks that the body passes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import TrainingError
from codex_lsp.training.manifest import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem, in the fields of HumanEval and two more.

    Attributes:
        task_id: Its name, unique in its file.
        prompt: Imports, helpers, signature and docstring; ends in a line end.
        entry_point: The function that is to be written.
        canonical_solution: Its body, indented, as a completion of the prompt.
        test: Source that defines `check(candidate)`.
        source: `exercises`, or `traced NAME VERSION` for a package.
        family: What kind of exercise, or the module the function comes from.
    """

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str
    source: str
    family: str

    def line(self) -> str:
        """The problem as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @property
    def program(self) -> str:
        """The solved problem: prompt and body."""
        return self.prompt + self.canonical_solution


_FIELDS = tuple(field.name for field in fields(Problem))


def write_problems(path: Path, problems: Iterable[Problem]) -> None:
    """Write a file of problems, whole or not at all."""
    text = "".join(problem.line() for problem in problems)
    write_atomically(path, text.encode("utf-8", "backslashreplace"))


def read_problems(path: Path) -> Iterator[Problem]:
    """The problems of a file that `train problems` wrote, in its order.

    Raises:
        TrainingError: The file is missing, or a line is not a problem; the message names the line.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                yield _parsed(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: cannot be read ({error}); write it with `codex-lsp train problems`") from error


def _parsed(path: Path, number: int, line: str) -> Problem:
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or not all(isinstance(cast("Any", row.get(name)), str) for name in _FIELDS):
        raise TrainingError(f"{path}, line {number}: not a problem; write the file with `codex-lsp train problems`")
    known = cast("dict[str, str]", row)
    return Problem(**{name: known[name] for name in _FIELDS})
