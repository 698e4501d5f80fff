"""The examples of a function's comment in JavaScript or TypeScript, and what they are said to give."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codex_lsp.assist.author_examples import prose_examples
from codex_lsp.context.syntax_functions import ScriptFunction

_UNDEFINED = "codex-lsp undefined"
"""Stands for a value that Python has no equal of; as an argument it is left out, since `null` is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCall:
    """A call of a function, worked out as Python values.

    Attributes:
        row: Its arguments.
        expected: What the comment says that it gives.
        is_said: The comment says so; else `expected` means nothing.
    """

    row: tuple[object, ...]
    expected: object = None
    is_said: bool = False


def script_examples(function: ScriptFunction) -> Iterator[ScriptCall]:
    """The calls with literals that its comment shows, in their order."""
    text = re.sub(r"\bundefined\b", repr(_UNDEFINED), function.comment)
    text = re.sub(r"([)\]'\"\w])\s*;?\s*//\s*(?:=>|->)?\s*", r"\1 == ", text)
    for case in prose_examples(text, function.name):
        call = ast.parse(case.call, mode="eval").body
        if isinstance(call, ast.Call) and not call.keywords:
            row = tuple(ast.literal_eval(argument) for argument in call.args)
            expected = ast.literal_eval(case.expected or "None")
            if _UNDEFINED not in row:
                said = None if expected == _UNDEFINED else expected
                yield ScriptCall(row=row, expected=said, is_said=case.expected is not None)
