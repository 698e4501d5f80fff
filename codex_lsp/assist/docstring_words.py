"""The words of a docstring: sentences out of what a model answered, and examples out of what was seen."""

import ast
import re

from codex_lsp.assist.function import PythonFunction
from codex_lsp.assist.observed import Observed

_MOST_WORDS = 600
_LEAST_LETTERS = 8
_LEAST_WORDS = 3
_LEAST_PLAIN = 0.8
"""Of the characters, letters and blanks."""
_MOST_VALUE = 60
_SECTION = re.compile(
    r"^[ \t]*(?:>>>|```|:\w+|@\w+|#|-{3,}|"
    r"(?:Args|Arguments|Parameters|Params|Returns?|Yields|Raises|Examples?|Notes?|Attributes|Input|Output)"
    r"[ \t]*:?[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTES = "\"'` \t\n"


def sentences_of(answer: str) -> tuple[str, int]:
    r"""The sentences that an answer begins with, and where in it they end; empty where there are none.

    Sections, examples and code are cut off: they are written by us.

    >>> sentences_of('    Add two numbers\n\n    Args:\n        a: one\n')
    ('Add two numbers.', 19)
    """
    text = answer[:_MOST_WORDS]
    for mark in ('"""', "'''"):
        opened = text.find(mark)
        if 0 <= opened <= len(text) - len(text.lstrip()):
            return _shifted(sentences_of(answer[opened + 3 :]), opened + 3)
        text = text if opened < 0 else text[:opened]
    section = _SECTION.search(text)
    text = text if section is None else text[: section.start()]
    end = len(text.rstrip(_QUOTES))
    words = "\n".join(line.strip() for line in text[:end].strip(_QUOTES).splitlines())
    words = re.sub(r"\n{3,}", "\n\n", words)
    if len(re.findall(r"[^\W\d_]", words)) < _LEAST_LETTERS or "\0" in words:
        return "", 0
    first, newline, rest = words.partition("\n")
    first = first[:1].upper() + first[1:]
    return (
        first if first.endswith((".", "!", "?", ":", ",")) or rest[:1].strip() else f"{first}."
    ) + newline + rest, end


def says_something(words: str, source: str) -> bool:
    r"""Whether words are prose: neither code, nor the function's own code, nor too few.

    >>> source = "def f(numbers):\n    return sum(numbers)"
    >>> answers = ("Return sum(numbers).", "Add all.", "Give the sum of all numbers.")
    >>> [says_something(words, source) for words in answers]
    [False, False, True]
    """
    bare = " ".join(re.findall(r"\w+", words.casefold()))
    plain = sum(character.isalpha() or character.isspace() for character in words)
    return (
        bare.count(" ") + 1 >= _LEAST_WORDS
        and plain >= _LEAST_PLAIN * len(words)
        and bare not in " ".join(re.findall(r"\w+", source.casefold()))
        and not any(_is_code(line) for line in words.splitlines())
    )


def _is_code(line: str) -> bool:
    """Whether a line is a statement of Python, or opens a block; a single word is a word."""
    text = line.strip().rstrip(".")
    text = text[:1].lower() + text[1:]
    for statement in (text, f"{text} pass"):
        try:
            body = ast.parse(f"def f():\n {statement}").body[0]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return not re.fullmatch(r"\w*", text) and isinstance(body, ast.FunctionDef)
    return False


def example_sentences(function: PythonFunction, seen: Observed) -> dict[str, str]:
    """A sentence on each parameter without a default, and by `return` on the result, out of one call that was seen.

    Of the calls that gave something, the one that says most: values that are neither empty nor `None` are preferred.
    """
    calls = [(call, value) for call, value in seen.returned if len(call) + len(value) <= 2 * _MOST_VALUE]
    if not calls:
        return {}
    call, value = max(calls, key=lambda pair: _telling(*pair))
    node = next((each for each in ast.walk(ast.parse(call, mode="eval")) if _is_call(each, function.name)), None)
    sentences = {"return": f"For example `{value}` for `{call}`."}
    if isinstance(node, ast.Call):
        taken = function.parameters[1:] if function.is_bound else function.parameters
        given = {each.name: arg for each, arg in zip(taken, node.args, strict=False)}
        given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        sentences |= {name: f"For example `{ast.unparse(argument)}`." for name, argument in given.items()}
    return sentences


def _telling(call: str, value: str) -> tuple[bool, bool, int]:
    """What makes a call a good example: it gives something, takes something, and is not long."""
    empty = ("None", "''", "[]", "()", "{}", "0", "False", "set()")
    return value not in empty, not any(f"({each}" in call for each in empty), -abs(len(call) - 20)


def _is_call(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            return called == name
        case _:
            return False


def _shifted(found: tuple[str, int], by: int) -> tuple[str, int]:
    return (found[0], found[1] + by) if found[0] else found
