r"""Expressions as a test file writes them: in its quotes, and over several lines where one is too short.

>>> print(laid_out("f([1, 2], 'a')", start=4, layout=Layout(width=16)))
f(
        [1, 2],
        "a",
    )
"""

import ast
import io
import tokenize
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written.

    Attributes:
        quote: `"` or `'`.
        indent: Of one level.
        width: Columns of a line at most.
    """

    quote: str = '"'
    indent: str = "    "
    width: int = 88


def laid_out(text: str, *, start: int, layout: Layout, column: int | None = None) -> str:
    """An expression, on one line where it fits.

    Args:
        text: Of it.
        start: Columns that its line is indented by.
        layout: Of the file.
        column: At which it begins, where that is not `start`.
    """
    written = requoted(text, layout.quote)
    begins = start if column is None else column
    node = ast.parse(text, mode="eval").body
    parts = _parts(node)
    if begins + len(written) <= layout.width or not parts:
        return written
    opening, items, closing = parts
    inner = start + len(layout.indent)
    pad = layout.indent * (inner // max(len(layout.indent), 1))
    opening = requoted(opening[:-1], layout.quote) + opening[-1] if len(opening) > 1 else opening
    lines = [f"{pad}{_item(label, item, inner, layout)}," for label, item in items]
    return "\n".join([opening, *lines, pad.removesuffix(layout.indent) + closing])


def _item(label: ast.expr | str | None, item: ast.expr, start: int, layout: Layout) -> str:
    """An item of a display or call, after its key or name where it has one."""
    before = ""
    if isinstance(label, ast.expr):
        before = f"{requoted(ast.unparse(label), layout.quote)}: "
    elif label is not None:
        before = f"{label}="
    starred = "*" if isinstance(item, ast.Starred) else ""
    inner = item.value if isinstance(item, ast.Starred) else item
    text = laid_out(ast.unparse(inner), start=start, column=start + len(before + starred), layout=layout)
    return before + starred + text


def requoted(text: str, quote: str) -> str:
    r"""The same expression with its plain strings in the quotes of a file.

    >>> requoted("['a', 'say \"b\"']", '"')
    '["a", \'say "b"\']'
    """
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for token in reversed(tokens):
        prefix = "b" if token.string.startswith("b") else ""
        plain = token.string.removeprefix(prefix)
        body = plain[1:-1]
        if token.type == tokenize.STRING and plain[0] in "\"'" and not {'"', "'"} & set(body):
            (row, begin), (_, end) = token.start, token.end
            line = lines[row - 1]
            lines[row - 1] = f"{line[:begin]}{prefix}{quote}{body}{quote}{line[end:]}"
    return "".join(lines)


_Items = list[tuple[ast.expr | str | None, ast.expr]]


def _parts(node: ast.expr) -> tuple[str, _Items, str] | None:
    """What opens an expression that can be broken, its items with their labels, and what closes it."""
    match node:
        case ast.List(elts=items) if items:
            return "[", [(None, item) for item in items], "]"
        case ast.Set(elts=items) if items:
            return "{", [(None, item) for item in items], "}"
        case ast.Tuple(elts=items) if items:
            return "(", [(None, item) for item in items], ")"
        case ast.Dict(keys=keys, values=values) if keys and None not in keys:
            return "{", [(key, value) for key, value in zip(keys, values, strict=True)], "}"
        case ast.Call(func=called, args=args, keywords=keywords) if (args or keywords) and all(
            keyword.arg for keyword in keywords
        ):
            named: _Items = [(keyword.arg, keyword.value) for keyword in keywords]
            return f"{ast.unparse(called)}(", [*((None, each) for each in args), *named], ")"
        case _:
            return None
