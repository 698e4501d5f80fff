"""The examples of a prompt's docstring as checks, for ranking by what a person would see (paper, table 2: filtered)."""

import ast
import re
from collections.abc import Iterator

# A call on a line of its own, then its answer, up to the next call, a blank line or the end of the docstring.
_EXAMPLE = re.compile(r"^[ \t]*>>>[ ]?(?P<call>.+)\n[ \t]*(?P<answer>(?!>>>|\.\.\.|'''|\"\"\")\S.*)$", re.MULTILINE)


def examples_test(prompt: str, entry_point: str) -> str:
    r"""Source of a `check(candidate)` that holds the examples of a prompt; empty where there are none.

    Examples of several lines, or whose answer is no literal, are left out.

    >>> print(examples_test("def add(a, b):\n    '''\n    >>> add(1, 2)\n    3\n    '''\n", "add"))
    def check(candidate):
        add = candidate
        assert (add(1, 2)) == (3)
    <BLANKLINE>
    """
    asserts = [
        f"assert {call} == {answer}" for call, answer in _examples(prompt) if _is_check(call, answer, entry_point)
    ]
    if not asserts:
        return ""
    return "\n    ".join(["def check(candidate):", f"{entry_point} = candidate", *asserts]) + "\n"


def _examples(prompt: str) -> Iterator[tuple[str, str]]:
    for found in _EXAMPLE.finditer(prompt):
        # A comment, as in `>>> f(2) # two`, would swallow what is compared with.
        yield f"({_uncommented(found['call'])})", f"({_uncommented(found['answer'])})"


def _uncommented(text: str) -> str:
    """The text without a comment at its end; a `#` in a string stays."""
    for place in (at for at, character in enumerate(text) if character == "#"):
        if _parses(text[:place]):
            return text[:place].strip()
    return text.strip()


def _is_check(call: str, answer: str, entry_point: str) -> bool:
    if not _parses(call):
        return False
    try:
        ast.literal_eval(answer)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return False
    return entry_point in {node.id for node in ast.walk(ast.parse(call, mode="eval")) if isinstance(node, ast.Name)}


def _parses(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
