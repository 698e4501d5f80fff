"""A module's text as a tree, or why it is none."""

import ast
import re
import warnings

from codex_lsp.errors import AssistRefused

BOM = "\ufeff"
_LONG_NUMBER = re.compile(r"0[xob][0-9a-f_]{3000}", re.IGNORECASE)
_MOST_BITS = 14_000
"""Of a number: Python refuses to write longer ones, so that no source with one can be written again."""


def parsed(text: str) -> ast.Module:
    """The tree of a module's text; a byte order mark is passed over.

    Raises:
        AssistRefused: It does not parse; the message names the line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in the person's file is not ours to tell
            tree = ast.parse(text.removeprefix(BOM))
    except SyntaxError as error:
        raise AssistRefused(f"line {error.lineno or 1} does not parse ({error.msg}); mend it first") from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise AssistRefused(f"the file is no Python that can be read ({reason}); mend it first") from error
    if _LONG_NUMBER.search(text) and (line := _line_of_long_number(tree)):
        raise AssistRefused(f"line {line} has a number of more than {_MOST_BITS} bits; write it as bytes or a text")
    return tree


def _line_of_long_number(tree: ast.AST) -> int:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value.bit_length() > _MOST_BITS:
            return node.lineno
    return 0
