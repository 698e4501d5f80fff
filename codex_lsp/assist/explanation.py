"""The document that explains a function, in Markdown: what is in it, and how it reads."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codex_lsp.assist.call_sites import Caller
from codex_lsp.assist.function import Parameter, ParameterKind, PythonFunction
from codex_lsp.assist.function_facts import FunctionFacts, RaisedError

_MOST_VALUE = 160
_HOW = {
    ParameterKind.POSITIONAL_ONLY: "by position only",
    ParameterKind.KEYWORD_ONLY: "by name only",
    ParameterKind.VAR_POSITIONAL: "any number by position",
    ParameterKind.VAR_KEYWORD: "any others by name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that a document about a function is made of.

    Attributes:
        function: The one.
        facts: Of it.
        path: Of its file, as shown.
        callers: Places that call it.
        returned: Calls that were made, and the values that they gave.
        raised: Calls that were made, and the exceptions that they raised.
        changes_arguments: Some call was seen to change what it was given.
        not_run: Why nothing was run; empty where it was.
        words: The model's own; empty where there are none.
        model: Whose.
    """

    function: PythonFunction
    facts: FunctionFacts
    path: str
    callers: tuple[Caller, ...]
    returned: tuple[tuple[str, str], ...]
    raised: tuple[tuple[str, str], ...]
    changes_arguments: bool
    not_run: str
    words: str
    model: str


def explanation_text(given: Explanation) -> str:
    """The document."""
    function = given.function
    parts = [
        f"# {code(function.qualname)}",
        f"{_what(function)} in {given.path}, lines {function.line} to {function.end_line}.",
        f"```python\n{_header(function)}\n```",
        *_opening(given),
        *_section("Takes", _takes(function)),
        *_section("Gives", _gives(given)),
        *_section("Raises", map(_raised, given.facts.raises)),
        *_section("Does besides", _does(given)),
        *_section("Calls", _calls(given.facts)),
        *_section("Called by", map(_caller, given.callers)),
        *_examples(given),
    ]
    return "\n\n".join(parts) + "\n"


def code(text: str) -> str:
    """A text as a span of code, on one line; backticks in it do not end it (CommonMark 0.31, "Code spans").

    >>> code("a`b")
    '`` a`b ``'
    """
    line = " ".join(text.split())
    line = line if len(line) <= _MOST_VALUE else f"{line[:_MOST_VALUE]}…"
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (max(len(run) for run in re.findall("`+", line)) + 1)
    return f"{fence} {line} {fence}"


def _what(function: PythonFunction) -> str:
    kind = "property" if function.is_property else "method" if function.is_method else "function"
    return f"{'An async' if function.is_async else 'A'} {kind}"


def _header(function: PythonFunction) -> str:
    return "\n".join((*(f"@{each}" for each in function.decorators), function.signature))


def _opening(given: Explanation) -> Iterator[str]:
    """What its author says, and the model where its words may be shown."""
    first = (given.function.docstring or "").split("\n\n")[0].strip()
    if first:
        yield "\n".join(f"> {line}".rstrip() for line in first.splitlines())
    if given.words:
        yield given.words
        yield f"*In the words of {given.model}, which nothing has checked. What follows was read or run.*"


def _section(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    """A list under a heading; nothing where it would be empty."""
    items = [f"- {line}" for line in lines]
    if items:
        yield f"## {title}"
        yield "\n".join(items)


def _takes(function: PythonFunction) -> Iterator[str]:
    taken = function.parameters[1:] if function.is_bound else function.parameters
    if not taken:
        yield "nothing"
    yield from map(_parameter, taken)


def _parameter(parameter: Parameter) -> str:
    parts = [code(parameter.name)]
    parts += [_typed(parameter.annotation)] if parameter.annotation else []
    parts += [_HOW[parameter.kind]] if parameter.kind in _HOW else []
    parts += [f"{code(parameter.default)} where it is not given"] if parameter.default is not None else []
    return ", ".join(parts)


def _typed(annotation: str) -> str:
    return f"{'an' if annotation[0] in 'aeioAEIO' else 'a'} {code(annotation)}"


def _gives(given: Explanation) -> Iterator[str]:
    function, facts = given.function, given.facts
    if facts.yields:
        yield "values one after the other: it is a generator"
    elif not facts.returns_value:
        yield "nothing: `None`"
    if function.returns and (facts.yields or facts.returns_value):
        yield f"{_typed(function.returns)}, as it is annotated"
    elif facts.returns_value:
        yield "a value; it is not annotated"


def _raised(error: RaisedError) -> str:
    where = f" where {code(error.condition)}" if error.condition else ""
    said = f", saying “{error.message}”" if error.message else ""
    return f"{code(error.name)}{where}{said}"


def _does(given: Explanation) -> Iterator[str]:
    facts = given.facts
    if given.changes_arguments:
        yield "changes what it is given: seen when it was run"
    if facts.prints:
        yield "prints"
    if facts.asks:
        yield "waits for input"
    if facts.touches_files:
        yield "calls what opens or changes files"
    if facts.globals_changed:
        yield f"sets names outside of itself: {', '.join(map(code, facts.globals_changed))}"
    if facts.calls_itself:
        yield "calls itself"


def _calls(facts: FunctionFacts) -> Iterator[str]:
    raised = {error.name for error in facts.raises}
    yield from (code(name) for name in facts.calls if name not in raised)


def _caller(caller: Caller) -> str:
    inside = code(caller.inside) if caller.inside else "the module itself"
    return f"{inside} ({caller.path}, line {caller.line})"


def _examples(given: Explanation) -> Iterator[str]:
    if given.not_run:
        yield "## Examples"
        yield f"Not run: {given.not_run}."
        return
    rows = [f"{code(call)} gives {code(value)}" for call, value in given.returned]
    rows += [f"{code(call)} raises {code(name)}" for call, name in given.raised]
    if rows:
        yield from _section("Examples", rows)
        yield "*Each was run in a sandbox, twice, to the same end.*"
