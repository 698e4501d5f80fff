r"""The examples of a docstring, doctests and prose, with what their author says they come to.

>>> [(case.call, case.expected) for case in prose_examples("double(2) => 4, and double([]) is empty.", "double")]
[('double(2)', '4'), ('double([])', None)]
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from codex_lsp.assist.case import Case, Origin

_MOST_CALL = 600
"""Characters of a call in prose."""
_CONNECTOR = re.compile(
    r"[ \t]*(?:#[ \t]*)?(?P<sign>={2,}>|-{1,2}>|=>|==|=|➞|→|⇒|:|"
    r"(?:should|must|will|would)[ ](?:return|give|be)|returns?|gives?|yields?|outputs?)[ \t]*|[ \t]*\n[ \t]*"
)
_SAYS = re.compile(r"(?:(?:output|result|answer) (?:should|must|will) be|Output\s*:|=>|➞|returns?)\s*", re.IGNORECASE)
_WORDS = {"true": "True", "false": "False", "none": "None", "null": "None"}
_ALTERNATIVES = re.compile(r"(?:or|and|if|unless|when|for)\b")
_RAISED = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?(?P<name>[A-Za-z_]\w*)(?::|$)")


def doctest_cases(doctests: Iterable[tuple[str, str]], name: str) -> tuple[Case, ...]:
    """The doctests that are one expression with a call of the function.

    Args:
        doctests: Source and what is printed, each.
        name: Of the function.
    """
    found = (_doctest(source.strip(), want.strip(), name) for source, want in doctests)
    return tuple(case for case in found if case is not None)


def _doctest(source: str, want: str, name: str) -> Case | None:
    node = _expression(source)
    if node is None or not _calls(node, name):
        return None
    match node:
        # `f(1) == 2`: that it holds is what is meant, whether `True` follows or nothing.
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]) if (
            want in ("", "True") and _calls(left, name) and is_literal(right)
        ):
            return Case(call=ast.unparse(left), origin=Origin.EXAMPLE, expected=ast.unparse(right))
        case _:
            call = ast.unparse(node)
    if want.startswith("Traceback"):
        raised = _RAISED.match(want.splitlines()[-1].strip())
        return Case(call=call, origin=Origin.EXAMPLE, raises=raised["name"] if raised else None)
    expected = _expression(want)
    text = (
        ast.unparse(expected) if expected is not None and (is_literal(expected) or _is_made(expected, node)) else None
    )
    # Without an answer, the call prints nothing: it gives None, or its value was of no interest.
    return Case(call=call, origin=Origin.EXAMPLE, expected=text)


def _is_made(expected: ast.expr, call: ast.expr) -> bool:
    """Whether a value is made of literals by a class that its call names too: `Fraction(1, 2)`."""
    named = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    match expected:
        case ast.Call(func=ast.Name(id=name)) if name in named:
            return all(map(is_literal, _arguments(expected)))
        case _:
            return False


def prose_examples(text: str, name: str, *, prompted: bool = False) -> tuple[Case, ...]:
    """Calls with literals that a docstring shows in its sentences, and what it says they give.

    Args:
        text: The docstring.
        name: Of the function.
        prompted: Take lines with `>>>` too: they are no doctests that can be read.
    """
    found: list[Case] = []
    for match in re.finditer(rf"(?<![\w.]){re.escape(name)}[ ]?\(", text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        call, end = _call_at(text, match.start())
        if call is None or (not prompted and line.strip().startswith((">>>", "..."))):
            continue
        expected, loose = _answer(text[end:])
        found.append(Case(call=call, origin=Origin.EXAMPLE, expected=expected, loose=loose))
    return tuple(found)


def named_examples(text: str, name: str, parameters: Sequence[str]) -> tuple[Case, ...]:
    """Examples that name the parameters and not the function: `For x = 2 the output should be 4`, `Input: 2`.

    Args:
        text: The docstring.
        name: Of the function.
        parameters: Those that a call must give.
    """
    if not parameters:
        return ()
    found: list[Case] = []
    for match in re.finditer(r"\b(?:For|Input\s*:)[ \t]*", text):
        values, end = _assigned(text, match.end(), parameters)
        if values is None:
            continue
        rest = text[end : end + _MOST_CALL].partition("\n\n")[0]
        said = _SAYS.search(re.split(r"\b(?:For|Input)\b", rest)[0])
        expected = _literal_prefix(rest[said.end() :]) if said else None
        call = f"{name}({', '.join(values)})"
        found.append(Case(call=call, origin=Origin.EXAMPLE, expected=expected, loose=True))
    return tuple(found)


def is_literal(node: ast.expr) -> bool:
    """Whether it is made of constants and displays alone."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _assigned(text: str, at: int, parameters: Sequence[str]) -> tuple[list[str] | None, int]:
    """A literal for each parameter, from a place in prose: `x = 1, y = 2`, or the only one without its name."""
    values: list[str] = []
    for number, parameter in enumerate(parameters):
        name = re.compile(rf"[\s,;]*(?:and[ ])?{re.escape(parameter)}\s*[=:]\s*").match(text, at)
        if name is None and (len(parameters) > 1 or number):
            return None, at
        start = name.end() if name else at
        found = _literal_at(text, start)
        if found is None:
            return None, at
        value, at = found
        values.append(value)
    return values, at


def _call_at(text: str, start: int) -> tuple[str | None, int]:
    """The call that begins at a place, where its arguments are literals, and where it ends."""
    for match in re.compile(r"\)").finditer(text, start, start + _MOST_CALL):
        node = _expression(text[start : match.end()])
        if node is None:
            continue
        given = isinstance(node, ast.Call) and (node.args or node.keywords)
        if isinstance(node, ast.Call) and given and all(map(is_literal, _arguments(node))):
            return ast.unparse(node), match.end()
        return None, match.end()
    return None, start


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _answer(rest: str) -> tuple[str | None, bool]:
    """What a call is said to give, and whether that is mathematics' notation rather than a program's."""
    connector = _CONNECTOR.match(rest)
    if connector is None:
        return None, True
    return _literal_prefix(rest[connector.end() :]), connector["sign"] in (None, "=", ":")


def _literal_prefix(text: str) -> str | None:
    """The literal that a text begins with; None where what follows makes it part of something longer."""
    found = _literal_at(text, 0)
    if found is None:
        return None
    literal, end = found
    rest = text[end:].partition("\n")[0]
    return literal if _ends(rest) else None


def _ends(rest: str) -> bool:
    """Whether a literal is over before this rest of its line."""
    rest = re.sub(r"^[)`*]*", "", rest)
    words = rest.strip()
    if not words or words[0] in "#;" or re.match(r"[.,:](?:\s+[A-Za-z(]|\s*$)", words):
        return True
    return rest[0].isspace() and re.match(r"\(?[A-Za-z]", words) is not None and not _ALTERNATIVES.match(words)


def _literal_at(text: str, start: int) -> tuple[str, int] | None:
    """The literal at a place, as Python writes it, and where it ends."""
    word = re.compile(r"(?:true|false|none|null)\b", re.IGNORECASE).match(text, start)
    if word:
        return _WORDS[word[0].lower()], word.end()
    number = re.compile(r"[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\w)").match(text, start)
    if number:
        node = _expression(number[0])
        return (ast.unparse(node), number.end()) if node is not None and is_literal(node) else None
    if text[start : start + 1] not in {"[", "(", "{", '"', "'"}:
        return None
    closing = re.compile(r"[\])}\"']")
    for match in closing.finditer(text, start + 1, start + _MOST_CALL):
        node = _expression(text[start : match.end()])
        if node is not None:
            written = ast.unparse(node)
            # `("a")` in prose may well mean the tuple of one.
            kept = f"({written})" if text[start] == "(" and not written.startswith("(") else written
            return (kept, match.end()) if is_literal(node) else None
    return None


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _calls(node: ast.AST, name: str) -> bool:
    """Whether it holds a call of the function, by its name or as a method."""
    calls = (each.func for each in ast.walk(node) if isinstance(each, ast.Call))
    return any(
        (isinstance(called, ast.Name) and called.id == name)
        or (isinstance(called, ast.Attribute) and called.attr == name)
        for called in calls
    )
