"""Ready-made prompts whose context is good or buggy, in the format of openai/code-align-evals-data.

JSON lines (gzipped or not) of `{"task_id": "KIND/NUMBER#ENTRY_POINT", "env_data": {"prompt", "entry_point",
"canonical_solution", "test"}}`: the context's functions, a marker line, and the prompt of the task.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from codex_lsp.errors import UsageError
from codex_lsp.evaluation.json_lines import Line, objects_of

MARKER = "#CONTEXT FUNS END"
_MAIN = "if __name__"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextRow:
    """One prompt.

    Attributes:
        row_id: What follows the kind, for example `2#add`: the same in the good and the buggy file.
        context: What stands before the task.
        prompt: Of the task alone.
        entry_point: The function that is checked.
        test: Source that defines `check(candidate)`.
    """

    row_id: str
    context: str
    prompt: str
    entry_point: str
    test: str


def context_rows(path: Path) -> dict[str, ContextRow]:
    """The rows of a file, by their identifier.

    Raises:
        UsageError: It cannot be read, or a line is not such a row.
    """
    rows = [_row(line) for line in objects_of(path)]
    if not rows:
        raise UsageError(f"{path}: no rows; name a contexts file of code-align-evals-data")
    return {row.row_id: row for row in rows}


def _row(line: Line) -> ContextRow:
    inner: Any = line.value.get("env_data")
    if not isinstance(inner, dict):
        raise line.error("no `env_data`; name a contexts file of code-align-evals-data")
    fields = Line(path=line.path, number=line.number, value=cast("dict[str, Any]", inner))
    context, marker, prompt = fields.text("prompt").partition(MARKER)
    return ContextRow(
        row_id=line.text("task_id").rpartition("/")[2],
        context=context if marker else "",
        prompt=(prompt if marker else context).lstrip("\n"),
        entry_point=fields.text("entry_point"),
        # The module's own call of the check is not ours to make.
        test=fields.text("test").partition(_MAIN)[0],
    )
