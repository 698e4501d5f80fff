"""The place of a function's body in a document: what a model is shown before it, and the document with another body."""

import ast
import re
import textwrap
from dataclasses import dataclass
from itertools import accumulate

from codex_lsp.assist.function import FunctionNode, PythonFunction, parsed
from codex_lsp.assist.result import TextEdit

_BOM = "\ufeff"
_UNIT = "    "
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLANKS = re.compile(r"[ \t\f]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodySlot:
    r"""Where a function's body is, after its docstring.

    Attributes:
        name: The function's own.
        text: The whole document, as it is.
        head: The function up to its body with `\n` at line ends: decorators, signature, docstring and the comments
            below; ends in a line end.
        start: Where the body's first line begins, in code points; else just after what it follows.
        end: After the body's last line and the comments below it, before its line end.
        indent: Blanks before each line of the body.
        own_lines: The body begins on a line of its own.
        is_stub: There is no body yet: none but a docstring, `pass`, `...` or `raise NotImplementedError`.
        newline: As the document has them.
    """

    name: str
    text: str
    head: str
    start: int
    end: int
    indent: str
    own_lines: bool
    is_stub: bool
    newline: str

    @property
    def body(self) -> str:
        r"""What is there now, with `\n` at line ends."""
        return plain(self.text[self.start : self.end])

    def filled(self, body: str) -> str:
        r"""The document with that body (lines ended by `\n`, indented as the slot is, no line end behind)."""
        edit = self.edit(body)
        return self.text[: edit.start] + edit.text + self.text[edit.end :]

    def function_with(self, body: str) -> str:
        r"""The function alone with that body, lines ended by `\n`."""
        return f"{self.head}{body}\n"

    def edit(self, body: str) -> TextEdit:
        """The edit that puts a body in, with the document's own line ends."""
        lead = "" if self.own_lines else "\n"
        return TextEdit(start=self.start, end=self.end, text=(lead + body).replace("\n", self.newline))

    def fitted(self, body: str) -> str:
        """A body with whatever indentation, indented as the slot is; empty where it holds no code."""
        lines = [line.rstrip() for line in plain(body).split("\n")]
        while lines and not lines[0]:
            lines.pop(0)
        text = "\n".join(lines).rstrip()
        first = _BLANKS.match(text)
        if first is None or first[0] == self.indent:
            return text
        return textwrap.indent(textwrap.dedent(text), self.indent)


def body_slot(text: str, function: PythonFunction) -> BodySlot:
    """The slot of a function that was found in the text.

    Raises:
        AssistRefused: The text does not parse.
        ValueError: The function is of another text.
    """
    lines = _lines(text)
    for node in ast.walk(parsed(text)):
        if isinstance(node, FunctionNode) and lines.starts[_first_line(node) - 1] == function.start:
            return _slot(text, lines, node, function)
    raise ValueError(f"`{function.qualname}` is not in this text")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The lines of a text as Python counts them, with their ends, and where they start."""

    lines: tuple[str, ...]
    starts: tuple[int, ...]

    def blanks(self, line: int) -> str:
        """Before the code of a line, from 1."""
        found = _BLANKS.match(self.lines[line - 1])
        return "" if found is None else found[0]

    def begins_with(self, node: ast.stmt) -> bool:
        """Whether a statement is the first on its line."""
        decorated = bool(getattr(node, "decorator_list", []))
        return decorated or not self.lines[node.lineno - 1].encode()[: node.col_offset].strip()

    def start_of(self, node: ast.stmt) -> int:
        """Where a statement begins that is not the first on its line."""
        return self.starts[node.lineno - 1] + len(self.lines[node.lineno - 1].encode()[: node.col_offset].decode())


def _lines(text: str) -> _Lines:
    bare = text.removeprefix(_BOM)
    lines = _LINE.findall(bare)
    starts = accumulate(map(len, lines), initial=len(text) - len(bare))
    return _Lines(lines=tuple(lines), starts=tuple(starts))


def _slot(text: str, lines: _Lines, node: FunctionNode, function: PythonFunction) -> BodySlot:
    rest = node.body[function.docstring is not None :]
    # The docstring's line, or that of the first statement, tells how far in the body is.
    shown = next((each for each in node.body if lines.begins_with(each)), None)
    own_lines = bool(rest) and lines.begins_with(rest[0])
    end = function.start + len(function.source.rstrip())
    start = end
    if rest:
        start = lines.starts[_first_line(rest[0]) - 1]
        if not own_lines:
            start = function.start + len(text[function.start : lines.start_of(rest[0])].rstrip("; \t"))
    head = plain(text[function.start : start])
    return BodySlot(
        name=node.name,
        text=text,
        head=head if own_lines else f"{head}\n",
        start=start,
        end=end,
        indent=function.indent + _UNIT if shown is None else lines.blanks(_first_line(shown)),
        own_lines=own_lines,
        is_stub=all(map(_is_placeholder, rest)),
        newline=next((mark for mark in ("\r\n", "\n", "\r") if mark in text), "\n"),
    )


def _is_placeholder(statement: ast.stmt) -> bool:
    """Whether a statement stands for what is not written yet."""
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False


def _first_line(node: FunctionNode | ast.stmt) -> int:
    """The first line of a statement, its decorators' too, from 1."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def plain(text: str) -> str:
    r"""The text with `\n` at all line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
