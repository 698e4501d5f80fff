"""What the two runs of a function's study told, read and brought together; pure."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codex_lsp.execution.branch_arcs import Arc

_OUTCOMES = frozenset({"returned", "raised", "timed out", "died", "refused"})
_UNSTEADY = frozenset({"MemoryError", "RecursionError", "KeyboardInterrupt"})
"""What depends on the machine, and on how deep the caller is."""
_MOST_CHARS = 10_000
"""More than our program inside ever tells: what is longer was told by what it studies."""
Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one call came to.

    Attributes:
        outcome: `returned`, `raised`, `timed out`, `died` (it ended its process), or `refused` (its arguments cannot be
            made, or it was not reached).
        value: Source text whose evaluation equals what was returned and is of its type; None where there is none.
        imports: What that text needs, as lines: `import datetime`, `from shapes import Point`.
        shown_by: `str` or `vars`, where the value has no text and what that gives of it has; else empty.
        shown: The source text of that.
        type: The name of the value's type, with its module where that is not `builtins`.
        exception: The name of what was raised, in the same way; None where nothing was.
        message: Its text; empty where that differs from time to time.
        changed_arguments: Arguments were changed in place.
        arguments_after: Their source text after the call; empty where none was changed.
        printed: What was written to standard output and standard error, the beginning of it.
        stable: It came to the same in both runs, and asked no clock, chance or machine.
        asked: What it asked of those.
        effects: What it did beside: `open for writing`, `os.remove`, `subprocess.Popen`, `socket.connect` ….
        arcs: Pairs of lines of the function that it went through, as coverage.py tells them.
    """

    outcome: str
    value: str | None = None
    imports: tuple[str, ...] = ()
    shown_by: str = ""
    shown: str = ""
    type: str = ""
    exception: str | None = None
    message: str = ""
    changed_arguments: bool = False
    arguments_after: tuple[str | None, ...] = ()
    printed: str = ""
    stable: bool = False
    asked: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    arcs: frozenset[Arc] = frozenset()


NOT_REACHED = Observation(outcome="refused", message="not reached in time")


def lines_of(reports: bytes) -> list[Line]:
    """Lines of JSON objects; others, and one that was cut, are left out."""
    found: list[Line] = []
    for line in reports.split(b"\n"):
        try:
            told: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            found.append(told)
    return found


def agreed(
    count: int, first: Sequence[Line], second: Sequence[Line], within: tuple[int, int] | None
) -> tuple[Observation, ...]:
    """What was observed of each call, as far as both runs agree."""
    one, other = _by_call(first), _by_call(second)
    return tuple(_agreed(one.get(number), other.get(number), within) for number in range(count))


def killed_by(count: int, lines: Sequence[Line], observations: Sequence[Observation]) -> tuple[frozenset[int], ...]:
    """For each mutant the stable calls that tell it apart."""
    told = {line["mutant"]: line for line in lines if isinstance(line.get("mutant"), int)}
    stable = {number for number, each in enumerate(observations) if each.stable}
    return tuple(frozenset(_numbers(told.get(number, {}).get("killed_by"))) & stable for number in range(count))


def compared_with(count: int, lines: Sequence[Line]) -> tuple[frozenset[int], ...]:
    """For each mutant the calls that it was held against the original by; none for one that was not reached."""
    told = {line["mutant"]: line for line in lines if isinstance(line.get("mutant"), int)}
    return tuple(frozenset(_numbers(told.get(number, {}).get("compared"))) for number in range(count))


def definition_of(lines: Sequence[Line]) -> tuple[int | None, str]:
    """The line that the definition begins at which the function's name leads to, or the other module that it is of."""
    told = next((line for line in lines if "imported" in line), {})
    first, module = told.get("first_line"), _text(told.get("defined_in"))
    return first if isinstance(first, int) else None, module or ""


def seconds_of(lines: Sequence[Line]) -> float:
    """Processor time of a run that came to its end; 0 where it did not."""
    told = [line.get("cpu_s") for line in lines if "done" in line]
    return sum(each for each in told if isinstance(each, float))


def _by_call(lines: Sequence[Line]) -> Mapping[int, Line]:
    told = (line for line in lines if isinstance(line.get("call"), int))
    return {line["call"]: line for line in told if _text(line.get("outcome")) in _OUTCOMES}


def _agreed(one: Line | None, other: Line | None, within: tuple[int, int] | None) -> Observation:
    if one is None or other is None:
        return NOT_REACHED
    asked = _texts(other.get("asked"))
    same = all(one.get(name) == other.get(name) for name in ("outcome", "canonical", "exception", "after", "printed"))
    exception = _text(one.get("exception"))
    ran = one["outcome"] in ("returned", "raised")
    message = _text(one.get("message")) or ""
    shown = _expression(one.get("shown")) if one.get("shown") == other.get("shown") else None
    imports = _texts(one.get("imports") if shown is None else one.get("shown_imports"))
    return Observation(
        outcome=one["outcome"],
        value=_expression(one.get("value")),
        imports=tuple(each for each in imports if _is_import(each)),
        shown_by="" if shown is None or one.get("shown_by") not in ("str", "vars") else one["shown_by"],
        shown=shown or "",
        type=_text(one.get("type")) or "",
        exception=exception,
        message=message if message == other.get("message") else "",
        changed_arguments=one.get("changed") is True,
        arguments_after=tuple(_expression(each) for each in _list(one.get("after"))),
        printed=_text(one.get("printed")) or "",
        stable=same and ran and not asked and exception not in _UNSTEADY,
        asked=asked,
        effects=_texts(other.get("effects")),
        arcs=frozenset(_arcs(one.get("arcs"), within)),
    )


def _arcs(told: object, within: tuple[int, int] | None) -> list[Arc]:
    numbers = (_numbers(each) for each in _list(told))
    pairs = [(each[0], each[1]) for each in numbers if len(each) == 2]  # noqa: PLR2004
    if within is None:
        return pairs
    first, last = within
    return [arc for arc in pairs if all(first <= abs(line) <= last for line in arc)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _numbers(value: object) -> list[int]:
    return [each for each in _list(value) if isinstance(each, int)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MOST_CHARS else None


def _expression(value: object) -> str | None:
    text = _text(value)
    return None if text is None or _parsed(text, "eval") is None else text


def _is_import(line: str) -> bool:
    tree = _parsed(line, "exec")
    return isinstance(tree, ast.Module) and [type(each) for each in tree.body] in ([ast.Import], [ast.ImportFrom])


def _parsed(text: str, mode: str) -> ast.AST | None:
    try:
        return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in map(_text, _list(value)) if each is not None)
