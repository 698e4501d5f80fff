"""How a function is shown to a model that writes its docstring, and how a docstring comes back into a prompt.

Codex-D is trained on signature, body and then docstring (the paper, section 5). Here that is a Python program which
says what the docstring is::

    def add(a, b):
        return a + b


    add.__doc__ = '''
    Add two numbers.
    '''

(with double quotes): any model of code can go on from it, the text begins and ends at a line's boundary, where tokens
do too, and it ends at its own closing quotes. Training, generation and back-translation scores share this module.
"""

import ast
import inspect
import textwrap
from dataclasses import dataclass

QUOTES = '"""'
STOP = (f"\n{QUOTES}",)
"""What ends a generated docstring."""
_BODY = "    pass\n"
_INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPrompt:
    """A prompt taken apart: `head`, then the docstring's lines, then `rest` (most often empty).

    Attributes:
        head: Imports, helpers and the function's signature, to the end of its line.
        docstring: The docstring's text, unindented, without blank ends.
        rest: What the prompt holds after the docstring.
    """

    head: str
    docstring: str
    rest: str


def split_prompt(prompt: str, entry_point: str) -> SplitPrompt | None:
    r"""Take the docstring of `entry_point` out of a prompt; None where it has none, or the prompt is no Python.

    >>> split_prompt("def one():\n    'Give 1.'\n", "one")
    SplitPrompt(head='def one():\n', docstring='Give 1.', rest='')
    """
    function = _function(prompt, entry_point)
    first = function.body[0] if function is not None else None
    if function is None or not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return None
    text, end = first.value.value, first.end_lineno
    if not isinstance(text, str) or end is None or not text.strip():
        return None
    lines = prompt.splitlines(keepends=True)
    return SplitPrompt(
        head="".join(lines[: first.lineno - 1]),
        docstring=inspect.cleandoc(text).strip(),
        rest="".join(lines[end:]),
    )


def _function(prompt: str, entry_point: str) -> ast.FunctionDef | None:
    """The last function of that name in a prompt whose body is still to be written."""
    try:
        tree = ast.parse(prompt + ("" if prompt.endswith("\n") else "\n") + _BODY)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == entry_point]
    return found[-1] if found else None


def docstring_prompt(prompt: str, completion: str, entry_point: str) -> str | None:
    """What Codex-D continues: the function without its docstring, and the opening of one.

    Args:
        prompt: The task's prompt.
        completion: The body: a reference, or a sample whose docstring is asked back.
        entry_point: The function.

    Returns:
        A text that ends in a line end; None where the prompt has no docstring to take out.
    """
    parts = split_prompt(prompt, entry_point)
    if parts is None:
        return None
    function = parts.head + parts.rest + completion
    return f"{function.rstrip()}\n\n\n{entry_point}.__doc__ = {QUOTES}\n"


def docstring_answer(prompt: str, entry_point: str) -> str | None:
    """What Codex-D is to write after `docstring_prompt`: the docstring and its closing quotes.

    None where there is none, or where it holds the quotes that would end it.
    """
    parts = split_prompt(prompt, entry_point)
    if parts is None or QUOTES in parts.docstring:
        return None
    return f"{parts.docstring}\n{QUOTES}\n"


def with_docstring(prompt: str, entry_point: str, docstring: str) -> str | None:
    """The prompt with another docstring: what Codex-S is shown when a docstring is graded by its body.

    None where the prompt has no docstring to replace. Quotes and backslashes cannot end it early.
    """
    parts = split_prompt(prompt, entry_point)
    if parts is None:
        return None
    text = docstring.replace("\0", "").strip().replace("\\", "\\\\").replace(QUOTES, "'''")
    if text.endswith('"'):
        text += " "
    lines = textwrap.indent(f"{QUOTES} {text}\n{QUOTES}\n", _INDENT, lambda line: bool(line.strip()))
    return parts.head + lines + parts.rest
